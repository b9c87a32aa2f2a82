"""What Bento's words may show: nothing that the request sent, however they spell it."""

from __future__ import annotations

import html
import json
import re
import time
import unicodedata
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from airflow_provider_bento.api import contract, wire
from airflow_provider_bento.api.replies.redaction import LONGEST, Words, sentence
from airflow_provider_bento.api.replies.sent_values import NOTHING, values_of
from airflow_provider_bento.exceptions import BentoError

ADDRESS = "ann.canary@wren.example"
RECORD = {
    "email": ADDRESS,
    "first_name": "Anneliese",
    "last_name": "O'Canary",
    "full_name": "Anneliese Maria Canary",
    "phone": "+49 170 7654321",
    "customer": "CUST-77-xq",
    "account": 8812345678,
    "city": "Zürich",
    "tags": "wintergold, nightjar",
    "plan": "is",
    "note": "Long ago the heron stood by the weir and waited for the eels that came with the flood of March. " * 3,
}
QUERY = {"email": ADDRESS, "uuid": "0f566d05f47a59bff25f147df3a6233d"}
SENT = values_of(json.dumps({"subscribers": [RECORD]}).encode(), QUERY)
CANARIES = ("ann.c", "annel", "canary", "wren", "7654321", "765 43 21", "cust-77", "77-xq", "8812345678", "zürich",
            "zurich", "wintergold", "nightjar", "heron", "weir", "0f566d05", "a6233d", "maria")  # fmt: skip


def leaks(text: str) -> list[str]:
    """Return what of the request is readable in a text."""
    seen = html.unescape(unicodedata.normalize("NFKC", text)).lower()
    return [canary for canary in CANARIES if canary in seen]


def at(sign: str) -> str:
    """Return the address with another sign."""
    return ADDRESS.replace("@", sign)


SPELLINGS: list[str] = [
    ADDRESS, ADDRESS.upper(), ADDRESS.title(), f"<{ADDRESS}>", f"({ADDRESS})", f"'{ADDRESS}'", f'"{ADDRESS}"',
    f"mailto:{ADDRESS}", f"https://x.example/?email={quote(ADDRESS)}&a=1", f"email={ADDRESS};",
    at("&#64;"), at("&#x40;"), at("&#0064;"), at("&commat;"), at("&amp;#64;"), at("%40"), at("%2540"), at("%252540"),
    at("\\u0040"), at("\\\\u0040"), at("\\x40"), at("%u0040"), at("\\u{40}"), at("=40"), at("\ufe6b"), at("\uff20"),
    at(" @ "), at("@ "), at(" @"), at("&nbsp;@&nbsp;"), at("\u200b@\u200b"), at("\u00ad@"), at(" (at) "), at("[at]"),
    at(" at "), ADDRESS.replace("@", " [at] ").replace(".example", " [dot] example"),
    f"Anneliese Canary <{ADDRESS}>", f'"Canary, Anneliese" <{ADDRESS}>', f"O'Canary <{ADDRESS}>",
    f"anneliese,{ADDRESS}", f"anneliese;{ADDRESS}", f"(anneliese){ADDRESS}", f"{ADDRESS} (Anneliese Canary)",
    '"ann canary"@wren.example', "'ann canary'@wren.example", "ann.canary@[10.0.0.1]", "ann\\.canary\\@wren\\.example",
    "".join(f"&#{ord(letter)};" for letter in ADDRESS), "".join(f"%{ord(letter):02x}" for letter in ADDRESS),
    "".join(f"\\u{ord(letter):04x}" for letter in ADDRESS),
    "".join(chr(ord(letter) + 0xFEE0) if letter.isalnum() else letter for letter in ADDRESS),
    "Anneliese", "ANNELIESE", "annel\u200biese", "Ａnneliese", "Anneliese's", "x_anneliese_1", "user:Anneliese",
    "Anneliese Maria Canary", "Canary, Anneliese Maria", "anneliese-maria", "AnnelieseCanary", "Anneliese...",
    "Annelie",
    "Annel\u2026", "O&#39;Canary", "O\\'Canary", "O\u2019Canary", "&quot;Anneliese&quot;", "\u201eAnneliese\u201c",
    "\u00abAnneliese\u00bb", "`Anneliese`", '"first_name": "Anneliese"', "{'first_name': 'Anneliese'}",
    "+49 170 7654321", "0049 (170) 765-43-21", "(170) 765 43 21", "01707654321", "170.765.43.21", "7654321",
    "CUST-77-xq", "cust-77-XQ", "cust 77 xq", "8812345678", "8812345678.0", "88 1234 5678 / 8812345678",
    "0f566d05f47a59bff25f147df3a6233d", "0F566D05F47A59BFF25F147DF3A6233D", "Z\u00fcrich", "Zu\u0308rich", "ZÜRICH",
    "Zurich", "Z&uuml;rich", "Z%C3%BCrich", "tag wintergold", "#nightjar", "<b>Anneliese</b>",
    RECORD["note"], RECORD["note"][10:60], RECORD["note"][:150].upper(),
]  # fmt: skip

