"""What Airflow renders of an operator: its template fields, and of the records only references and named keys.

Bento's Liquid and Airflow's Jinja share ``{{ }}``, so no Jinja runs inside a record; ``constants`` and ``columns`` are
written by the author, and Jinja does run in them.

Tested by tests/unit/operators/test_records_argument.py.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, ClassVar

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.operators.endpoint_words import WORDS
from airflow_provider_bento.operators.literals import references, refers, resolved
from airflow_provider_bento.operators.records_argument import Argument, NotGiven, Records, with_rendered_keys
from airflow_provider_bento.version_compat import BaseOperator

__all__ = ["RenderedOperator"]

_MAPPING = ("constants", "columns")
_NEVER_NONE = "snapshot_path"


class RenderedOperator(BaseOperator):  # type: ignore[misc]  # Airflow is not followed by the type checker
    """An operator whose records are resolved, but never rendered."""

    _endpoint: ClassVar[Endpoint]
    _rendered_keys: Sequence[str] = ()
    template_fields: Sequence[str] = ()
    template_ext: Sequence[str] = (".sql",)

    @property
    def _records_argument(self) -> str:
        """The name of the argument that contains the records."""
        return WORDS[self._endpoint].argument

    @property
    def _records(self) -> Any:
        """What the records argument has resolved to."""
        value = getattr(self, self._records_argument)
        return value.value if isinstance(value, Records) else value

    def _do_render_template_fields(
        self, parent: Any, template_fields: Sequence[str], context: Any, jinja_env: Any, seen_oids: set[int]
    ) -> None:
        """Render all template fields but the records; Airflow asks mapped operators to override this method."""
        if parent is self:
            template_fields = [name for name in template_fields if name not in (self._records_argument, *_MAPPING)]
            self._resolve_records(context, jinja_env, seen_oids)
            with self._without_files():
                for name in _MAPPING:
                    setattr(self, name, self._rendered_mapping(getattr(self, name), context, jinja_env, seen_oids))
        given = getattr(parent, _NEVER_NONE, None) is not None
        super()._do_render_template_fields(parent, template_fields, context, jinja_env, seen_oids)
        if given and getattr(parent, _NEVER_NONE) is None:
            setattr(parent, _NEVER_NONE, "")  # invalid: None would mean that everything is to be sent

    def _resolve_records(self, context: Any, jinja_env: Any, seen_oids: set[int]) -> None:
        given, raw = getattr(self, self._records_argument), self._records
        if raw is NotGiven.NOT_GIVEN or (isinstance(given, Records) and given.resolved):
            return
        value = raw
        if id(raw) not in seen_oids:  # else it is another task's result, and may be long
            if isinstance(raw, str):
                value = self.render_template(raw, context, jinja_env)
            if isinstance(raw, list | tuple):
                self._refuse_late(raw)
                # Keys first: what other tasks returned is data, and no template.
                value = with_rendered_keys(
                    raw, self._rendered_keys, lambda item: self.render_template(item, context, jinja_env)
                )
            if next(references(raw), None) is not None:
                value = resolved(value, context)
        setattr(self, self._records_argument, Records(value, self._records_argument, resolved=True))

    def _refuse_late(self, records: list[Any] | tuple[Any, ...]) -> None:
        from airflow_provider_bento.operators.literal_records import refuse_late
        from airflow_provider_bento.operators.parse_time import titled

        keys, title = getattr(self, "template_keys", None), titled(type(self), self.task_id)
        refuse_late(records, self._records_argument, self._endpoint, keys, title)

    def _rendered_mapping(self, value: Any, context: Any, jinja_env: Any, seen_oids: set[int]) -> Any:
        """Return ``constants`` or ``columns`` rendered; what other tasks returned is hidden where Airflow shows it."""
        if id(value) in seen_oids or (callable(value) and not hasattr(value, "resolve")):
            return value
        if not isinstance(value, Mapping):
            found = self.render_template(value, context, jinja_env, seen_oids)
            hidden = refers(value) and isinstance(found, Mapping)
            return {name: Argument(one) for name, one in found.items()} if hidden else found
        rendered = {}
        for name, one in value.items():
            if isinstance(one, Argument):  # rendered before
                rendered[name] = one
                continue
            from_upstream = next(references(one), None) is not None
            found = self.render_template(one, context, jinja_env, seen_oids)
            rendered[name] = Argument(found) if from_upstream else found
        return rendered

    @contextlib.contextmanager
    def _without_files(self) -> Iterator[None]:
        """Text that ends in .sql names a file for ``sql`` only."""
        self.template_ext = ()
        try:
            yield
        finally:
            del self.template_ext
