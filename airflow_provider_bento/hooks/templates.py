"""The hook's email templates: the emails of sequences and workflows. Does not import Airflow.

Tested by tests/unit/hooks/test_what_is_sent.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_bento.api import contract
from airflow_provider_bento.exceptions import BentoRefusedError
from airflow_provider_bento.hooks import arguments
from airflow_provider_bento.hooks.calls import Calls

if TYPE_CHECKING:
    from airflow_provider_bento.api.responses import EmailTemplate


class Templates(Calls):
    """Emails by the id that ``list_sequences`` and ``list_workflows`` return."""

    def get_email_template(self, template_id: str | int, **options: Any) -> EmailTemplate | None:
        """Return one email with its content, or ``None`` if Bento has no such id (GET /fetch/emails/templates/:id).

        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        resource = arguments.identity("get_email_template", "template_id", template_id)
        return responses.email_template(self._find(contract.GET_EMAIL_TEMPLATE, resource, **options))

    def update_email_template(
        self,
        template_id: str | int,
        *,
        subject: str | None = None,
        html: str | None = None,
        allow_no_unsubscribe: bool = False,
    ) -> EmailTemplate:
        """Change an email **in place**: live sequences and workflows send the new one at once
        (PATCH /fetch/emails/templates/:id).

        :param subject: the new subject line; ``None`` leaves it.
        :param html: the new body; ``None`` leaves it.
        :param allow_no_unsubscribe: allows a body without ``unsubscribe_url``, which people need to unsubscribe.
        :raises BentoSetupError: neither is given, or the body has no ``unsubscribe_url``; nothing was sent.
        :raises BentoRefusedError: Bento has no email of this id.
        """
        from airflow_provider_bento.api import responses

        method = "update_email_template"
        resource = arguments.identity(method, "template_id", template_id)
        value = {} if subject is None else {"subject": arguments.text(method, "subject", subject)}
        value |= {} if html is None else {"html": arguments.content(method, "html", html)}
        if not value:
            raise arguments.wrong(method, "it needs subject= or html=")
        allowed = arguments.truth(method, "allow_no_unsubscribe", allow_no_unsubscribe)
        if not allowed and "unsubscribe_url" not in value.get("html", "unsubscribe_url"):
            raise arguments.wrong(
                method,
                "html has no unsubscribe_url, so nobody could unsubscribe. Add {{ visitor.unsubscribe_url }}, or pass "
                "allow_no_unsubscribe=True",
            )
        answer = self._send(contract.UPDATE_EMAIL_TEMPLATE, value, resource=resource)
        found = responses.changed_template(answer) or self.get_email_template(resource)
        if found is None:
            raise BentoRefusedError(
                "Bento has no email template of this id; nothing was changed. Take the id from list_sequences or "
                "list_workflows.",
                endpoint=contract.UPDATE_EMAIL_TEMPLATE.path,
            )
        return found
