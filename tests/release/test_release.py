"""What is refused before anything is built, and what the changelog, the licences and the audit must say."""

from __future__ import annotations

import subprocess
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from release.changelog import sections
from release.checks import NotChecked, Refused, judged
from release.licences import Licence, refused, table
from release.release import Line, passed, ready, told

from airflow_provider_bento import __version__

ROOT = Path(__file__).parents[2]
CHANGELOG = (
    "# Changelog\n\nAll.\n\n## [2.0.0] - 2026-11-28\n\nNew.\n\n### Added\n- x\n\n## [1.0.0] - unreleased\n\nOld.\n"
)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """Return a repository with one commit."""
    (tmp_path / "file").write_text("1")
    for words in (["init", "-q"], ["add", "."], ["commit", "-qm", "One"]):
        git(tmp_path, *words)
    return tmp_path


def git(folder: Path, *words: str) -> None:
    """Run git as nobody in particular."""
    who = ["-c", "user.name=n", "-c", "user.email=n@n.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *words], check=True, capture_output=True)


def test_a_section_has_its_date_and_its_text() -> None:
    """Up to the next one."""
    found = sections(CHANGELOG)
    assert (found["2.0.0"].day, found["2.0.0"].text) == (date(2026, 11, 28), "New.\n\n### Added\n- x\n")
    assert (found["1.0.0"].day, found["1.0.0"].text) == (None, "Old.\n")


def test_the_changelog_has_a_section_of_this_version() -> None:
    """It comes first, and the one before it is there, too."""
    found = sections((ROOT / "CHANGELOG.md").read_text())
    assert list(found)[:2] == [__version__, "0.1.0"]
    assert "### Upgrade from 0.1.0" in found[__version__].text


def test_a_clean_commit_is_ready(checkout: Path) -> None:
    """Its tag may exist, if it is the commit's own."""
    assert ready(checkout, "2.0.0", CHANGELOG).version == "2.0.0"
    git(checkout, "tag", "v2.0.0")
    assert ready(checkout, "2.0.0", CHANGELOG).version == "2.0.0"


def test_what_is_not_committed_is_refused(checkout: Path) -> None:
    """It would not be in what is built."""
    (checkout / "other").write_text("2")
    with pytest.raises(Refused, match="not committed"):
        ready(checkout, "2.0.0", CHANGELOG)


@pytest.mark.parametrize("version", ["1.0.0", "3.0.0"])
def test_a_version_without_a_dated_section_is_refused(version: str, checkout: Path) -> None:
    """Nobody would know what changed."""
    with pytest.raises(Refused, match=r"CHANGELOG.md needs a section"):
        ready(checkout, version, CHANGELOG)


def test_a_tag_of_another_commit_is_refused(checkout: Path) -> None:
    """One version is one commit."""
    git(checkout, "tag", "v2.0.0")
    (checkout / "file").write_text("2")
    git(checkout, "commit", "-qam", "Two")
    with pytest.raises(Refused, match="another commit"):
        ready(checkout, "2.0.0", CHANGELOG)


@pytest.mark.parametrize(
    ("licence", "permitted"),
    [
        ("MIT", True),
        ("Apache-2.0 OR GPL-2.0-only", True),
        ("Apache-2.0 AND BSD-3-Clause", True),
        ("Mozilla Public License 2.0 (MPL 2.0)", True),
        ("GNU Lesser General Public License v3 (LGPLv3)", True),
        ("GPL-3.0-or-later", False),
        ("MIT AND GPL-3.0-only", False),
        ("GNU Affero General Public License v3", False),
        ("AGPL-3.0", False),
        ("UNKNOWN", False),
        ("Proprietary", False),
    ],
)
def test_licences_that_bind_users_are_refused(licence: str, permitted: bool) -> None:
    """A choice suffices, and of several that hold together all must be permitted."""
    package = Licence("p", "1", licence)
    assert refused([package]) == ([] if permitted else [package])


def test_licences_are_listed_by_name() -> None:
    """For whoever has to look through them."""
    lines = table([Licence("b", "2", "MIT"), Licence("a", "1", "ISC")]).splitlines()
    assert lines[2:] == ["| a | 1 | ISC |", "| b | 2 | MIT |"]


def audit(**vulns: Any) -> list[dict[str, Any]]:
    """Return an answer of pip-audit; a package without a list was skipped."""
    return [
        {"name": name, "version": "1"} | ({"skip_reason": "not found"} if found is None else {"vulns": found})
        for name, found in vulns.items()
    ]


def test_an_audit_that_knows_everything_is_told() -> None:
    """With the number of packages."""
    assert judged(audit(a=[], b=[])) == "2 packages, no known vulnerability"


def test_a_vulnerability_refuses_whatever_was_skipped() -> None:
    """With its id."""
    with pytest.raises(Refused, match="b 1: PYSEC-1") as caught:
        judged(audit(a=None, b=[{"id": "PYSEC-1"}]))
    assert not isinstance(caught.value, NotChecked)


def test_silence_is_no_answer() -> None:
    """pip-audit itself ends with 0 if it could ask about nothing."""
    with pytest.raises(NotChecked, match="about 1 of 2"):
        judged(audit(a=None, b=[]))
    with pytest.raises(NotChecked):
        judged([])


def test_what_to_upload_is_said_only_if_nothing_was_refused(tmp_path: Path) -> None:
    """The digests too."""
    (tmp_path / "SHA256SUMS").write_text("abc  x.whl\n")
    good, bad = [Line("state", "ok", "")], [Line("state", "REFUSED", "dirty")]
    assert passed(good)
    assert "twine upload" in told(good, tmp_path)
    assert "abc  x.whl" in told(good, tmp_path)
    assert not passed(bad)
    assert "twine" not in told(bad, tmp_path)
