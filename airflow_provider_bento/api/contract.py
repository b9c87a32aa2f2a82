"""Facts about Bento's REST API v1, each with its source; the client and the sandbox both read them here.

No behaviour lives here. Sources are pages of https://bentonow.com/docs unless they name another one.

Tested by tests/sandbox/test_client_reads_every_generation.py.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

BASE_URL: Final = "https://app.bentonow.com/api/v1"  # docs: api/conventions (pages print paths without /api)

Endpoint = Literal["subscribers", "events", "broadcasts"]
"""The three batch endpoints that the operators push to."""

Family = Literal["batch", "fetch", "experimental", "stats"]
"""Endpoints that share one rate limit (docs: api/access)."""

Method = Literal["GET", "POST"]


@dataclass(frozen=True, slots=True)
class Call:
    """One endpoint of the API.

    :param method: HTTP method.
    :param path: path below the base URL.
    :param family: whose rate limit it counts against.
    :param wrapper: key of the body's one object or array; ``None`` if there is no body.
    :param max_records: the most records of one request.
    """

    method: Method
    path: str
    family: Family
    wrapper: str | None = None
    max_records: int = 1


# docs: subscribers; 1000 a request is unanimous. Merge by email, no automations: repeating is harmless.
BATCH_SUBSCRIBERS: Final = Call("POST", "/batch/subscribers", "batch", "subscribers", 1000)
# docs: events; 1000 in api/conventions and the SDKs, 100 in older pages. Starts automations: repeating does harm.
BATCH_EVENTS: Final = Call("POST", "/batch/events", "batch", "events", 1000)
# OpenAPI file and the 2022 guide: 100. No de-duplication on Bento's side.
BATCH_BROADCASTS: Final = Call("POST", "/batch/broadcasts", "batch", "broadcasts", 100)
# docs: subscribers. Finds or creates.
GET_SUBSCRIBER: Final = Call("GET", "/fetch/subscribers", "fetch")
CREATE_SUBSCRIBER: Final = Call("POST", "/fetch/subscribers", "fetch", "subscriber")
# GitBook: 100 commands a request. Whether repeating is harmless depends on the verb: see REPEATABLE_COMMANDS.
RUN_COMMANDS: Final = Call("POST", "/fetch/commands", "fetch", "command", 100)
LIST_TAGS: Final = Call("GET", "/fetch/tags", "fetch")
CREATE_TAG: Final = Call("POST", "/fetch/tags", "fetch", "tag")
LIST_FIELDS: Final = Call("GET", "/fetch/fields", "fetch")
CREATE_FIELD: Final = Call("POST", "/fetch/fields", "fetch", "field")
LIST_BROADCASTS: Final = Call("GET", "/fetch/broadcasts", "fetch")

BATCH: Final = MappingProxyType(
    {"subscribers": BATCH_SUBSCRIBERS, "events": BATCH_EVENTS, "broadcasts": BATCH_BROADCASTS}
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
# Every value of `type` that any source shows; what the server does with others is stated nowhere.
BROADCAST_TYPES: Final = ("plain", "raw", "html", "markdown", "fancy", "layout")
BATCH_SIZE_PER_HOUR: Final = (10, 250_000)  # bento-node-sdk 2.0.0, text of an error in its tests

BroadcastStatus = Literal["draft", "scheduled", "sending", "sent", "paused", "canceled"]
"""Values of `status` in GET /fetch/broadcasts; without it Bento lists only `sent`."""

# docs: api/access. bento-skills 0.1.2 (newer) says about 60 a minute per IP.
DEFAULT_RATE_LIMIT: Final = "100/minute"
STATS_RATE_LIMIT: Final = "30/hour"

# Exact words are in the Node and Laravel SDKs' tests; matched at any status, as those SDKs do.
AUTHOR_REFUSED: Final = ("author not authorized", "not approved")

USER_AGENT: Final = "airflow-provider-bento"  # required; generic library values are blocked (api/conventions)
CONNECT_TIMEOUT: Final = 5.0  # seconds
READ_TIMEOUT: Final = 120.0  # seconds; the official Node SDK sets none at all for batches
MAX_CHUNK_BYTES: Final = 5_000_000  # our choice: no limit of Bento's is published
