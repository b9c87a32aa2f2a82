"""What the experimental endpoints answer: fixed rules in place of Bento's lookups, so that tests can rely on them.

Every rule here is a choice of the sandbox.

Tested by tests/sandbox/test_sandbox_experimental.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from ipaddress import ip_address
from typing import Any, Final

INVALID: Final = "invalid"  # a top-level domain that never exists (RFC 2606)
LISTED: Final = "test"  # the domain that every blacklist of domains contains (RFC 5782)
LISTED_IP: Final = "127.0.0.2"  # the address that every blacklist of addresses contains (RFC 5782)
DISPOSABLE: Final = frozenset({"10minutemail.com", "guerrillamail.com", "mailinator.com", "yopmail.com"})
FREE: Final = frozenset({"aol.com", "gmail.com", "hotmail.com", "icloud.com", "outlook.com", "yahoo.com"})
ROLES: Final = frozenset({"abuse", "admin", "info", "noreply", "postmaster", "sales", "support", "webmaster"})
WORDS: Final = ("casino", "porn", "viagra")
GENDERS: Final[Mapping[str, str]] = {
    **dict.fromkeys(("ada", "ann", "anna", "eve", "grace", "jane", "maria", "mary", "sarah"), "female"),
    **dict.fromkeys(("adam", "alan", "bob", "david", "jesse", "john", "michael", "peter"), "male"),
}

_EMAIL: Final = re.compile(r"[^\s@]+@([^\s@.]+\.)+[^\s@.]+")
_SCRIPT: Final = re.compile(r"<script\b.*?(</script\s*>|$)", re.IGNORECASE | re.DOTALL)
_FOR_DOMAINS: Final = ("just_registered", "spamhaus", "nordspam", "spfbl", "sorbs", "abusix")
_FOR_IPS: Final = ("spamhaus", "nordspam", "spfbl", "sorbs", "abusix")


def is_valid(email: str) -> bool:
    """Whether an address has the form of one, and a domain that is neither disposable nor below ``invalid``."""
    domain = _domain(email)
    return bool(_EMAIL.fullmatch(email)) and domain not in DISPOSABLE and not _is_below(domain, INVALID)


def reasons(email: str, *, block_free_providers: bool, wiggleroom: bool) -> list[str]:
    """Say why an address should not be mailed; ``wiggleroom`` lets role addresses pass."""
    domain, name = _domain(email), email.partition("@")[0].lower()
    checks = {
        "email is invalid": not _EMAIL.fullmatch(email) or _is_below(domain, INVALID),
        "domain is disposable": domain in DISPOSABLE,
        "domain is a free provider": block_free_providers and domain in FREE,
        "address is a role, not a person": not wiggleroom and name in ROLES,
    }
    return [reason for reason, applies in checks.items() if applies]


def blacklists(query: str) -> dict[str, bool]:
    """Return which blacklists contain a domain or an address; those of addresses are fewer."""
    if is_ip(query):
        return dict.fromkeys(_FOR_IPS, query == LISTED_IP)
    listed = _is_below(query.lower(), LISTED)
    return {name: listed and name != "just_registered" for name in _FOR_DOMAINS}


def moderated(content: str) -> dict[str, Any]:
    """Judge a text; ``safe_original_content`` is the text without scripts."""
    found = [f"Content contains: {word}" for word in WORDS if word in content.lower()]
    if _SCRIPT.search(content):
        found.append("Content contains a script")
    return {"valid": not found, "reasons": found, "safe_original_content": _SCRIPT.sub("", content)}


def gender(name: str) -> dict[str, Any]:
    """Guess the gender of a first name; ``unknown`` without confidence unless :data:`GENDERS` has it."""
    known = GENDERS.get(name.partition(" ")[0].lower())
    return {"gender": known, "confidence": 0.99} if known else {"gender": "unknown", "confidence": None}


def is_ip(text: str) -> bool:
    """Whether a text is an IP address, of version 4 or 6."""
    try:
        ip_address(text)
    except ValueError:
        return False
    return True


def _domain(email: str) -> str:
    return email.rpartition("@")[2].lower()


def _is_below(domain: str, top: str) -> bool:
    return domain == top or domain.endswith(f".{top}")