FRAMES: list[Callable[[str], str]] = [
    "{}".format,
    "email {} is invalid".format,
    "Validation failed: {}: must be shorter (is too long)".format,
    "could not take\n{}\tnow".format,
    lambda value: f"{'word ' * 36}{value} is taken",
    lambda value: f"{'word ' * 190}{value} is taken",
]


@pytest.mark.parametrize("frame", FRAMES)
@pytest.mark.parametrize("value", SPELLINGS)
def test_no_spelling_of_what_was_sent_is_shown(value: str, frame: Callable[[str], str]) -> None:
    """Names, phones, ids and addresses, in every escaping, alone and within a sentence, whole and cut."""
    shown = sentence(frame(value), SENT)
    assert leaks(shown) == []
    assert len(shown) <= LONGEST
    assert "\n" not in shown


@pytest.mark.parametrize("value", [value for value in SPELLINGS if "@" in html.unescape(value) or "40" in value])
def test_addresses_are_blanked_without_knowing_the_request(value: str) -> None:
    """By their look alone, with names before and after them."""
    shown = sentence(f"email {value} is invalid", NOTHING)
    assert not {"wren", "ann.c", "7654321"}.intersection(leaks(shown))


@pytest.mark.parametrize(
    "text",
    ["number 8812345678 is wrong", "call +49 170 76 54 321", "the name 'Anneliese' is taken", 'value "Canary',
     "id 0f566d05f47a59bff25f147df3a6233d", "token YW5uZWxpZXNlQGNhbmFyeQ", "name Canary <ann.canary@wren.example>"],
)  # fmt: skip
def test_values_are_blanked_without_knowing_the_request(text: str) -> None:
    """Long numbers, what is quoted, ids and keys."""
    shown = sentence(text)
    assert leaks(shown) == []
    assert "annel" not in shown.lower()
    assert "YW5" not in shown


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("email is invalid", "email is invalid"),
        ("first_name is too long (maximum is 100 characters)", "first_name is too long (maximum is 100 characters)"),
        ("batch_size_per_hour must be between 10 and 250000", "batch_size_per_hour must be between 10 and 250000"),
        ("Author not authorized to send on this account", "Author not authorized to send on this account"),
        ("'email' can't be blank", "'email' can't be blank"),
        ("Email has already been taken", "Email has already been taken"),
        ("first_name Anneliese is too long", "first_name <…> is too long"),
        ("email ann.canary@wren.example is invalid", "email <email> is invalid"),
        ("visitor_not_found", "visitor_not_found"),
    ],
)
def test_field_names_and_the_sentence_stay(text: str, shown: str) -> None:
    """A person can act on what is left."""
    assert sentence(text, SENT) == shown


def test_a_key_stays_readable_although_a_value_begins_with_it() -> None:
    """Also with a capital, as Rails begins its sentences; a name does not."""
    sent = values_of(b'{"email":"emailtest@x.example","name":"Longfellow Long"}', {})
    assert sentence("Email is too long", sent) == "Email is too long"
    assert sentence("name Longfellow is too long", sent) == "name <…> is too long"
    assert sentence("name long is taken", sent) == "name <…> is taken"


def test_reasons_of_a_refusal_show_no_value() -> None:
    """In the exception, from the request's body or its query."""
    for request in (
        wire.batch(contract.BATCH_SUBSCRIBERS, [json.dumps(RECORD).encode()]),
        wire.Request(contract.GET_SUBSCRIBER, query={"email": ADDRESS, "uuid": "Anneliese Canary"}),
    ):
        said = json.dumps({"errors": [{"field": "first_name", "message": "Anneliese Canary is too long"}]})
        with pytest.raises(BentoError) as caught:
            wire.read(request, wire.Reply(422, {}, said.encode()))
        assert leaks(str(caught.value)) == []
        assert "first_name" in str(caught.value)


