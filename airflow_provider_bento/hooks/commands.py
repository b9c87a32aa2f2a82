"""The eight verbs of POST /fetch/commands, one method each (docs: subscribers; at most 100 commands a request).

Tested by tests/unit/hooks/test_commands.py.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from airflow_provider_bento.api import contract
from airflow_provider_bento.hooks import arguments
from airflow_provider_bento.hooks.calls import Calls

if TYPE_CHECKING:
    from airflow_provider_bento.api.receipt import Receipt


class Commands(Calls):
    """Each command changes one person. Bento queues them in no guaranteed order; the receipt counts what it queued."""

    def run_commands(self, commands: Sequence[Mapping[str, Any]]) -> Receipt:
        """Run up to 100 commands, each ``{"command": verb, "email": …, "query": …}``.

        A request whose outcome is unknown is repeated only if all of its verbs end in the same state each time:
        not ``add_tag_via_event``, which starts automations, and not ``change_email``.

        :raises BentoSetupError: it is not a list of commands.
        :raises BentoRecordError: an unknown verb, no address, a query that does not fit the verb, or too many commands.
        :raises BentoRefusedError: Bento accepted none of them.
        """
        from airflow_provider_bento.delivery.single_request import command_batch

        commands = arguments.rows("run_commands", "commands", commands)
        request = command_batch(commands)
        idempotent = all(one["command"] in contract.REPEATABLE_COMMANDS for one in commands)
        return self._receipt(request, idempotent=idempotent)

    def add_tag(self, email: str, tag: str) -> Receipt:
        """Add a tag; starts no automations. The tag and the person are created if unknown."""
        return self._one("add_tag", email, tag)

    def add_tag_via_event(self, email: str, tag: str) -> Receipt:
        """Add a tag as a ``$tag`` event, which starts automations each time."""
        return self._one("add_tag_via_event", email, tag)

    def remove_tag(self, email: str, tag: str) -> Receipt:
        """Remove a tag."""
        return self._one("remove_tag", email, tag)

    def add_field(self, email: str, key: str, value: str | float | bool) -> Receipt:  # noqa: FBT001  (a field's value)
        """Set a custom field."""
        return self._one("add_field", email, {"key": key, "value": value})

    def remove_field(self, email: str, key: str) -> Receipt:
        """Clear a custom field."""
        return self._one("remove_field", email, key)

    def subscribe(self, email: str) -> Receipt:
        """Resubscribe a person who had unsubscribed."""
        return self._one("subscribe", email)

    def unsubscribe(self, email: str) -> Receipt:
        """Unsubscribe a person; creates the person if unknown."""
        return self._one("unsubscribe", email)

    def change_email(self, old: str, new: str) -> Receipt:
        """Change a person's address from ``old`` to ``new``."""
        return self._one("change_email", old, new)

    def _one(self, verb: contract.CommandVerb, email: str, query: Any = None) -> Receipt:
        return self.run_commands([{"command": verb, "email": email} | ({} if query is None else {"query": query})])
