"""The examples of the guides are true: every call is made, every shown answer compared."""

from pathlib import Path
from typing import Any

import pytest

from tests.docs.examples import GUIDES, Call, Capture, assert_shown, steps, value_at
from tests.factories import Api

_PAGES = [*sorted(GUIDES.glob("*.md")), GUIDES.parents[1] / "README.md"]
_WITH_CALLS = [path for path in _PAGES if "\nsf " in path.read_text()]


@pytest.mark.parametrize("guide", _WITH_CALLS, ids=lambda path: path.stem)
def test_a_guides_examples_are_true(guide: Path, api: Api) -> None:
    variables = {"URL": "", "KEY": api.key, "COMPANY": str(api.company_id)}
    answer: Any = None
    calls = 0
    refused: Call | None = None
    for step in steps(guide, variables):
        match step:
            case Call():
                assert refused is None, f"{refused} was refused, and {guide.name} does not say so"
                headers = {"Content-Type": "application/json", **step.headers}
                response = api.request(step.method, step.url, content=step.body, headers=headers)
                answer = response.json()
                refused = step if response.is_error else None
                calls += 1
            case Capture():
                variables[step.name] = str(value_at(answer, step.field))
            case _:
                assert_shown(step, answer)
                assert refused is None or "status" in step, f"{refused}: {answer}"
                refused = None
    assert refused is None, f"{refused}: {answer}"
    assert calls > 0
