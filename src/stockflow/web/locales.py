"""Locales as they are sent: `en_GB`, `de` or `pt-BR`."""

from typing import Annotated

from pydantic import AfterValidator, Field


def _known_locale(name: str) -> str:
    from babel.core import Locale, UnknownLocaleError

    try:
        return str(Locale.parse(name.replace("-", "_")))
    except (ValueError, UnknownLocaleError):
        raise ValueError("is not a locale, such as en_GB or de") from None


Locale = Annotated[
    str,
    Field(min_length=2, max_length=32, pattern=r"^[A-Za-z0-9_-]+$"),
    AfterValidator(_known_locale),
]
"""How numbers, amounts and days are written."""
