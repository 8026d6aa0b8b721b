"""What forms offer to choose from: currencies, time zones, locales."""

from functools import cache
from zoneinfo import available_timezones

from babel import Locale
from babel.localedata import locale_identifiers
from babel.numbers import get_currency_name, get_territory_currencies, list_currencies

Options = list[tuple[str, str]]
_WORDS = Locale("en")


@cache
def currencies() -> Options:
    """Currencies in use, by code: `EUR · Euro`."""
    in_use = {
        code
        for territory in map(str, _WORDS.territories)
        if len(territory) == 2
        for code in get_territory_currencies(territory)
    }
    known = sorted(in_use & list_currencies())
    return [(code, f"{code} · {get_currency_name(code, locale=_WORDS)}") for code in known]


@cache
def timezones() -> Options:
    """Time zones of the IANA database, by place."""
    places = sorted(name for name in available_timezones() if "/" in name and name[:4] != "Etc/")
    return [(name, name.replace("_", " ")) for name in [*places, "UTC"]]


@cache
def locales() -> Options:
    """How dates and numbers can be written, by language and country."""
    named = [
        (name, Locale.parse(name).get_display_name("en") or name)
        for name in locale_identifiers()
        if name.count("_") <= 1 and not name.startswith(("root", "en_US_POSIX"))
    ]
    return sorted(named, key=lambda option: option[1])


def usual_currency(locale: Locale) -> str:
    """What is paid with where this locale is spoken."""
    if locale.territory is None:
        return "EUR"
    found = get_territory_currencies(locale.territory)
    return found[0] if found else "EUR"


def with_present(options: Options, value: str | None) -> Options:
    """The options, with what is chosen at present also where it is not offered any more."""
    if value is None or any(option == value for option, _ in options):
        return options
    return [(value, value), *options]
