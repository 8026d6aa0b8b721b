"""Templates: where they lie, and how they show quantities, money and moments to this reader.

A template is named `feature/name.html` and lies in that feature's `templates/`. Text is escaped, an
unknown name is an error, and numbers and moments go through the filters below, so that everybody sees
them in their own locale and in the company's time zone.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from functools import cache, lru_cache
from importlib.resources import files
from typing import Any
from zoneinfo import ZoneInfo

from babel import Locale
from babel.core import UnknownLocaleError, negotiate_locale
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import format_currency, format_decimal, format_percent, parse_pattern
from jinja2 import Environment, FunctionLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from stockflow.web.answers import MadeLater
from stockflow.web.assets import asset_url, icon

NOTHING = "–"
MINUS = "−"
_NUMBERS_KEPT = 20_000  # a list shows the same few again and again, and Babel takes its time
_TEMPLATES = files("stockflow")
# parsed once: a page shows thousands of numbers
_QUANTITY = parse_pattern("#,##0.####")
_SIGNED = parse_pattern("+#,##0.####;-#,##0.####")
_PERCENT = parse_pattern("#,##0.#%")
_SAID_AT = re.compile(r'<span data-said-at="([^"]*)">[^<]*</span>')


@dataclass(frozen=True, slots=True)
class Reader:
    """How numbers and moments are shown to somebody."""

    locale: Locale
    timezone: ZoneInfo = field(default_factory=lambda: ZoneInfo("UTC"))
    currency: str = "EUR"


def locale_of(request: Request, chosen: str | None = None) -> Locale:
    """The reader's own choice, else what the browser prefers, else English."""
    preferred = [chosen] if chosen else _accepted(request.headers.get("accept-language", ""))
    for name in preferred:
        locale = _known_locale(name.replace("-", "_"))
        if locale is not None:
            return locale
    return Locale("en", "GB")


def _accepted(header: str) -> list[str]:
    """The languages of an `Accept-Language` header in its own order, which browsers sort by liking."""
    return [part.partition(";")[0].strip() for part in header[:500].split(",") if part.strip()][:10]


@cache
def _available() -> list[str]:
    from babel.localedata import locale_identifiers

    return locale_identifiers()


def _known_locale(name: str) -> Locale | None:
    found = negotiate_locale([name], _available(), sep="_")
    try:
        return Locale.parse(found) if found else None
    except (UnknownLocaleError, ValueError):
        return None


@pass_context
def quantity(context: Context, value: Decimal | int | None) -> str:
    """A quantity with all its decimals, at most 4."""
    if value is None:
        return NOTHING
    return _formatted(value, _reader(context).locale)


@lru_cache(maxsize=_NUMBERS_KEPT)
def _formatted(value: Decimal | int, locale: Locale) -> str:
    return format_decimal(value, format=_QUANTITY, locale=locale)


@pass_context
def signed(context: Context, value: Decimal | int | None) -> str:
    """A change of a quantity, with its sign."""
    if value is None:
        return NOTHING
    if not value:
        return "0"
    shown = format_decimal(value, format=_SIGNED, locale=_reader(context).locale)
    return shown.replace("-", MINUS)


@pass_context
def money(context: Context, value: str | Decimal | None, currency: str | None = None) -> str:
    """An amount in its currency, else in the company's; unit prices keep up to 4 decimals."""
    if value is None:
        return NOTHING
    reader = _reader(context)
    return _amount(Decimal(value), currency or reader.currency, reader.locale)


@lru_cache(maxsize=_NUMBERS_KEPT)
def _amount(amount: Decimal, currency: str, locale: Locale) -> str:
    whole = amount == amount.quantize(Decimal("0.01"))
    shown = format_currency(amount, currency, locale=locale, decimal_quantization=whole)
    return shown.replace("-", MINUS)


@pass_context
def total(context: Context, value: str | Decimal | None, currency: str | None = None) -> str:
    """An amount rounded to what its currency, else the company's, is paid in."""
    if value is None:
        return NOTHING
    reader = _reader(context)
    shown = format_currency(Decimal(value), currency or reader.currency, locale=reader.locale)
    return shown.replace("-", MINUS)


