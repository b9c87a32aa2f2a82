"""docs/troubleshooting.md has a section for each public error, and no message there that the code does not produce."""

from __future__ import annotations

import os
import re
from collections import defaultdict
from pathlib import Path
from typing import Any

import pytest
from unit.troubleshooting.mistakes import MISTAKES, Mistake

from airflow_provider_bento import exceptions
from airflow_provider_bento.sandbox import errors
from airflow_provider_bento.sandbox.in_thread import RunningSandbox

PAGE = (Path(__file__).parents[3] / "docs" / "troubleshooting.md").read_text()
GROUPS = {"BentoError", "BentoRetryLater", "BentoRunStopped", "SandboxError"}
MESSAGE = re.compile(r"^> ([^\n]*)$|^```text\n(.*?)\n```$", re.MULTILINE | re.DOTALL)
SECTION = re.compile(r"^##+ (\w+)\n(.*?)(?=^##|\Z)", re.MULTILINE | re.DOTALL)


def quoted() -> dict[str, list[str]]:
    """Return the messages that each section quotes."""
    found: dict[str, list[str]] = {}
    for name, text in SECTION.findall(PAGE):
        found[name] = [one or other for one, other in MESSAGE.findall(text)]
    return found


def cause(error: BaseException) -> BaseException:
    """Return the error of ours that Airflow was told of in words of its own."""
    inner: BaseException | None = error
    while inner is not None and not isinstance(inner, exceptions.BentoError | errors.SandboxError):
        inner = inner.__cause__ or inner.__context__
    return inner or error


def made(mistake: Mistake, *surroundings: Any) -> tuple[str, str]:
    """Make the mistake; return the class of the error, and its message as Airflow shows it."""
    with pytest.raises(Exception, match=r"\w") as caught:
        mistake(*surroundings)
    return type(cause(caught.value)).__name__, str(caught.value)


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.__name__)
def test_the_page_quotes_what_the_code_says(
    mistake: Mistake, bento: RunningSandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """To the letter, in the section of its class, but for the folder."""
    name, message = made(mistake, bento, tmp_path, monkeypatch)
    assert message.replace(str(tmp_path) + os.sep, "/data/") in quoted()[name]


def test_every_public_error_has_a_section_with_a_message() -> None:
    """The groups are in the table at the top."""
    public = {name for name in exceptions.__all__ if name.startswith("Bento")}
    public |= {name for name, one in vars(errors).items() if isinstance(one, type)}
    sections = quoted()
    assert {name for name in public - GROUPS if not sections.get(name)} == set()
    assert {name for name in GROUPS if f"`{name}`" not in PAGE} == set()


def test_there_are_as_many_messages_as_mistakes() -> None:
    """So none of them is invented."""
    counts: dict[str, int] = defaultdict(int)
    for name, messages in quoted().items():
        counts[name] += len(messages)
    assert sum(counts.values()) == len({mistake.__name__ for mistake in MISTAKES})
