"""Dead letters as a JSON Lines file at any path of Airflow's object storage.

Knows where the file is and how it is written whole; does not know why a record failed.
"""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from airflow_provider_bento.delivery.dead_letters import stays
from airflow_provider_bento.delivery.values import DeadLetter
from airflow_provider_bento.exceptions import BentoStateError
from airflow_provider_bento.filesystem import local_disk
from airflow_provider_bento.filesystem.object_path import (
    PathLike,
    local_path,
    object_path,
    reason_of,
    safe_text,
    version_of,
)
from airflow_provider_bento.filesystem.whole_files import put_whole
from airflow_provider_bento.stores.dead_letter_file import LetterFile, NotLetters
from airflow_provider_bento.stores.dead_letter_lines import line_of

__all__ = ["DeadLetterFile"]

_LOCK_TIMEOUT: Final = 60.0  # seconds that another task on this host may lock the file


class DeadLetterFile:
    """A :class:`~airflow_provider_bento.delivery.dead_letters.DeadLetterSink` that keeps one JSON object per line.

    A line has ``run``, ``position``, ``chunk``, ``kind``, ``reasons`` (``[{"field", "reason"}]``), ``attempt``,
    ``endpoint`` and ``record``: the row as the source returned it. Runs may share a file; each has one line per
    position. The file is created at the start of a run, so that a path that cannot be written to stops the run before
    anything is sent.

    On a local disk lines are appended and synced; the file has mode 0600 (an existing one of ours is tightened to it),
    and tasks of one host take turns through ``.<name>.lock`` beside it. Elsewhere nothing can be appended: the
    file is fetched into a temporary folder (mode 0700), put as a whole, and removed there, each time a chunk has dead
    letters, so ``n`` such chunks cost ``n`` transfers each way of the file so far. Tasks that run at the same time then
    need separate files (put ``{{ run_id }}`` and ``{{ ti.map_index }}`` into the path): a file that somebody else
    changed meanwhile is an error.

    :param path: see :data:`~airflow_provider_bento.filesystem.object_path.PathLike`; folders are made.
    :param run: the task instance, as ``dag_id/run_id/task_id/map_index``.
    :raises BentoSetupError: no file system is known for the path's scheme.
    """

    def __init__(self, path: PathLike, *, run: str) -> None:
        self._path = object_path(path)
        self._run = run
        disk = local_path(self._path)
        self._place: _OnDisk | _Elsewhere = _OnDisk(disk, run) if disk is not None else _Elsewhere(self._path, run)

    def reset(self, keep: Sequence[tuple[int, int]] = (), *, attempt: int | None = None) -> None:
        """Forget this run's letters whose position is in none of the ranges of ``keep``.

        :param attempt: letters of later attempts stay; ``None``: of none. Those of a dry run (attempt 0) go.
        :raises BentoStateError: the file cannot be read or written, or is not a dead-letter file.
        """
        with self._as_state_error(), self._place.opened() as letters:
            letters.forget(lambda letter: stays(letter.position, letter.attempt, keep, attempt))

    def write(self, letters: Sequence[DeadLetter]) -> None:
        """Keep the letters; they are durable when this returns.

        :raises BentoStateError: the file cannot be read or written.
        """
        if not letters:
            return
        lines = {letter.position: line_of(letter, self._run) for letter in letters}
        dry = all(letter.attempt == 0 for letter in letters)
        with self._as_state_error(), self._place.opened() as file:
            file.write(lines, replace=not dry)

    @contextlib.contextmanager
    def _as_state_error(self) -> Iterator[None]:
        try:
            yield
        except BentoStateError:
            raise
        except NotLetters:
            raise BentoStateError(
                f"{safe_text(self._path)} is not a dead-letter file: its first line has no run and position. It was "
                "not changed, and nothing more is sent. Set dead_letters_path to a different file."
            ) from None
        except Exception as error:
            raise BentoStateError(
                f"The dead letters could not be stored at {safe_text(self._path)} ({reason_of(error)}). This attempt "
                "sends nothing more. Retry or clear the task when the path is writable; it resumes."
            ) from error


class _OnDisk:
    """The file itself."""

    def __init__(self, path: Path, run: str) -> None:
        self._lock = path.with_name(f".{path.name}.lock")
        self._letters = LetterFile(path, run)

    @contextlib.contextmanager
    def opened(self) -> Iterator[LetterFile]:
        """Yield the file while no other process has it."""
        from filelock import FileLock

        local_disk.make_folders(self._lock.parent)
        with FileLock(self._lock, timeout=_LOCK_TIMEOUT, mode=local_disk.OWNER_ONLY):
            yield self._letters


class _Elsewhere:
    """A copy on this machine while the file is written, put as a whole, and removed: it contains people."""

    def __init__(self, path: Any, run: str) -> None:
        self._path = path
        self._run = run
        self._left: list[tuple[str, str] | None] = []  # the file's version when this task left it, once it has

    @contextlib.contextmanager
    def opened(self) -> Iterator[LetterFile]:
        """Yield the copy; upload it afterwards."""
        with tempfile.TemporaryDirectory(prefix="bento-dead-letters-") as folder:  # mode 0700
            copy, version = Path(folder) / "letters.jsonl", version_of(self._path)
            self._check(version, self._left or [version])
            if version is None:
                local_disk.append(copy, b"")
            else:
                self._path.fs.get_file(self._path.path, str(copy))
            yield LetterFile(copy, self._run)
            self._check(version_of(self._path), [version])
            put_whole(self._path, lambda target: self._path.fs.put_file(str(copy), target))
        self._left = [version_of(self._path)]

    def _check(self, version: tuple[str, str] | None, wanted: list[tuple[str, str] | None]) -> None:
        if version not in wanted:
            raise BentoStateError(
                f"{safe_text(self._path)} was changed by another process while this task stored its dead letters "
                "there. This attempt sends nothing more. Use a separate file for each task that runs at the same time: "
                "put {{ run_id }} and {{ ti.map_index }} into dead_letters_path."
            )
