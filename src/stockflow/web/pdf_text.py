"""Text for paper: what a font can show, which way it runs, and where its lines break."""

import re
import unicodedata
from collections.abc import Callable, Container
from functools import lru_cache

REPLACEMENT = "\ufffd"
_JOINERS = "\u200c\u200d"
_RIGHT_TO_LEFT = frozenset({"R", "AL"})
# Below Hebrew stand letters that need no shaping, but for combining marks.
_MAYBE_COMPLEX = re.compile("[\u0300-\u036f\u0590-\u1fff\u20d0-\u20ff\ua800-\ufdff\ufe20-\ufeff]")


@lru_cache(maxsize=20_000)
def is_complex(text: str) -> bool:
    """Whether its letters must be joined, reordered or stacked to be read."""
    return _MAYBE_COMPLEX.search(text) is not None or any(
        unicodedata.bidirectional(letter) in _RIGHT_TO_LEFT for letter in text if letter > "\uffff"
    )


def runs_right_to_left(text: str) -> bool:
    """Whether the first letter that has a direction is of a script written from right to left."""
    for letter in text:
        direction = unicodedata.bidirectional(letter)
        if direction == "L" or direction in _RIGHT_TO_LEFT:
            return direction != "L"
    return False


def showable(text: str, known: Container[int]) -> str:
    """The text in characters the font knows, � for others; nothing invisible that turns text about."""
    if text.isascii() and text.isprintable():
        return text
    composed = unicodedata.normalize("NFC", text)
    keep = _JOINERS if is_complex(composed) else ""
    return "".join(
        letter if ord(letter) in known else REPLACEMENT
        for letter in composed
        if letter in keep or unicodedata.category(letter) not in ("Cf", "Cc")
    )


def wrapped(text: str, width: float, width_of: Callable[[str], float]) -> list[str]:
    """Lines that are each at most `width` wide: broken at spaces, inside a word where it must be."""
    lines: list[str] = []
    for paragraph in text.replace("\r", "").replace("\t", " ").split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if width_of(longer) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *whole, line = _pieces(word, width, width_of)
            lines += whole
        lines.append(line)
    return lines


def _pieces(word: str, width: float, width_of: Callable[[str], float]) -> list[str]:
    """A word in pieces that fit, at least one character each."""
    pieces = [""]
    for letter in word:
        # a mark stays with the letter it stands on
        if (
            pieces[-1]
            and not unicodedata.combining(letter)
            and width_of(pieces[-1] + letter) > width
        ):
            pieces.append("")
        pieces[-1] += letter
    return pieces


def shortened(
    lines: list[str], most: int, width: float, width_of: Callable[[str], float]
) -> list[str]:
    """At most this many lines; the last ends in … where some are left out."""
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and width_of(last + "…") > width:
        last = last[:-1]
    return [*lines[: most - 1], last.rstrip() + "…"]
