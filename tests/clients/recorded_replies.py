"""What Bento was recorded to answer, as shapes: `shapes.schema_of` reads them.

The Node SDK up to January 2025 (bento-node-sdk before 3a286eb, test/mocks/handlers) kept replies of 2021 that look
recorded: real ids, times and browsers. The tests of 2.0.0 (``__tests__``) have replies written by hand in July 2026,
when the SDK was brought in line with Bento's server. Shapes and statuses are restated here, values are not. What 2.0.0
declares as types needs no list: declared.mjs reads it off the package.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal

from clients.shapes import Difference, differences, schema_of

Generation = Literal["2021", "2026"]


@dataclass(frozen=True)
class Recorded:
    """One reply.

    :param call: method and path below ``/api/v1``.
    :param source: file of the SDK's tests.
    """

    generation: Generation
    call: str
    status: int
    shape: Any
    source: str


_PERSON: Final[dict[str, Any]] = {
    "id": "string",
    "type": "=visitors",
    "attributes": {"uuid": "string", "email": "string", "fields": "object|null", "cached_tag_ids": ["string"]},
}
_PERSON_WITH_STATE: Final = {
    **_PERSON,
    "attributes": {**_PERSON["attributes"], "unsubscribed_at": "string|null"},
}
_TAG: Final[dict[str, Any]] = {
    "id": "string",
    "type": "=tags",
    "attributes": {"name": "string", "created_at": "string", "discarded_at": "string|null"},
}
_FIELD: Final = {
    "id": "string",
    "type": "=visitors-fields",
    "attributes": {"name": "string", "key": "string", "whitelisted": "boolean|null", "created_at": "string"},
}
_PLACE: Final = {
    **dict.fromkeys(("ip", "request", "city_name", "postal_code", "region_name", "real_region_name"), "string"),
    **dict.fromkeys(("country_name", "country_code2", "country_code3", "continent_code"), "string"),
    **dict.fromkeys(("latitude", "longitude"), "number"),
}
_COMPLETED_FORM: Final = {
    **dict.fromkeys(("id", "ip", "date", "site", "visit", "visitor"), "string"),
    "type": "=$surveyFormCompleted",
    "page": dict.fromkeys(("url", "host", "path", "protocol", "referrer"), "string"),
    "fields": {"*": "any"},
    "browser": dict.fromkeys(("width", "height", "user_agent"), "string"),
    "details": {"*": "any"},
    "identity": {"email": "string"},
    "location": _PLACE,
}
_RESPONSE: Final = {
    "id": "string",
    "type": "=events",
    "attributes": {"uuid": "string", "data": _COMPLETED_FORM},
}
_TEMPLATE: Final = {
    "id": "string",
    "type": "=email_templates",
    "attributes": {
        **dict.fromkeys(("name", "subject", "html", "created_at"), "string"),
        "stats": "object|null",
    },
}
_EMBEDDED: Final = [{"id": "integer", "subject": "string", "stats": "object|null"}]
_WITH_TEMPLATES: Final = {"name": "string", "created_at": "string", "email_templates": _EMBEDDED}

_2021: Final = {
    "batch.ts": [
        ("POST /batch/subscribers", 201, {"results": "integer"}),
        ("POST /batch/events", 201, {"results": "integer"}),
    ],
    "subscribers.ts": [
        ("GET /fetch/subscribers", 200, {"data": _PERSON}),
        ("GET /fetch/subscribers", 200, {}),
        ("GET /fetch/subscribers", 401, "=HTTP Basic: Access denied."),
        ("POST /fetch/subscribers", 201, {"data": _PERSON_WITH_STATE}),
    ],
    "commands.ts": [("POST /fetch/commands", 201, {"data": _PERSON_WITH_STATE})],
    "tags.ts": [
        ("GET /fetch/tags", 200, {"data": [_TAG]}),
        ("GET /fetch/tags", 401, "=HTTP Basic: Access denied."),
        ("POST /fetch/tags", 201, {"data": [_TAG]}),
    ],
    "fields.ts": [
        ("GET /fetch/fields", 200, {"data": [_FIELD]}),
        ("POST /fetch/fields", 201, {"data": [_FIELD]}),
    ],
    "forms.ts": [("GET /fetch/responses", 200, {"data": [_RESPONSE]})],
    "experimental.ts": [
        ("POST /experimental/validation", 201, {"valid": "boolean"}),
        ("POST /experimental/gender", 201, {"gender": "string", "confidence": "number|null"}),
        ("GET /experimental/geolocation", 201, _PLACE),
        ("GET /experimental/geolocation", 201, {}),
        (
            "GET /experimental/blacklist.json",
            201,
            {"query": "string", "description": "string", "results": {"*": "boolean"}},
        ),
    ],
}
_2026: Final = {
    "batch": [
        ("POST /batch/subscribers", 200, {"results": "integer"}),
        ("POST /batch/events", 200, {"results": "integer"}),
        ("POST /batch/emails", 200, {"results": "integer"}),
        ("POST /batch/emails", 500, {"error": "=Author not authorized to send on this account"}),
    ],
    "broadcasts": [
        (
            "POST /batch/broadcasts",
            200,
            {
                "results": "integer",
                "failed": "integer",
                "broadcasts": [
                    {"id": "integer", "template_id": "integer", "name": "string", "dashboard_url": "string"}
                ],
                "failures": [{"index": "integer", "name": "string|null", "error": "string"}],
            },
        ),
        (
            "GET /fetch/broadcasts",
            200,
            {
                "data": [
                    {
                        "id": "string",
                        "type": "=events",
                        "attributes": {
                            **dict.fromkeys(("name", "subject", "content", "type", "created_at"), "string"),
                            "from": {"name": "string", "email": "string"},
                            "batch_size_per_hour": "integer",
                        },
                    }
                ]
            },
        ),
    ],
    "commands": [("POST /fetch/commands", 200, {"results": "integer"})],
    "helpers": [
        ("GET /fetch/subscribers", 200, {"data": _PERSON_WITH_STATE}),
        ("GET /fetch/subscribers", 200, {}),
        ("POST /fetch/subscribers", 200, {"data": _PERSON_WITH_STATE}),
    ],
    "tags": [
        (
            "GET /fetch/tags",
            200,
            {"data": [{**_TAG, "attributes": {**_TAG["attributes"], "site_id": "integer"}}]},
        ),
        (
            "POST /fetch/tags",
            200,
            {"data": {**_TAG, "attributes": {**_TAG["attributes"], "site_id": "integer"}}},
        ),
        ("DELETE /fetch/tags/:id", 200, {"message": "string"}),
    ],
    "sequences": [
        (
            "GET /fetch/sequences",
            200,
            {"data": [{"id": "string", "type": "=sequences", "attributes": _WITH_TEMPLATES}]},
        ),
        ("POST /fetch/sequences/:id/emails/templates", 201, {"data": _TEMPLATE}),
        ("POST /fetch/sequences/:id/emails/templates", 404, {"error": "=Sequence not found"}),
        ("POST /fetch/sequences/:id/emails/templates", 422, {"errors": {"delay_interval_count": ["string"]}}),
    ],
    "email-templates": [
        ("GET /fetch/emails/templates/:id", 200, {"data": _TEMPLATE}),
        ("GET /fetch/emails/templates/:id", 200, {}),
        ("PATCH /fetch/emails/templates/:id", 200, {"data": _TEMPLATE}),
        ("PATCH /fetch/emails/templates/:id", 404, {"error": "=Not Found"}),
    ],
    "workflows": [
        (
            "GET /fetch/workflows",
            200,
            {"data": [{"id": "string", "type": "=workflows", "attributes": {**_WITH_TEMPLATES, "status": "string"}}]},
        )
    ],
    "stats": [
        ("GET /stats/segment", 404, {"error": "=Segment not found"}),
        ("GET /stats/report", 404, {"error": "=Report not found"}),
    ],
    "experimental": [
        ("POST /experimental/validation", 200, {"valid": "boolean"}),
        ("POST /experimental/gender", 200, {"gender": "string|null", "confidence": "number|null"}),
        ("GET /experimental/geolocation", 200, {}),
        ("GET /experimental/geolocation", 400, {"error": "=Invalid IP"}),
        (
            "GET /experimental/blacklist",
            200,
            {"query": "string", "description": "string", "results": {"*": "boolean"}},
        ),
        (
            "POST /experimental/content_moderation",
            200,
            {"valid": "boolean", "reasons": ["string"], "safe_original_content": "string"},
        ),
        ("POST /experimental/content_moderation", 200, {"valid": "boolean", "reasons": ["string"]}),
    ],
}

REPLIES: Final = tuple(
    Recorded(generation, call, status, shape, source)
    for generation, files in (("2021", _2021), ("2026", _2026))
    for source, replies in files.items()
    for call, status, shape in replies
)


def from_recorded(generation: Generation, call: str, status: int, reply: Any) -> set[Difference]:
    """Return how a reply differs from the most similar one recorded for this call; nothing if none was recorded.

    Of several, those of the same status are tried; if a success has none, its status is a difference of its own.
    """
    known = [one for one in REPLIES if (one.generation, one.call) == (generation, call)]
    similar = [one for one in known if one.status == status]
    wrong = set()
    if not similar and status < 400:
        similar = [one for one in known if one.status < 400]
        wrong = {Difference("status", f"{status}, not {one.status}") for one in similar[:1]}
    tries = (differences(reply, schema_of(one.shape)) for one in similar)
    return wrong | min(tries, key=len, default=set())
