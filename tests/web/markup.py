"""What is wrong with a page's HTML, by the strict reading of a machine that guesses nothing."""

import re
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlsplit

_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "wbr"}
)
_FIELDS = frozenset({"input", "select", "textarea"})
_UNLABELLED = frozenset({"hidden", "submit", "button", "reset", "image"})
_SLIPS = re.compile(r"\b(None|undefined|Undefined|NaN|\[object Object\])\b|\{\{ | \}\}|\{%")
_SHOWN_ATTRIBUTES = ("value", "title", "alt", "placeholder", "aria-label", "href", "action", "src")
_REFERENCES = ("for", "aria-labelledby", "aria-describedby", "aria-controls", "list", "form")
_NO_TEXT = frozenset({"script", "style", "template"})
_INTERACTIVE = frozenset({"a", "button", "select", "textarea", "label", "summary"})

Attributes = dict[str, str]


@dataclass
class _Element:
    tag: str
    attributes: Attributes
    place: str
    text: str = ""
    holds_field: bool = False


@dataclass
class Markup:
    """What was found in a page: complaints, and where it leads."""

    complaints: list[str] = field(default_factory=list)
    links: set[str] = field(default_factory=set)
    actions: set[tuple[str, str]] = field(default_factory=set)
    text: str = ""


