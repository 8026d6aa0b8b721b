"""Code stays small enough to be read at once."""

from tests.architecture.source import ROOT, is_handler, lines_of, modules, modules_of_tests

FUNCTION_LINES_MAX = 70
FILE_LINES_MAX = 400
HANDLER_LINES_MAX = 10


def test_no_function_is_longer_than_a_screen() -> None:
    too_long = [
        f"{module.name}.{function.name}: {lines_of(function)} lines"
        for module in (*modules(), *modules_of_tests())
        for function in module.functions()
        if lines_of(function) > FUNCTION_LINES_MAX
    ]
    assert too_long == []


def test_no_file_is_too_long_to_keep_in_mind() -> None:
    paths = [module.path for module in (*modules(), *modules_of_tests())]
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in paths}
    assert {path: n for path, n in lengths.items() if n > FILE_LINES_MAX} == {}


def test_a_door_only_parses_calls_and_presents() -> None:
    too_long = []
    for module in modules():
        for function in module.functions():
            first, last = function.body[0].lineno, function.body[-1].end_lineno
            assert last is not None
            if is_handler(function) and last - first + 1 > HANDLER_LINES_MAX:
                too_long.append(f"{module.name}.{function.name}: {last - first + 1} lines")
    assert too_long == []
