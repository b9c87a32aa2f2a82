"""The lines of dead letters in one file on a local disk: append, replace, forget; whole and durable each time.

Knows lines and their owners; must not know records, nor other file systems.

Tested by tests/unit/stores/test_dead_letters.py.
"""

from __future__ import annotations

import os
from array import array
from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import IO

from airflow_provider_bento.filesystem import local_disk
from airflow_provider_bento.stores.dead_letter_lines import LetterLine, is_torn, owner_of

__all__ = ["LetterFile", "NotLetters"]


class NotLetters(Exception):
    """The file's first line is no dead letter; the file was not touched."""


class LetterFile:
    """One run's part of a file that several runs may share.

    Memory: eight bytes for each letter of this run, and the longest line. The caller keeps other processes away
    while a method runs.

    :param path: the file.
    :param run: whose lines are ours; all others stay untouched.
    """

    def __init__(self, path: Path, run: str) -> None:
        self._path = path
        self._run = run
        self._positions: array[int] | None = None  # sorted; read from the file at the first use

    def forget(self, keep: Callable[[LetterLine], bool]) -> None:
        """Drop this run's lines that are not kept; the file is created if it is missing.

        :raises NotLetters: the first line is no dead letter.
        :raises OSError: the file cannot be read or written.
        """
        whole = all(keep(owner) for owner in self._owned())
        self._repair_tail()
        if whole:
            local_disk.append(self._path, b"")
        else:
            self._rewrite(keep, b"")
        self._positions = None

    def write(self, lines: Mapping[int, bytes], *, replace: bool = True) -> None:
        """Keep the lines, by position.

        :param replace: whether a position that is in the file is replaced; else it stays as it is.
        :raises NotLetters: the first line is no dead letter.
        :raises OSError: the file cannot be read or written; it is then as it was.
        """
        known = self._known()
        self._repair_tail()
        new = [position for position in lines if not _contains(known, position)]
        if len(new) == len(lines) or not replace:
            local_disk.append(self._path, b"".join(lines[position] for position in new))
        else:
            self._rewrite(lambda owner: owner.position not in lines, b"".join(lines.values()))
        for position in new:
            known.insert(bisect_left(known, position), position)

    def _known(self) -> array[int]:
        if self._positions is None:
            self._positions = array("q", sorted({owner.position for owner in self._owned()}))
        return self._positions

    def _owned(self) -> Iterator[LetterLine]:
        owners = (owner_of(line) for line in self._lines())
        return (owner for owner in owners if owner and self._owns(owner))

    def _rewrite(self, stays: Callable[[LetterLine], bool], more: bytes) -> None:
        with local_disk.replaced(self._path) as file:
            for line in self._lines():
                owner = owner_of(line)
                if owner is None or not self._owns(owner) or stays(owner):
                    file.write(line)
            file.write(more)

    def _owns(self, owner: LetterLine) -> bool:
        return owner.run == self._run

    def _lines(self) -> Iterator[bytes]:
        """Yield the lines; one that was broken by hand belongs to no run, and stays."""
        if not self._path.exists():
            return
        with self._path.open("rb") as file:
            for number, line in enumerate(file):
                if number == 0 and line.strip() and owner_of(line) is None and not is_torn(line):
                    raise NotLetters
                yield line

    def _repair_tail(self) -> None:
        """End the last line, or remove it if a crash cut it off: its chunk was not confirmed and comes again."""
        if not self._path.exists() or not (size := self._path.stat().st_size):
            return
        with self._path.open("rb") as file:
            file.seek(size - 1)
            if file.read(1) == b"\n":
                return
            start = _last_line(file, size)
            file.seek(start)
            torn = is_torn(file.read())
        if torn:
            os.truncate(self._path, start)
        else:
            local_disk.append(self._path, b"\n")


def _last_line(file: IO[bytes], size: int) -> int:
    """Return where the last line begins."""
    end = size
    while end > 0:
        begin = max(0, end - 65_536)
        file.seek(begin)
        if (feed := file.read(end - begin).rfind(b"\n")) >= 0:
            return begin + feed + 1
        end = begin
    return 0


def _contains(known: array[int], position: int) -> bool:
    place = bisect_left(known, position)
    return place < len(known) and known[place] == position
