"""How values and names travel to PostgreSQL."""

from decimal import Decimal

import psycopg
import pytest

from stockflow.foundation.postgres import Conninfo
from stockflow.foundation.sql import array_literal, positional


def test_lines_of_text_arrive_as_they_are(conninfo: Conninfo) -> None:
    lines = [
        'a"b',
        "a\\b",
        "a\\nb",
        "\\",
        "{x,y}",
        "null",
        "NULL",
        "",
        " é 東 🙂 ",
        None,
        "\\\\u0000",
    ]

    with psycopg.connect(conninfo.owner) as connection:
        row = connection.execute("SELECT %s::text[]", [array_literal(lines)]).fetchone()

    assert row == (lines,)


def test_numbers_arrive_exactly(conninfo: Conninfo) -> None:
    numbers = [Decimal("0.0001"), Decimal("99999999999.9999"), Decimal(-5), None]

    with psycopg.connect(conninfo.owner) as connection:
        row = connection.execute("SELECT %s::numeric[]", [array_literal(numbers)]).fetchone()

    assert row == (numbers,)


@pytest.mark.parametrize("text", ["a\nb", "\t", "a\\\\\x01"])
def test_control_characters_are_not_sent_this_way(text: str) -> None:
    with pytest.raises(ValueError, match="control characters"):
        array_literal(["fine", text])


def test_a_name_gets_one_number_however_often_it_stands() -> None:
    text, names = positional("SELECT %(a)s, %(b)s, %(a)s, 7 %% 2")

    assert (text, names) == (b"SELECT $1, $2, $1, 7 % 2", ("a", "b"))
