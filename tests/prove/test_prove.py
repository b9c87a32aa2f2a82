"""The table of `make prove`, with very small numbers, and that a broken law is told."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from delivery_law.law import LawBroken
from prove.mutants import _Change
from prove.results import Found, Result, tried

PROVE = Path(__file__).with_name("prove.py")


@pytest.mark.slow
def test_a_few_trials_of_each_kind_make_a_table() -> None:
    """It ends with 0, and each line says that the law holds."""
    done = subprocess.run(
        [sys.executable, PROVE, "--share", "0.01", "--only", "1,4"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = [line.split("|") for line in done.stdout.splitlines() if line.startswith("| ")]
    assert [line[1].strip()[:2] for line in lines] == ["pr", "--", "1.", "4."]
    assert all(line[9].strip() == "holds" for line in lines[2:])
    assert int(lines[2][2].replace(",", "")) > 200


def test_a_breach_is_counted_and_told() -> None:
    """By kind, with the words by which it can be repeated."""

    def breaking() -> Found:
        raise LawBroken("lost: r1", "lost")

    result = tried([("good", lambda: Found(2, 3)), ("kills.run(7)", breaking)])
    assert (result.runs, result.mishaps, result.repeated, result.breaches["lost"]) == (2, 2, 3, 1)
    assert result.told == ["kills.run(7): lost: r1"]
    both = result + Result(runs=1, note="x")
    assert (both.runs, both.breaches["lost"], both.note) == (3, 1, "x")


def test_a_broken_law_ends_with_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """So that nobody has to read the table."""
    from prove import prove

    broken = Result(runs=1)
    broken.breach(LawBroken("doubled: r1", "doubled"), "here")
    monkeypatch.setattr(prove, "PROOFS", (prove.Proof("1", "x", lambda share: broken),))
    assert prove.main(["--only", "1"]) == 1
    told = capsys.readouterr()
    assert "BROKEN" in told.out
    assert "here: doubled: r1" in told.err


def test_a_mutant_of_a_messages_words_is_told_from_others() -> None:
    """Nobody branches on them."""
    assert _Change("m", 'f"a {b}"', 'f"XXa {b}XX"').is_wording
    assert _Change("m", '"a"', '"A"').is_wording
    assert not _Change("m", "return 1", "return 2").is_wording
    assert _Change.of("m", "--- a\n+++ b\n-    x = 1,\n").line == "without x = 1,"
    assert _Change.of("m", "--- a\n+++ b\n-    x\n+    y\n").line == "y"


def test_proofs_leave_airflow_where_the_tests_put_it() -> None:
    """Importing them once gave this process a second Airflow, and every DAG run behind it failed."""
    from airflow import settings
    from prove import prove

    assert prove.PROOFS
    assert os.environ["AIRFLOW__CORE__DAGS_FOLDER"] == settings.DAGS_FOLDER
