"""Reads the examples of the guides: `sf` commands in `sh` blocks, and the answers shown below them."""

import json
import re
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GUIDES = Path(__file__).parents[2] / "docs" / "guides"
_BLOCK = re.compile(r"^```(sh|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
_CAPTURE = re.compile(r"^([A-Z]+)=\S*\s+# the (\S+) of the answer$")
_VARYING = re.compile(r"(^|_)(id|at)$")


@dataclass(frozen=True)
class Call:
    """One `sf` command."""

    method: str
    url: str
    headers: dict[str, str]
    body: str | None


@dataclass(frozen=True)
class Capture:
    """`NAME=1   # the FIELD of the answer`."""

    name: str
    field: str


Step = Call | Capture | dict[str, Any]


def steps(guide: Path, variables: dict[str, str]) -> Iterator[Step]:
    """The calls, captures and shown answers of a guide; captures must be put into `variables`."""
    for kind, text in _BLOCK.findall(guide.read_text(encoding="utf-8")):
        if kind == "json":
            yield json.loads(text)
            continue
        for command in _commands(text):
            capture = _CAPTURE.match(command)
            if capture:
                yield Capture(capture[1], capture[2])
            elif command.startswith("sf "):
                yield _call(command, variables)


def _commands(text: str) -> Iterator[str]:
    """Whole commands: a quote that is open at the end of a line continues on the next."""
    command = ""
    for line in text.splitlines():
        command = f"{command}\n{line}" if command else line
        if command.count("'") % 2 == 0:
            yield command
            command = ""


def _call(command: str, variables: dict[str, str]) -> Call:
    words = shlex.split(_with_variables(command, variables))[1:]
    url, method, body = "", None, None
    headers: dict[str, str] = {}
    while words:
        word = words.pop(0)
        match word:
            case "-X":
                method = words.pop(0)
            case "-d":
                body = words.pop(0)
            case "-H":
                name, _, value = words.pop(0).partition(": ")
                headers[name] = value
            case _:
                assert not word.startswith("-"), f"the tests do not know {word}"
                url = word
    return Call(method or ("GET" if body is None else "POST"), url, headers, body)


def _with_variables(command: str, variables: dict[str, str]) -> str:
    return re.sub(r"\$([A-Z]+)", lambda match: variables[match[1]], command)


def value_at(answer: Any, field: str) -> Any:
    """`product_id`, or `[0].warehouse_id`."""
    for part in re.findall(r"\[\d+\]|\w+", field):
        answer = answer[int(part[1:-1])] if part.startswith("[") else answer[part]
    return answer


def assert_shown(shown: Any, answer: Any, where: str = "") -> None:
    """What a guide shows is in the answer; ids and moments may differ, further fields may follow."""
    if isinstance(shown, dict):
        for name, value in shown.items():
            assert name in answer, f"{where}/{name} is not in {answer}"
            if not _VARYING.search(name) or value is None:
                assert_shown(value, answer[name], f"{where}/{name}")
    elif isinstance(shown, list):
        assert len(shown) == len(answer), f"{where}: {answer}"
        for number, value in enumerate(shown):
            assert_shown(value, answer[number], f"{where}/{number}")
    else:
        assert shown == answer, f"{where}: {answer}"
