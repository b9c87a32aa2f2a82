"""The hook's sequences and workflows. Does not import Airflow.

Tested by tests/unit/hooks/test_what_is_sent.py.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, Final, Literal

from airflow_provider_bento.api import contract
from airflow_provider_bento.exceptions import BentoOutcomeUnknown
from airflow_provider_bento.hooks import arguments
from airflow_provider_bento.hooks.doubt import sent_or_found
from airflow_provider_bento.hooks.templates import Templates

if TYPE_CHECKING:
    from airflow_provider_bento.api import responses

    Delay = tuple[int, Literal["minutes", "hours", "days", "months"]]
    Addresses = str | Sequence[str]

_ON_THE_WIRE: Final = {"editor": "editor_choice"}


class Sequences(Templates):
    """Sequences and workflows with their emails; Bento offers no way to create either."""

    def list_sequences(self, page: int = 1, **options: Any) -> tuple[responses.Sequence, ...]:
        """Return one page of the sequences; an empty page ends the list (GET /fetch/sequences).

        :param page: from 1.
        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        query = {"page": str(arguments.page("list_sequences", page))}
        return responses.sequences(self._fetch(contract.LIST_SEQUENCES, query, **options))

    def iter_sequences(self, **options: Any) -> Iterator[responses.Sequence]:
        """Yield the sequences of all pages.

        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api.paging import every_item

        return every_item(partial(self.list_sequences, **options), "sequences")

    def list_workflows(self, page: int = 1, **options: Any) -> tuple[responses.Workflow, ...]:
        """Return one page of the workflows; an empty page ends the list (GET /fetch/workflows).

        :param page: from 1.
        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        query = {"page": str(arguments.page("list_workflows", page))}
        return responses.workflows(self._fetch(contract.LIST_WORKFLOWS, query, **options))

    def iter_workflows(self, **options: Any) -> Iterator[responses.Workflow]:
        """Yield the workflows of all pages.

        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api.paging import every_item

        return every_item(partial(self.list_workflows, **options), "workflows")

    def add_sequence_email(
        self,
        sequence_id: str | int,
        *,
        subject: str,
        html: str,
        inbox_snippet: str | None = None,
        delay: Delay | None = None,
        editor: str = "plain",
        cc: Addresses | None = None,
        bcc: Addresses | None = None,
        to: Addresses | None = None,
    ) -> responses.EmailTemplate:
        """Append an email to a sequence (POST /fetch/sequences/:id/emails/templates; docs: sequences).

        Bento appends one at each call, so it is never sent again. The emails of the sequence are read first; if the
        outcome is unknown, they are read again, and the new one among them is returned.

        :param sequence_id: as :meth:`list_sequences` returns it.
        :param subject: the subject line.
        :param html: the body.
        :param inbox_snippet: the preview that mail programs show.
        :param delay: after the email before it, like ``(3, "days")``; in minutes, hours, days or months.
        :param editor: Bento's editor for it.
        :param cc: addresses, or Liquid.
        :param bcc: addresses, or Liquid.
        :param to: addresses, or Liquid, instead of the subscriber's.
        :raises BentoSetupError: an argument is invalid; nothing was sent.
        :raises BentoRefusedError: Bento has no such sequence (404).
        :raises BentoOutcomeUnknown: the outcome is unknown, and the sequence shows no new email yet.
        """
        from airflow_provider_bento.api import responses

        resource = arguments.identity("add_sequence_email", "sequence_id", sequence_id)
        texts = {"inbox_snippet": inbox_snippet, "editor": editor}
        value = _email(subject, html, texts, {"cc": cc, "bcc": bcc, "to": to}, delay)
        before = self._emails_of(resource)
        return sent_or_found(
            lambda: responses.changed_template(self._send(contract.ADD_SEQUENCE_EMAIL, value, resource=resource)),
            lambda: self._added(resource, value["subject"], before),
            "an email of a sequence",
            clock=self.clock,
            most_requests=1,
        )

    def _emails_of(self, sequence_id: str) -> Counter[responses.TemplateRef] | None:
        """Return the emails of a sequence; ``None``: the sequence is not listed."""
        wanted = (found for found in self.iter_sequences() if sequence_id in (found.id, found.prefix_id))
        found = next(wanted, None)
        return None if found is None else Counter(found.templates)

    def _added(
        self, sequence_id: str, subject: str, before: Counter[responses.TemplateRef] | None
    ) -> responses.EmailTemplate | None:
        """Return the email that was added since ``before``; ``None``: none was.

        :raises BentoOutcomeUnknown: that cannot be read from Bento's list.
        """
        from airflow_provider_bento.api import responses

        after = self._emails_of(sequence_id)
        if before is None or after is None:
            raise _not_visible("Bento does not list this sequence")
        new = list(after - before)
        ours = [found for found in new if (found.subject or "").strip() == subject]
        if new and not ours:
            raise _not_visible("the emails of the sequence changed meanwhile")
        if not ours:
            return None
        found = self.get_email_template(ours[-1].id) if ours[-1].id else None
        return found or responses.EmailTemplate(ours[-1].id, subject=ours[-1].subject)


def _email(
    subject: object, html: object, texts: Mapping[str, object], people: Mapping[str, object], delay: object
) -> dict[str, Any]:
    """Return the email as it is sent."""
    method = "add_sequence_email"
    value: dict[str, Any] = {
        "subject": arguments.text(method, "subject", subject),
        "html": arguments.content(method, "html", html),
    }
    given = {name: arguments.text(method, name, text) for name, text in texts.items() if text is not None}
    value |= {_ON_THE_WIRE.get(name, name): text for name, text in given.items()}
    value |= {name: arguments.addresses(method, name, given) for name, given in people.items() if given is not None}
    if delay is not None:
        value["delay_interval_count"], value["delay_interval"] = arguments.delay(method, delay)
    return value


def _not_visible(why: str) -> BentoOutcomeUnknown:
    return BentoOutcomeUnknown(
        f"The email may or may not have been added to the sequence: {why}. It was not sent again. Look into the "
        "sequence in Bento.",
        endpoint=contract.ADD_SEQUENCE_EMAIL.path,
    )
