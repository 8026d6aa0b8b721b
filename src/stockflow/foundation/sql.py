"""Fixed SQL in `.sql` files, variable SQL from SQLAlchemy Core: both run on one psycopg connection.

SQLAlchemy describes the tables and builds statements whose shape depends on filters; psycopg runs
everything. See docs/decisions/0003.
"""

import re
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from typing import Any, LiteralString, cast

import msgspec
from sqlalchemy.dialects.postgresql.psycopg import PGDialect_psycopg
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler

_DIALECT = PGDialect_psycopg()  # type: ignore[no-untyped-call]  # SQLAlchemy leaves it untyped
_ARRAY = msgspec.json.Encoder(decimal_format="number")
_COMPILED_MAX = 500
_compiled: dict[object, SQLCompiler] = {}
_CONTROL = re.compile(rb"(?:^|[^\\])(?:\\\\)*\\[bfnrtu]")
_PLACEHOLDER = re.compile(r"%\((\w+)\)s|%%")
_HEADER = re.compile(r"^-- ([a-z_]+) --$", re.MULTILINE)


@cache
def load(package: str, name: str) -> dict[str, LiteralString]:
    """The statements of `package/name`, by the name in each `-- name --` header."""
    text = files(package).joinpath(name).read_text(encoding="utf-8")
    parts = _HEADER.split(text)[1:]
    return {key: _bare(body) for key, body in zip(parts[::2], parts[1::2], strict=True)}


def _bare(statement: str) -> LiteralString:
    """Without comments and indentation, which would be sent with every request."""
    lines = (line.strip() for line in statement.splitlines())
    return "\n".join(line for line in lines if line and line[:2] != "--")


@cache
def positional(statement: LiteralString) -> tuple[bytes, tuple[str, ...]]:
    """A statement with `$1` for `%(name)s`, and the names in the order of their numbers."""
    names: dict[str, int] = {}

    def number(match: re.Match[str]) -> str:
        return "%" if match[1] is None else f"${names.setdefault(match[1], len(names) + 1)}"

    return _PLACEHOLDER.sub(number, statement).encode(), tuple(names)


def compile_statement(statement: ClauseElement) -> tuple[LiteralString, dict[str, Any]]:
    """A Core statement as SQL text with psycopg placeholders, and its parameters.

    Statements of one shape are compiled once, as SQLAlchemy's own engine does with the same key: to
    compile a list takes longer than to run it.
    """
    key = statement._generate_cache_key()
    compiled = None if key is None else _compiled.get(key.key)
    if compiled is None or key is None:
        compiled = cast(SQLCompiler, statement.compile(dialect=_DIALECT, cache_key=key))
        if key is None or compiled.post_compile_params:  # `IN` of a varying number of values
            expanded = {"render_postcompile": True}
            compiled = cast(
                SQLCompiler, statement.compile(dialect=_DIALECT, compile_kwargs=expanded)
            )
            return compiled.string, dict(compiled.params)
        if len(_compiled) < _COMPILED_MAX:
            _compiled[key.key] = compiled
    return compiled.string, dict(compiled.construct_params(extracted_parameters=key.bindparams))


def array_literal(values: Sequence[object]) -> str:
    """Numbers, moments, truth values and lines of text as one PostgreSQL array parameter.

    A JSON array is a PostgreSQL array literal but for its brackets, as long as no text holds control
    characters, which JSON escapes in its own way. Encoding it at once is 40 times faster than
    psycopg's dump of every element.
    """
    text = _ARRAY.encode(values)
    if b"\\" in text and _CONTROL.search(text):
        raise ValueError("control characters cannot be sent this way")
    return "{" + text[1:-1].decode() + "}"
