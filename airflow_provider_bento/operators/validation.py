"""Validates an operator's arguments together: when the DAG is parsed, and again after templates are rendered.

Only the run can validate a template or another task's result in an argument that is a template field, and the
arguments of ``.expand()``. Everything else is a constant and is validated at parse time.

Tested by tests/unit/operators/test_validated_at_parse.py.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from airflow_provider_bento.api.contract import Endpoint
from airflow_provider_bento.exceptions import BentoSetupError
from airflow_provider_bento.operators.argument_rules import rules
from airflow_provider_bento.operators.endpoint_words import WORDS
from airflow_provider_bento.operators.literal_records import refuse_jinja
from airflow_provider_bento.operators.literals import LOOKED_AT, has_nothing_to_do, is_template, references
from airflow_provider_bento.operators.records_argument import NotGiven

__all__ = ["ArgumentCheck"]

_SURELY_ONE_SELECT: Final = re.compile(r"\s*SELECT\b[^;]*;?\s*", re.IGNORECASE)
_OF_SQL: Final = ("sql_parameters", "resume_key")


@dataclass(frozen=True)
class ArgumentCheck:
    """What is wrong with the arguments of one task.

    :param task: its id and its operator, with which messages begin: ``push (BentoBatchEventsOperator)``.
    :param endpoint: which of Bento's endpoints gets the records.
    :param arguments: name → value, of those that are known.
    :param template_fields: names of those that Airflow renders; empty once they are rendered.
    :param complete: whether these are all arguments, so that an absent one is missing.
    :param by_function: whether a function returns the records.
    """

    task: str
    endpoint: Endpoint
    arguments: Mapping[str, Any]
    template_fields: Collection[str] = ()
    complete: bool = True
    by_function: bool = False

    @property
    def argument(self) -> str:
        """The name of the argument that contains the records."""
        return WORDS[self.endpoint].argument

    @property
    def sources(self) -> tuple[str, ...]:
        """The names of the arguments of which exactly one is passed."""
        return (self.argument, "sql", "replay_dead_letters")

    def check(self) -> None:
        """Reject invalid arguments.

        :raises BentoSetupError: names the task and the arguments, what they are and what is expected.
        """
        wrong = list(self._each()) or [
            *self._together(),
            *self._of_sync(),
            *self._of_watermark(),
            *self._of_outlets(),
            *self._of_asking(),
            *self._deeply(),
        ]
        if wrong:
            words = "; ".join(wrong)
            raise BentoSetupError(f"{self.task}: {words}" + ("" if words.endswith("?") else "."))

    def _waits(self, name: str) -> bool:
        value = self.arguments.get(name)
        return name in self.template_fields and (is_template(value) or _is_reference(value))

    def _each(self) -> Iterator[str]:
        for name, rule in rules(self.endpoint).items():
            if name in self.arguments and not self._waits(name):
                broken = rule.broken(name, self.arguments[name])
                if broken is not None:
                    yield broken

    def _together(self) -> Iterator[str]:
        sources = [name for name in self.sources if self._given(name)]
        if self.by_function:
            sources.insert(0, "the function")
        if len(sources) > 1:
            yield f"pass one source of records, not {len(sources)}: {', '.join(sources)}"
        elif not self.complete:
            return
        elif not sources and self.arguments.get(self.argument, NotGiven.NOT_GIVEN) is None:
            return  # another task's result that is None: check_argument() explains it
        elif not sources:
            yield f"no source of records: pass one of {', '.join(self.sources)}"
        elif sources == ["sql"] and not self._given("sql_conn_id"):
            yield "sql needs sql_conn_id, the id of the database's connection"
        elif "sql" not in sources:
            yield from (f"{name} needs sql, the query it belongs to" for name in _OF_SQL if self._given(name))
        if self._given("file_options") and sources in (["sql"], ["replay_dead_letters"]):
            yield f"file_options applies to files only, not to {sources[0]}"
        if self._given("dead_letters_path") and str(self.arguments["dead_letters_path"]) == str(
            self.arguments.get("replay_dead_letters")
        ):
            yield "dead_letters_path must be a different file from replay_dead_letters"

    def _of_sync(self) -> Iterator[str]:
        from airflow_provider_bento.operators.sync_options import wrong_together

        return wrong_together(self.arguments, complete=self.complete)

    def _of_watermark(self) -> Iterator[str]:
        from airflow_provider_bento.operators.watermark.rules import wrong_with_watermark

        return wrong_with_watermark(self.arguments, complete=self.complete, by_function=self.by_function)

    def _of_outlets(self) -> Iterator[str]:
        from airflow_provider_bento.operators.outlets import wrong_with_outlets

        return wrong_with_outlets(self.arguments.get("outlets"), self.endpoint)

    def _of_asking(self) -> Iterator[str]:
        from airflow_provider_bento.operators.asking_options import wrong_with_asking

        return wrong_with_asking(self.arguments, self.endpoint, rendered=not self.template_fields)

    def _given(self, name: str) -> bool:
        value = self.arguments.get(name)
        return value is not None and value is not NotGiven.NOT_GIVEN

    def _deeply(self) -> Iterator[str]:
        """Yield what the sources themselves reject."""
        for name, check in (
            (self.argument, self._check_records),
            ("sql", self._check_sql),
            ("columns", self._check_mapping),
            ("file_options", self._check_file_options),
        ):
            if not self._waits(name):
                try:
                    check()
                except BentoSetupError as error:
                    yield str(error).removesuffix(".")

    def _check_records(self) -> None:
        value = self.arguments.get(self.argument, NotGiven.NOT_GIVEN)
        if value is None and (self._given("sql") or self._given("replay_dead_letters") or self.by_function):
            return
        if value is NotGiven.NOT_GIVEN or (value is not None and not self.template_fields):
            return  # a rendered value is read by its source
        from airflow_provider_bento.sources.argument import check_argument

        check_argument(value, self.argument, file_options=self.arguments.get("file_options"))
        if isinstance(value, list | tuple) and not has_nothing_to_do(first := value[:LOOKED_AT]):
            self._check_rows(first)
            refuse_jinja(first, self.argument, self.endpoint, self.arguments.get("template_keys"))

    def _check_rows(self, records: list[Any] | tuple[Any, ...]) -> None:
        """Reject literal rows that are not dicts, unless a function makes dicts of them."""
        if callable(self.arguments.get("columns")):
            return
        from airflow_provider_bento.delivery.unnamed_rows import has_fields, wanted_of

        for position, row in enumerate(records):
            if not has_fields(row) and not _is_reference(row) and not self._is_text_row(row):
                raise BentoSetupError(f"{self.argument}: the row at position {position:,} {wanted_of(row)}")

    def _is_text_row(self, row: object) -> bool:
        return isinstance(row, str) and WORDS[self.endpoint].text_is is not None

    def _check_sql(self) -> None:
        sql = self.arguments.get("sql")
        if not isinstance(sql, str) or (self.template_fields and sql.endswith(".sql")):
            return
        if _SURELY_ONE_SELECT.fullmatch(sql):  # parsing SQL takes 20 ms for the first query of a DAG file
            return
        from airflow_provider_bento.sources.sql.query import checked

        checked(sql)

    def _check_mapping(self) -> None:
        columns, constants = self.arguments.get("columns"), self.arguments.get("constants")
        if self._waits("constants"):
            constants = None
        if columns is None and not constants:
            return
        self._check_names("columns", columns)
        self._check_names("constants", constants)
        from airflow_provider_bento.delivery.source import ListSource
        from airflow_provider_bento.sources.mapping import MappedSource

        if isinstance(columns, Mapping):
            columns = {field: "" if _is_reference(column) else column for field, column in columns.items()}
        MappedSource(ListSource([]), columns, constants)

    def _check_names(self, argument: str, mapping: object) -> None:
        if self.template_fields and isinstance(mapping, Mapping) and any(map(is_template, mapping)):
            raise BentoSetupError(f"{argument}: a field name contains {{{{ or {{%, but Jinja runs in the values only")

    def _check_file_options(self) -> None:
        options = self.arguments.get("file_options")
        if options is None or self._given(self.argument):  # else check_argument() has validated them
            return
        from airflow_provider_bento.sources.files.options import checked_file_options

        checked_file_options(options)


def _is_reference(value: object) -> bool:
    return not isinstance(value, Mapping | list | tuple | set) and next(references(value), None) is not None
