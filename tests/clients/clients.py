"""``make clients``: Bento's own clients, unmodified, use the sandbox.

The Node SDK calls each of its public methods, and the Ruby scripts of Bento's guides run. How the sandbox's replies
differ from what Bento's clients declare or have recorded is in differences.toml, with reasons. ``--write`` renews
recording.json, which says who called what; docs/api-coverage.md is made from it.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import textwrap
from pathlib import Path
from typing import Final

if sys.path[0] == str(Path(__file__).parent):  # this folder, whose clients.py would hide the folder itself
    sys.path[0] = str(Path(__file__).parents[1])

from clients.accepted import Row, no_longer, not_accepted, table
from clients.outcomes import ClientFailed
from clients.session import Results, Session

WIDTH: Final = 116


def main() -> int:
    """Run all clients; print one line for each, the accepted differences, and what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="renew recording.json")
    options = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory() as folder:
            results = Session(Path(folder)).run()
    except ClientFailed as failed:
        sys.stdout.write(f"A client could not run: {failed}\n")
        return 1
    rows = table()
    wrong = [*results.wrong, *not_accepted(results.differences, rows), *no_longer(results.differences, rows)]
    if options.write:
        results.write_recording()
    else:
        wrong += results.not_as_recorded()
    _report(results, rows, wrong)
    return 1 if wrong else 0


def _report(results: Results, rows: list[Row], wrong: list[str]) -> None:
    for client, (passed, of, noun) in results.passed.items():
        sys.stdout.write(f"{client:42} {passed} of {of} {noun} passed\n")
    sys.stdout.write("\nAccepted differences (tests/clients/differences.toml):\n")
    for row in rows:
        what = f"{', '.join(row.at)} {_together(row.field)}: {row.what} (against {row.against})"
        sys.stdout.write(textwrap.indent(textwrap.fill(f"{what}. {row.why}", WIDTH), "  ") + "\n")
    sys.stdout.write("".join(f"\nWRONG: {sentence}" for sentence in wrong) + "\n" * bool(wrong))


def _together(fields: tuple[str, ...]) -> str:
    """Several fields of one object, which is named once."""
    above = {field.rpartition(".")[0] for field in fields}
    if len(fields) == 1 or len(above) > 1:
        return ", ".join(fields)
    return f"{above.pop()}.{{{', '.join(field.rpartition('.')[2] for field in fields)}}}"


if __name__ == "__main__":
    raise SystemExit(main())
