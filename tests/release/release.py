"""``make release``: builds what is published, from the last commit, checks it, and says what to upload.

``--offline`` lets a release pass whose dependencies nobody could be asked about; the table says so. It
uploads nothing.
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final, NamedTuple

if sys.path[0] == str(Path(__file__).parent):  # this folder, whose release.py would hide the folder itself
    sys.path[0] = str(Path(__file__).parents[1])

from release.build import Built, git
from release.changelog import Section, sections
from release.checks import NotChecked, Refused, audited, built_twice, installed, licensed, rendered

from airflow_provider_bento import __version__

ROOT: Final = Path(__file__).parents[2]


class Line(NamedTuple):
    """A line of the table."""

    check: str
    verdict: str
    saw: str


def ready(checkout: Path, version: str, changelog: str) -> Section:
    """Return what the changelog says of the version.

    :raises Refused: something is not committed, the section is missing or has no date, or the tag is taken.
    """
    if git(checkout, "status", "--porcelain"):
        raise Refused("there are changes that are not committed: commit or stash them")
    section = sections(changelog).get(version)
    if section is None or section.day is None:
        raise Refused(f"CHANGELOG.md needs a section '## [{version}] - <date>'")
    tagged = git(checkout, "tag", "--list", f"v{version}")
    if tagged and git(checkout, "rev-list", "-1", tagged) != git(checkout, "rev-parse", "HEAD"):
        raise Refused(
            f"v{version} is the tag of another commit: raise __version__ in airflow_provider_bento/__init__.py"
        )
    return section


def released(checkout: Path, dist: Path, *, offline: bool) -> list[Line]:
    """Build, check and write everything; return the table. It ends at the first check that fails, except the audit."""
    lines: list[Line] = []
    with tempfile.TemporaryDirectory() as folder:
        try:
            section = ready(checkout, __version__, (checkout / "CHANGELOG.md").read_text())
            lines.append(
                Line(
                    "state",
                    "ok",
                    f"{__version__} of {section.day}, commit {git(checkout, 'rev-parse', '--short', 'HEAD')}",
                )
            )
            files, saw = built_twice(checkout, Path(folder))
            lines.append(Line("reproducible", "ok", saw))
            files = _published(files, section, dist)
            venv = Path(folder) / "clean"
            for name, check in _checks(files, venv, dist):
                lines.append(_line(name, check, offline=offline))
        except Refused as error:
            lines.append(Line("", "REFUSED", str(error)))
    return lines


def _checks(files: Built, venv: Path, dist: Path) -> Sequence[tuple[str, Callable[[], str]]]:
    return (
        ("metadata", partial(rendered, files)),
        ("installation", partial(installed, files, venv)),
        ("licences", partial(licensed, venv, dist)),
        ("vulnerabilities", partial(audited, venv)),
    )


def _line(name: str, check: Callable[[], str], *, offline: bool) -> Line:
    try:
        return Line(name, "ok", check())
    except NotChecked as error:
        return Line(name, "NOT CHECKED" if offline else "REFUSED", f"{error}; --offline releases nevertheless")


def _published(files: Built, section: Section, dist: Path) -> Built:
    """Copy the files to ``dist``, with their digests and the notes of the release."""
    shutil.rmtree(dist, ignore_errors=True)
    dist.mkdir()
    copies = Built(*(dist / path.name for path in files))
    for path, copy in zip(files, copies, strict=True):
        shutil.copyfile(path, copy)
    sums = "".join(f"{digest}  {name}\n" for name, digest in copies.digests().items())
    (dist / "SHA256SUMS").write_text(sums)
    (dist / "NOTES.md").write_text(section.text)
    return copies


def told(lines: Sequence[Line], dist: Path) -> str:
    """Return the table, and what to do next."""
    rows = [f"| {line.check} | {line.verdict} | {line.saw} |" for line in lines]
    text = "\n".join(["| check | verdict | what was seen |", "|---|---|---|", *rows]) + "\n"
    if not passed(lines):
        return text
    return text + (
        f"\n{(dist / 'SHA256SUMS').read_text()}\n"
        f"Upload by the workflow .github/workflows/release.yml (trusted publishing):\n"
        f"  git tag -a v{__version__} -m {__version__} && git push origin v{__version__}\n"
        f"or by hand:\n"
        f"  twine upload dist/*.tar.gz dist/*.whl\n"
        f"  gh release create v{__version__} --notes-file dist/NOTES.md dist/*\n"
    )


def passed(lines: Sequence[Line]) -> bool:
    """Whether nothing was refused."""
    return all(line.verdict != "REFUSED" for line in lines)


def main() -> int:
    """Release into ``dist``; return the exit status."""
    parser = argparse.ArgumentParser(prog="make release", description=__doc__)
    parser.add_argument("--offline", action="store_true", help="pass if no vulnerability service answers")
    lines = released(ROOT, ROOT / "dist", offline=parser.parse_args().offline)
    sys.stdout.write(told(lines, ROOT / "dist"))
    return 0 if passed(lines) else 1


if __name__ == "__main__":
    sys.exit(main())
