"""The hook's segments, responses to forms, and authors. Does not import Airflow.

Tested by tests/unit/hooks/test_what_is_sent.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_bento.api import contract
from airflow_provider_bento.hooks import arguments
from airflow_provider_bento.hooks.calls import Calls

if TYPE_CHECKING:
    from airflow_provider_bento.api.responses import Author, FormResponse, Segment


class SiteContents(Calls):
    """What people have set up in Bento, and what visitors entered; all of it is read only."""

    def list_segments(self, **options: Any) -> tuple[Segment, ...]:
        """Return all segments; deleted ones are left out by Bento (GET /fetch/segments).

        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        return responses.segments(self._fetch(contract.LIST_SEGMENTS, **options))

    def get_segment(self, segment_id: str | int, **options: Any) -> Segment | None:
        """Return one segment, or ``None`` if Bento has none of this id (GET /fetch/segments/:id).

        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        resource = arguments.identity("get_segment", "segment_id", segment_id)
        return responses.segment(self._find(contract.GET_SEGMENT, resource, **options))

    def form_responses(self, form_id: str | int, **options: Any) -> tuple[FormResponse, ...]:
        """Return what visitors entered into a form (GET /fetch/responses, which Bento does not document).

        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        query = {"id": arguments.identity("form_responses", "form_id", form_id)}
        return responses.form_responses(self._fetch(contract.FORM_RESPONSES, query, **options))

    def list_authors(self, **options: Any) -> tuple[Author, ...]:
        """Return the permitted senders of the site (GET /fetch/authors, which Bento does not document).

        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        return responses.authors(self._fetch(contract.LIST_AUTHORS, **options))