@pass_context
def moment(context: Context, value: datetime | None) -> str:
    """Day and time in the company's time zone."""
    if value is None:
        return NOTHING
    reader = _reader(context)
    return format_datetime(value, "short", tzinfo=reader.timezone, locale=reader.locale)


@pass_context
def clock(context: Context, value: datetime) -> str:
    """The time of day in the company's time zone, and the day with it where that is not today."""
    reader = _reader(context)
    local = value.astimezone(reader.timezone)
    if local.date() != datetime.now(reader.timezone).date():
        return moment(context, value)
    return format_time(local, "short", tzinfo=reader.timezone, locale=reader.locale)


@pass_context
def day(context: Context, value: date | datetime | None) -> str:
    """A day; that of a moment in the company's time zone."""
    if value is None:
        return NOTHING
    reader = _reader(context)
    if isinstance(value, datetime):
        value = value.astimezone(reader.timezone).date()
    return format_date(value, "medium", locale=reader.locale)


def ago(value: datetime | None) -> str:
    """How long ago a moment was, in the words of the page."""
    if value is None:
        return "never"
    now = datetime.now(value.tzinfo)
    return format_timedelta(value - now, add_direction=True, locale=Locale("en"))


@pass_context
def percent(context: Context, value: Decimal | float | None) -> str:
    """A share of one, as a percentage."""
    if value is None:
        return NOTHING
    return format_percent(value, format=_PERCENT, locale=_reader(context).locale)


def words(value: object) -> str:
    """A status or type as words: `partially_received` → Partially received."""
    text = str(value).replace("_", " ")
    return text[:1].upper() + text[1:]


def pairs(options: Iterable[object]) -> list[tuple[object, object]]:
    """Options of a choice as value and text: a set of words says itself what each is called."""
    return [
        option
        if isinstance(option, tuple)
        else (option, words(option))  # a StrEnum's member is text
        for option in options
    ]


def choices(rows: Iterable[object], text: str) -> list[tuple[object, object]]:
    """Options of a choice from rows: their ids, and what they are called."""
    return [(getattr(row, "id"), getattr(row, text)) for row in rows]  # noqa: B009  # of any row


def plain(value: object) -> str:
    """A number as `<input type="number">` wants it; nothing for None."""
    return "" if value is None else str(value)


def amount_input(value: str | Decimal | None) -> str:
    """An amount of money for an input: `12.5000` → 12.50, and all decimals where there are more."""
    if value is None:
        return ""
    amount = Decimal(value)
    cents = amount.quantize(Decimal("0.01"))
    return str(cents if cents == amount else amount.normalize())


def _reader(context: Context) -> Reader:
    reader: Reader = context["reader"]
    return reader


def _source(name: str) -> tuple[str, str | None, Any] | None:
    feature, _, path = name.partition("/")
    found = _TEMPLATES / feature / "templates" / path
    if ".." in name or not found.is_file():
        return None
    return found.read_text(encoding="utf-8"), str(found), lambda: True


class Blank:
    """What a form for something new shows: nothing in every field."""

    def __getattr__(self, name: str) -> None:
        return None


@cache
def environment() -> Environment:
    """The templates of all features; made at the first page."""
    made = Environment(
        loader=FunctionLoader(_source),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.do"],
    )
    made.filters.update(
        quantity=quantity,
        signed=signed,
        money=money,
        total=total,
        moment=moment,
        clock=clock,
        day=day,
        ago=ago,
        percent=percent,
        words=words,
        pairs=pairs,
        choices=choices,
        plain=plain,
        amount_input=amount_input,
    )
    made.globals.update(asset_url=asset_url, icon=icon, blank=Blank())
    return made


def rendered(template: str, reader: Reader, **context: object) -> str:
    """A template with the values it shows."""
    return said_once(environment().get_template(template).render(reader=reader, **context))


def said_once(page: str) -> str:
    """The page, with what is wrong with a field said at the field alone, where it has a place for that.

    What a page has places for is known only once it was made.
    """
    return _SAID_AT.sub(lambda said: "" if f' id="{said[1]}"' in page else said[0], page)


def page_response(template: str, reader: Reader, **context: object) -> Response:
    """A page, made when the request's scope has ended: a template asks nothing of the database."""
    return MadeLater(lambda: rendered(template, reader, **context).encode())


def html_response(text: str, status: int = 200) -> HTMLResponse:
    return HTMLResponse(text, status)
