"""Typed replies: frozen values in which any attribute may be missing, because Bento's generations differ.

No ``repr`` shows a person, an address or a content. A reply without the list or the answer that was asked for is
:class:`~airflow_provider_bento.exceptions.BentoUnreachable`.

Sources: docs pages subscribers, tags, fields, broadcasts, segments, sequences, workflows, email templates, stats,
utility, spam; `bento-node-sdk` 2.0.0.
"""

from __future__ import annotations

from airflow_provider_bento.api.responses.broadcasts import BroadcastTemplate, ListedBroadcast, broadcasts
from airflow_provider_bento.api.responses.email_templates import (
    EmailTemplate,
    Sequence,
    TemplateRef,
    Workflow,
    changed_template,
    email_template,
    sequences,
    workflows,
)
from airflow_provider_bento.api.responses.experimental import (
    Blacklist,
    Gender,
    Moderation,
    blacklist,
    gender,
    moderation,
    objections,
    validity,
)
from airflow_provider_bento.api.responses.forms_and_authors import Author, FormResponse, authors, form_responses
from airflow_provider_bento.api.responses.people import Person, created_person, people, person
from airflow_provider_bento.api.responses.segments import Segment, segment, segments
from airflow_provider_bento.api.responses.stats import AdsStats, Audience, Report, ads, audience, report
from airflow_provider_bento.api.responses.tags_and_fields import Field, Tag, field, fields, tag, tags

__all__ = [
    "AdsStats",
    "Audience",
    "Author",
    "Blacklist",
    "BroadcastTemplate",
    "EmailTemplate",
    "Field",
    "FormResponse",
    "Gender",
    "ListedBroadcast",
    "Moderation",
    "Person",
    "Report",
    "Segment",
    "Sequence",
    "Tag",
    "TemplateRef",
    "Workflow",
    "ads",
    "audience",
    "authors",
    "blacklist",
    "broadcasts",
    "changed_template",
    "created_person",
    "email_template",
    "field",
    "fields",
    "form_responses",
    "gender",
    "moderation",
    "objections",
    "people",
    "person",
    "report",
    "segment",
    "segments",
    "sequences",
    "tag",
    "tags",
    "validity",
    "workflows",
]
