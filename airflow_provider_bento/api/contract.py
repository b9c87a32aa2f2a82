"""Facts about Bento's REST API v1, each with its source; the client and the sandbox both read them here.

No behaviour lives here. Sources are pages of https://bentonow.com/docs unless they name another one.

Tested by tests/sandbox/test_client_reads_every_generation.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

BASE_URL: Final = "https://app.bentonow.com/api/v1"  # docs: api/conventions (pages print paths without /api)

Endpoint = Literal["subscribers", "events", "broadcasts", "commands", "emails", "deletions"]
"""The endpoints that the operators push to."""

Family = Literal["batch", "fetch", "experimental", "stats", "deletion"]
"""Endpoints that share one rate limit (docs: api/access, data_deletion_requests)."""

Method = Literal["GET", "POST", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True)
class Call:
    """One endpoint of the API.

    :param method: HTTP method.
    :param path: path below the base URL; ``:id`` is replaced by the request's ``resource``.
    :param family: whose rate limit it counts against.
    :param wrapper: key of the body's one object or array; ``None`` if the body has none.
    :param max_records: the most records of one request.
    :param repeatable: whether a request that changes something may be repeated if its outcome is unknown. For batches
        that depends on the records: ``False`` here.
    :param caveat: a sentence for errors, if Bento does not document the endpoint or does not offer it to every account.
    """

    method: Method
    path: str
    family: Family
    wrapper: str | None = None
    max_records: int = 1
    repeatable: bool = False
    caveat: str | None = None

    @property
    def only_reads(self) -> bool:
        """Whether it changes nothing, so that repeating it is always safe."""
        return self.method == "GET" or self.family == "experimental"


# Batches: how many records one request takes, and who says so.
# docs: subscribers; 1000 a request is unanimous. Merge by email, no automations: repeating is harmless.
BATCH_SUBSCRIBERS: Final = Call("POST", "/batch/subscribers", "batch", "subscribers", 1000)
# docs: events; 1000 in api/conventions and the SDKs, 100 in older pages. Starts automations: repeating does harm.
BATCH_EVENTS: Final = Call("POST", "/batch/events", "batch", "events", 1000)
# OpenAPI file and the 2022 guide: 100. No de-duplication on Bento's side.
BATCH_BROADCASTS: Final = Call("POST", "/batch/broadcasts", "batch", "broadcasts", 100)
# docs: emails; 60 (the Node SDK allows 100). Each repeat mails people again.
BATCH_EMAILS: Final = Call("POST", "/batch/emails", "batch", "emails", 60)
# GitBook: 100 commands a request. Whether repeating is harmless depends on the verb: see REPEATABLE_COMMANDS.
RUN_COMMANDS: Final = Call("POST", "/fetch/commands", "fetch", "command", 100)
# docs: data_deletion_requests. Irreversible; after it is done a repeat is answered 404.
DELETE_PERSON: Final = Call("POST", "/data_deletion_requests", "deletion", "data_deletion_request", repeatable=True)

# docs: subscribers. POST finds or creates.
GET_SUBSCRIBER: Final = Call("GET", "/fetch/subscribers", "fetch")
CREATE_SUBSCRIBER: Final = Call("POST", "/fetch/subscribers", "fetch", "subscriber", repeatable=True)
# docs: subscribers; the filter is a JSON body on a GET (OpenAPI file). 100 people a page.
SEARCH_SUBSCRIBERS: Final = Call(
    "GET", "/fetch/search", "fetch", caveat="Bento offers the search of subscribers only with its Enterprise plan."
)
LIST_TAGS: Final = Call("GET", "/fetch/tags", "fetch")  # docs: tags
CREATE_TAG: Final = Call("POST", "/fetch/tags", "fetch", "tag")  # what happens to a name that exists is stated nowhere
# bento-node-sdk 2.0.0: "deletes or restores", so a repeat would undo it.
DELETE_TAG: Final = Call("DELETE", "/fetch/tags/:id", "fetch", "tag")
LIST_FIELDS: Final = Call("GET", "/fetch/fields", "fetch")  # docs: fields
CREATE_FIELD: Final = Call("POST", "/fetch/fields", "fetch", "field")
LIST_BROADCASTS: Final = Call("GET", "/fetch/broadcasts", "fetch")  # docs: broadcasts
LIST_SEGMENTS: Final = Call("GET", "/fetch/segments", "fetch")  # docs: segments
GET_SEGMENT: Final = Call("GET", "/fetch/segments/:id", "fetch")
LIST_SEQUENCES: Final = Call("GET", "/fetch/sequences", "fetch")  # docs: sequences
# docs: sequences. Each call appends another step.
ADD_SEQUENCE_EMAIL: Final = Call("POST", "/fetch/sequences/:id/emails/templates", "fetch", "email_template")
GET_EMAIL_TEMPLATE: Final = Call("GET", "/fetch/emails/templates/:id", "fetch")  # docs: email templates
UPDATE_EMAIL_TEMPLATE: Final = Call("PATCH", "/fetch/emails/templates/:id", "fetch", "email_template", repeatable=True)
LIST_WORKFLOWS: Final = Call("GET", "/fetch/workflows", "fetch")  # docs: workflows
_UNDOCUMENTED: Final = "Bento's documentation does not mention this endpoint, so it may have been removed."
FORM_RESPONSES: Final = Call("GET", "/fetch/responses", "fetch", caveat=_UNDOCUMENTED)  # Node, PHP, Laravel SDKs
LIST_AUTHORS: Final = Call("GET", "/fetch/authors", "fetch", caveat=_UNDOCUMENTED)  # WordPress and Statamic plugins

SITE_STATS: Final = Call("GET", "/stats/site", "stats")  # docs: stats
SEGMENT_STATS: Final = Call("GET", "/stats/segment", "stats")
REPORT_STATS: Final = Call("GET", "/stats/report", "stats")
ADS_STATS: Final = Call("GET", "/stats/ads", "stats", caveat=_UNDOCUMENTED)  # bento-node-sdk 2.0.0

# docs: utility and spam pages. They compute an answer and change nothing; SDKs send the input in the query or the body.
_EXPERIMENTAL: Final = "Bento calls this endpoint experimental, so it may have been removed."
VALIDATE_EMAIL: Final = Call("POST", "/experimental/validation", "experimental", caveat=_EXPERIMENTAL)
CHECK_RULES: Final = Call("POST", "/experimental/jesses_ruleset", "experimental", caveat=_EXPERIMENTAL)
BLACKLIST: Final = Call("GET", "/experimental/blacklist", "experimental", caveat=_EXPERIMENTAL)
BLACKLIST_JSON: Final = Call("GET", "/experimental/blacklist.json", "experimental", caveat=_EXPERIMENTAL)  # before 2026
MODERATE: Final = Call("POST", "/experimental/content_moderation", "experimental", caveat=_EXPERIMENTAL)
GUESS_GENDER: Final = Call("POST", "/experimental/gender", "experimental", caveat=_EXPERIMENTAL)
# Answers `{}` whatever is asked (bento-skills 0.1.2): only the sandbox has it, the hook does not offer it.
GEOLOCATE: Final = Call("GET", "/experimental/geolocation", "experimental", caveat=_EXPERIMENTAL)
# Only in the contract table of bento-node-sdk 2.0.0; neither body nor reply is known: the hook does not offer it.
MATCH_SEGMENT: Final = Call("POST", "/fetch/segments/:id/match", "fetch", caveat=_UNDOCUMENTED)

BATCH: Final = MappingProxyType(
    {
        "subscribers": BATCH_SUBSCRIBERS,
        "events": BATCH_EVENTS,
        "broadcasts": BATCH_BROADCASTS,
        "commands": RUN_COMMANDS,
        "emails": BATCH_EMAILS,
        "deletions": DELETE_PERSON,
    }
)

CommandVerb = Literal[
    "add_tag",
    "add_tag_via_event",
    "remove_tag",
    "add_field",
    "remove_field",
    "subscribe",
    "unsubscribe",
    "change_email",
]
"""Verbs of POST /fetch/commands (docs: subscribers; bento-skills 0.1.2)."""

# `add_tag_via_event` starts automations each time; after `change_email` the old address is unknown.
REPEATABLE_COMMANDS: Final = frozenset(
    {"add_tag", "remove_tag", "add_field", "remove_field", "subscribe", "unsubscribe"}
)

# Keys of a subscriber row with a meaning of their own (docs: subscribers; GitBook for `command`).
SUBSCRIBER_NAMES: Final = ("email", "first_name", "last_name", "tags", "remove_tags", "command")
UTM_NAMES: Final = ("utm_source", "utm_medium", "utm_campaign", "utm_content", "utm_term")
# Never a custom field: Bento gives these a meaning elsewhere (the import guide, other SDKs' wrong shapes).
FORBIDDEN_FIELDS: Final = frozenset({"fields", "site_uuid", "id", "uuid", "created_at"})

EVENT_KEYS: Final = ("type", "email", "fields", "details", "date")  # docs: events
PURCHASE: Final = "$purchase"  # docs: unique events; de-duplicated by details.unique.key
BYPASS_WORKFLOWS: Final = "bypass_workflows"  # 2021 guide: details.bypass_workflows, the string "true"

BROADCAST_KEYS: Final = (
    "name",
    "subject",
    "content",
    "type",
    "from",
    "inclusive_tags",
    "exclusive_tags",
    "segment_id",
    "batch_size_per_hour",
    "layout_id",
    "send_at",
    "approved",
)
# docs: emails; `text_body` is GitBook's, `cc` and `bcc` the Laravel SDK's, `reply_to` the WordPress plugin's.
EMAIL_KEYS: Final = (
    "to",
    "from",
    "subject",
    "html_body",
    "text_body",
    "transactional",
    "personalizations",
    "reply_to",
    "cc",
    "bcc",
)
# Every value of `type` that any source shows; what the server does with others is stated nowhere.
BROADCAST_TYPES: Final = ("plain", "raw", "html", "markdown", "fancy", "layout")
BATCH_SIZE_PER_HOUR: Final = (10, 250_000)  # bento-node-sdk 2.0.0, text of an error in its tests

BroadcastStatus = Literal["draft", "scheduled", "sending", "sent", "paused", "canceled"]
"""Values of `status` in GET /fetch/broadcasts; without it Bento lists only `sent`."""

# docs: api/access. bento-skills 0.1.2 (newer) says about 60 a minute per IP.
DEFAULT_RATE_LIMIT: Final = "100/minute"
STATS_RATE_LIMIT: Final = "30/hour"  # bento-skills 0.1.2; docs: api/access says 60
DELETION_RATE_LIMIT: Final = "1000/day"  # docs: data_deletion_requests

# Exact words are in the Node and Laravel SDKs' tests; matched at any status, as those SDKs do.
AUTHOR_REFUSED: Final = ("author not authorized", "not approved")

ABSENT: Final = "visitor_not_found"  # docs: data_deletion_requests; a code, with status 404

USER_AGENT: Final = "airflow-provider-bento"  # required; generic library values are blocked (api/conventions)
CONNECT_TIMEOUT: Final = 5.0  # seconds
READ_TIMEOUT: Final = 120.0  # seconds; the official Node SDK sets none at all for batches
MAX_CHUNK_BYTES: Final = 5_000_000  # our choice: no limit of Bento's is published