def test_a_thousand_records_are_searched_in_bounded_time() -> None:
    """Five megabytes of names and texts, a thousand reasons: some seconds of one processor at the most."""
    rows = [
        {"email": f"p{n}@x.example", "name": f"Name{n} Of{n}", "text": f"{n} {'abc def ' * 590}"} for n in range(1000)
    ]
    words = Words(json.dumps({"subscribers": rows}).encode(), {})
    began = time.process_time()
    shown = [words(f"name Name{n} Of{n} at {n} abc def abc def abc def abc def is too long") for n in range(1000)]
    assert time.process_time() - began < 20
    assert not re.search(r"Name\d|Of\d", " ".join(shown))


@pytest.mark.parametrize(
    "letter", ['"', "'", "@", "<", "(", " ", "1", "1-", "a", "a.", "&", "%", "\\", "[at]", "\u0301"]
)
def test_no_text_takes_long(letter: str) -> None:
    """Nor does any make a rule go round in circles."""
    began = time.process_time()
    assert len(sentence(letter * 200_000, SENT)) <= LONGEST
    assert time.process_time() - began < 10


def test_a_value_is_read_when_the_first_words_come() -> None:
    """Most replies say nothing, and cost nothing; a body that is no JSON has no values."""
    words = Words(b'{"name":"Anneliese"', {"email": "Canary"})
    assert "_sent" not in vars(words)
    assert words("Canary Anneliese") == "<…> Anneliese"
    assert "Canary" not in repr(vars(words)["_sent"])


@pytest.mark.slow
@given(st.text(max_size=300), st.dictionaries(st.text(max_size=8), st.text(max_size=40), max_size=4))
def test_no_words_make_it_fail(text: str, values: dict[str, Any]) -> None:
    """Whatever was sent and is said; a line, and short."""
    shown = sentence(text, values_of(json.dumps(values).encode(), {}))
    assert len(shown) <= LONGEST
    assert len(shown.splitlines()) <= 1


@given(
    st.sampled_from(SPELLINGS[:46]),
    st.text("abc <>\"'(),;:&%\\@=", max_size=12),
    st.text("xyz <>\"'(),;:", max_size=12),
)
def test_nothing_around_an_address_uncovers_it(value: str, before: str, after: str) -> None:
    """Quotes, brackets and signs in any order."""
    assert not {"wren", "ann.c", "canary"}.intersection(leaks(sentence(f"{before}{value}{after}", SENT)))


_ESCAPES: dict[str, Callable[[str], str]] = {
    "none": str,
    "entity": lambda letter: f"&#{ord(letter)};",
    "hex entity": lambda letter: f"&#x{ord(letter):x};",
    "percent": lambda letter: "".join(f"%{byte:02X}" for byte in letter.encode()),
    "json": lambda letter: f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else letter,
    "wide": lambda letter: chr(ord(letter) + 0xFEE0) if "!" <= letter <= "~" else letter,
    "invisible": lambda letter: f"{letter}\u200b",
    "capital": str.upper,
}
_SECRET = ["Anneliese Maria Canary", "O'Canary", ADDRESS, "CUST-77-xq", "wintergold, nightjar", "7654321", "Zürich"]


_LAYERS = st.lists(st.sampled_from(["entity", "hex entity", "percent", "json", "wide"]), max_size=3)
_MIXTURE = st.lists(st.sampled_from(sorted(_ESCAPES)), min_size=1, max_size=6)


@given(st.sampled_from(_SECRET), st.sampled_from(FRAMES), _MIXTURE, _LAYERS)
def test_escapes_in_any_mixture_uncover_nothing(
    value: str, frame: Callable[[str], str], mixture: list[str], layers: list[str]
) -> None:
    """Each letter in its own spelling, and the whole escaped up to three times more."""
    value = "".join(_ESCAPES[mixture[at % len(mixture)]](letter) for at, letter in enumerate(value))
    for name in layers:
        value = "".join(map(_ESCAPES[name], value))
    assert leaks(sentence(frame(value), SENT)) == []
