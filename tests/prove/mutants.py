"""Proof 6: small changes of the outcome table, the fence, the checkpoint and the rules of doubt; tests notice each."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Final, NamedTuple

from delivery_law.law import LawBroken
from prove.results import Result
from prove.suites import ROOT, environment_with
from prove.survivors import EXPLAINED

_MUTATED: Final = (
    "retry",
    "checkpoint/state",
    "checkpoint/tracker",
    "checkpoint/size_limit",
    "checkpoint/stored",
    "checkpoint/fencing",
    "checkpoint/person_choice",
    "sending/in_doubt",
)
_JUDGES: Final = (
    "tests/unit/delivery/test_retry.py",
    "tests/unit/delivery/checkpoint/test_fencing.py",
    "tests/unit/delivery/checkpoint/test_tracker.py",
    "tests/unit/delivery/checkpoint/test_size_limit.py",
    "tests/unit/delivery/sending/test_in_doubt.py",
    "tests/unit/delivery/test_request_loop.py",
    "tests/unit/delivery/test_deliver_facts.py",
    "tests/delivery_law/test_kills.py",
)


def mutants(share: float) -> Result:
    """Change the outcome table, the fence and the checkpoint in every small way; the tests must notice each."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _copy(folder, _MUTATED[:1] if share < 1 else _MUTATED)
        done = _mutmut(folder, "run", "--max-children", "2")
        names = [line.split(":")[0].strip() for line in _mutmut(folder, "results").splitlines() if ": survived" in line]
        changes = [_Change.of(one, _mutmut(folder, "show", one)) for one in names]
    total = max(int(count) for count in re.findall(r"/(\d+) ", done))
    changes = [change for change in changes if not change.is_wording]
    result = Result(runs=total, mishaps=total - len(names), note=f"{total - len(names)} of {total} detected")
    unexplained = [change for change in changes if change.line not in EXPLAINED]
    explained = len(changes) - len(unexplained)
    result.note += f", {len(names) - len(changes)} change words of messages, {explained} are listed as harmless"
    for change in unexplained:
        result.breach(LawBroken(f"nobody noticed: {change.line}"), change.name)
    return result


class _Change(NamedTuple):
    """What a mutant changes: a line, or a line that it leaves out."""

    name: str
    old: str
    new: str

    @classmethod
    def of(cls, name: str, diff: str) -> _Change:
        lines = [line for line in diff.splitlines() if line[:1] in "+-" and line[:3] not in ("+++", "---")]
        old, new = (next((line[1:].strip() for line in lines if line[0] == sign), "") for sign in "-+")
        return cls(name, old, new)

    @property
    def line(self) -> str:
        return self.new or f"without {self.old}"

    @property
    def is_wording(self) -> bool:
        """Whether it changes nothing but a message's words."""
        return '"' in self.old and self.new.replace("XX", "").casefold() == self.old.casefold()


def _copy(folder: Path, modules: tuple[str, ...]) -> None:
    shutil.copytree(ROOT / "airflow_provider_bento", folder / "airflow_provider_bento")
    for test in ("tests/delivery_law", "tests/unit/delivery"):
        shutil.copytree(ROOT / test, folder / test, ignore=shutil.ignore_patterns("pacing", "__pycache__"))
    only = [f"airflow_provider_bento/delivery/{module}.py" for module in modules]
    (folder / "pyproject.toml").write_text(
        '[tool.pytest.ini_options]\npythonpath = ["tests"]\naddopts = "--import-mode=importlib"\n'
        f'[tool.mutmut]\nsource_paths = ["airflow_provider_bento"]\nonly_mutate = {only}\n'
        f'also_copy = ["airflow_provider_bento"]\npytest_add_cli_args_test_selection = {list(_JUDGES)}\n'
    )


def _mutmut(folder: Path, *words: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "mutmut", *words], cwd=folder, capture_output=True, text=True, check=False,
        env=environment_with(),
    )  # fmt: skip
    if done.returncode:
        raise RuntimeError(f"mutmut ended with {done.returncode}: {done.stdout[-1000:]}{done.stderr[-1000:]}")
    return done.stdout