def read(html: str) -> Markup:
    """Everything wrong with a page, or with the part of one (without `<html>`)."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    reader.finish(whole="<html" in html[:500])
    return reader.found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found = Markup()
        self._open: list[_Element] = []
        self._ids: list[str] = []
        self._wanted: list[tuple[str, str]] = []
        self._labelled: set[str] = set()
        self._unlabelled: list[tuple[str, str]] = []
        self._headings = 0
        self._doctype = False
        self._titles: list[str] = []
        self._languages: list[str] = []

    def finish(self, *, whole: bool) -> None:
        for element in self._open:
            self._complain(f"{element.place} is not closed")
        known = set(self._ids)
        if whole:
            self._complain_of_document()
            for name, wanted in self._wanted:
                if wanted not in known:
                    self._complain(f'{name}="{wanted}" names nothing')
        for name in sorted({name for name in self._ids if self._ids.count(name) > 1}):
            self._complain(f'id="{name}" is there {self._ids.count(name)} times')
        for name, place in self._unlabelled:
            if not name or name not in self._labelled:
                self._complain(f"{place} has no label")

    def _complain_of_document(self) -> None:
        if not self._doctype:
            self._complain("no doctype")
        if self._headings != 1:
            self._complain(f"{self._headings} h1")
        if len(self._titles) != 1 or not self._titles[0].strip():
            self._complain(f"title: {self._titles}")
        if self._languages != [language for language in self._languages if language]:
            self._complain("no lang")

    def _complain(self, text: str) -> None:
        self.found.complaints.append(text)

    def handle_decl(self, decl: str) -> None:
        self._doctype = decl.lower() == "doctype html"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._start(tag, attrs, closed=tag in _VOID)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        drawn = tag == "svg" or any(opened.tag == "svg" for opened in self._open)
        if tag not in _VOID and not drawn:
            self._complain(f"<{tag}/> is not closed by its slash")
        self._start(tag, attrs, closed=True)

    def _start(self, tag: str, attrs: list[tuple[str, str | None]], *, closed: bool) -> None:
        attributes = {name: value or "" for name, value in attrs}
        place = f"<{tag} {' '.join(f'{n}={v[:40]!r}' for n, v in attributes.items())}>"[:160]
        if len(attributes) != len(attrs):
            self._complain(f"{place} has an attribute twice")
        element = _Element(tag, attributes, place)
        inside_template = any(outer.tag == "template" for outer in self._open)
        self._check_safe(element)
        self._check_slips(" ".join(attributes.get(name, "") for name in _SHOWN_ATTRIBUTES), place)
        self._check_nesting(element)
        if not inside_template:
            self._note_names(element)
            self._note_ways(element)
            self._check_field(element)
        named = attributes.get("aria-label") or attributes.get("alt") or ""
        for outer in self._open:
            outer.text += named  # a picture in a button is its name
        if not closed:
            self._open.append(element)

    def _check_safe(self, element: _Element) -> None:
        """Nothing that a Content-Security-Policy without `unsafe-inline` would not let pass."""
        attributes = element.attributes
        if element.tag == "style" or "style" in attributes:
            self._complain(f"{element.place} has style of its own")
        if element.tag == "script" and "src" not in attributes:
            self._complain(f"{element.place} has script of its own")
        for name in attributes:
            if name.startswith(("on", "hx-on", "hx-vals")):
                self._complain(f"{element.place} has {name}")
        for name in ("href", "src", "action", "formaction"):
            address = attributes.get(name, "").strip().lower()
            if address.startswith(("javascript:", "vbscript:")):
                self._complain(f"{element.place} runs script")
        loads = attributes.get("href" if element.tag == "link" else "src", "")
        if element.tag in ("link", "script", "img", "iframe") and urlsplit(loads).netloc:
            self._complain(f"{element.place} loads from elsewhere")

    def _check_nesting(self, element: _Element) -> None:
        outer = {opened.tag for opened in self._open}
        if element.tag == "form" and "form" in outer:
            self._complain(f"{element.place} in a form")
        if element.tag in ("a", "button") and outer & (_INTERACTIVE - {"label"}):
            self._complain(f"{element.place} in something one presses")

    def _note_names(self, element: _Element) -> None:
        attributes = element.attributes
        if "id" in attributes:
            self._ids.append(attributes["id"])
        for name in _REFERENCES:
            if name == "form" and element.tag not in (*_FIELDS, "button"):
                continue
            self._wanted += [(name, wanted) for wanted in attributes.get(name, "").split()]
        if element.tag == "label":
            self._labelled.add(attributes.get("for", ""))
        if element.tag == "h1":
            self._headings += 1
        if element.tag == "html":
            self._languages.append(attributes.get("lang", ""))
        if element.tag == "img" and "alt" not in attributes:
            self._complain(f"{element.place} has no alt")

    def _note_ways(self, element: _Element) -> None:
        attributes = element.attributes
        if element.tag == "a" and "href" in attributes:
            self.found.links.add(attributes["href"])
            if attributes["href"].startswith("#"):
                self._wanted.append(("href", attributes["href"][1:]))
        if element.tag == "form":
            method = attributes.get("method", "get").lower()
            self.found.actions.add((method, attributes.get("action", "")))

    def _check_field(self, element: _Element) -> None:
        attributes = element.attributes
        if element.tag not in _FIELDS or attributes.get("type") in _UNLABELLED:
            return
        if attributes.get("aria-label") or attributes.get("aria-labelledby"):
            return
        labels = [opened for opened in self._open if opened.tag == "label"]
        if labels:
            labels[-1].holds_field = True
            return
        self._unlabelled.append((attributes.get("id", ""), element.place))

    def _check_slips(self, text: str, place: str) -> None:
        slip = _SLIPS.search(text)
        if slip:
            self._complain(f"{place} shows {slip[0]!r}: {text.strip()[:100]!r}")

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.text += data
        if not self._open or any(opened.tag in _NO_TEXT for opened in self._open):
            return
        if self._open[-1].tag not in ("pre", "code", "textarea"):
            self._check_slips(data, self._open[-1].place)
        self.found.text += data

    def handle_endtag(self, tag: str) -> None:
        if not self._open or self._open[-1].tag != tag:
            inner = self._open[-1].place if self._open else "nothing"
            self._complain(f"</{tag}> closes {inner}")
            if tag not in {opened.tag for opened in self._open}:
                return
            while self._open[-1].tag != tag:
                self._open.pop()
        element = self._open.pop()
        if element.tag == "title" and not any(opened.tag == "svg" for opened in self._open):
            self._titles.append(element.text)
        if element.tag == "label" and not element.text.strip():
            self._complain(f"{element.place} says nothing")
        if element.tag == "label" and "for" not in element.attributes and not element.holds_field:
            self._complain(f"{element.place} labels nothing")
        named = element.text.strip() or element.attributes.get("aria-label")
        if element.tag in ("button", "a") and not named and "hidden" not in element.attributes:
            self._complain(f"{element.place} has no name")
