"""Rows of text become records of one field."""

from __future__ import annotations

from airflow_provider_bento.delivery.source import ListSource, Sized, size_of
from airflow_provider_bento.delivery.values import Cursor, Row
from airflow_provider_bento.sources.text_rows import TextRowsSource


def test_text_is_the_value_of_the_field_and_all_else_stays() -> None:
    """Also what is no row at all: validation says what is wrong with it."""
    source = TextRowsSource(ListSource(["a@x.io", {"email": "b@x.io"}, 5]), "email")
    assert [row.data for row in source.rows(Cursor())] == [{"email": "a@x.io"}, {"email": "b@x.io"}, 5]


def test_positions_tokens_and_unreadable_rows_are_the_sources() -> None:
    """A resume continues in the same place."""

    class One(ListSource):
        def rows(self, after: Cursor):  # type: ignore[no-untyped-def]  # as the protocol's
            yield Row(7, "a@x.io", token=[3])
            yield Row(8, "{", unreadable="line 2 is not JSON")

    rows = list(TextRowsSource(One([]), "email").rows(Cursor()))
    assert rows[0] == Row(7, {"email": "a@x.io"}, token=[3])
    assert rows[1] == Row(8, "{", unreadable="line 2 is not JSON")


def test_it_is_what_its_source_is() -> None:
    """Rereadable, resumable, sized, and of the same identity."""
    source = TextRowsSource(ListSource(["a@x.io"]), "email")
    assert (source.rereadable, source.resumable, source.identity()) == (True, False, "")
    assert isinstance(source, Sized)
    assert size_of(source, Cursor()) is None
    assert source.share(Cursor()) is None
