"""The hook's tags and custom fields. Does not import Airflow.

Tested by tests/unit/hooks/test_what_is_sent.py.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from airflow_provider_bento.api import contract
from airflow_provider_bento.hooks import arguments
from airflow_provider_bento.hooks.calls import Calls
from airflow_provider_bento.hooks.doubt import sent_or_found

if TYPE_CHECKING:
    from airflow_provider_bento.api.responses import Field, Tag


class TagsAndFields(Calls):
    """Tags and fields of the site; those of one person are commands, such as ``add_tag`` and ``add_field``."""

    def list_tags(self, **options: Any) -> tuple[Tag, ...]:
        """Return all tags, deleted ones included (GET /fetch/tags).

        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        return responses.tags(self._fetch(contract.LIST_TAGS, **options))

    def create_tag(self, name: str) -> Tag:
        """Create a tag (POST /fetch/tags). Rarely needed: imports and ``add_tag`` create tags.

        If the outcome is unknown, the tags are listed; it is sent again only if the tag is not among them.

        :raises BentoSetupError: the name is empty or contains a comma.
        """
        from airflow_provider_bento.api import responses

        tag = arguments.tag_name("create_tag", name)
        return sent_or_found(
            lambda: responses.tag(self._send(contract.CREATE_TAG, {"name": tag})),
            lambda: self._kept_tag(tag),
            "a tag",
            clock=self.clock,
        )

    def delete_tag(self, name: str) -> bool:
        """Delete a tag (DELETE /fetch/tags/:id; docs: tags).

        Bento deletes **or restores** with this request, so the tags are listed first, and it is never sent again. If
        the outcome is unknown, the tags are listed again. If two tasks delete one tag at the same time, the later
        request can restore it.

        :returns: ``False`` if there is no such tag, or if it is already deleted; nothing was sent then.
        :raises BentoOutcomeUnknown: the outcome is unknown, and the tag is not deleted yet; call it again later.
        """
        name = arguments.text("delete_tag", "name", name)
        tag = self._kept_tag(name)
        if tag is None:
            return False
        resource = arguments.identity("delete_tag", "the id that Bento lists for it", tag.id)

        def delete() -> bool:
            self._send(contract.DELETE_TAG, {"name": name}, resource=resource)
            return True

        def deleted() -> bool | None:
            # By its id: after the deletion an import may have created another tag of this name.
            return None if any(one.id == tag.id and one.discarded_at is None for one in self.list_tags()) else True

        return sent_or_found(delete, deleted, "the deletion of a tag", clock=self.clock, most_requests=1)

    def list_fields(self, **options: Any) -> tuple[Field, ...]:
        """Return all custom fields (GET /fetch/fields).

        :param options: as for :meth:`request_loop`.
        """
        from airflow_provider_bento.api import responses

        return responses.fields(self._fetch(contract.LIST_FIELDS, **options))

    def create_field(self, key: str) -> Field:
        """Create a custom field; Bento derives its name (POST /fetch/fields). Rarely needed: imports create them.

        If the outcome is unknown, the fields are listed; it is sent again only if the field is not among them.

        :raises BentoSetupError: the key is empty.
        """
        from airflow_provider_bento.api import responses

        key = arguments.text("create_field", "key", key)
        return sent_or_found(
            lambda: responses.field(self._send(contract.CREATE_FIELD, {"key": key})),
            lambda: next((field for field in self.list_fields() if field.key == key), None),
            "a field",
            clock=self.clock,
        )

    def _kept_tag(self, name: str) -> Tag | None:
        """Return the tag of this name that is not deleted."""
        return next((tag for tag in self.list_tags() if tag.name == name and tag.discarded_at is None), None)
