"""A piece of work done by hand, step by step, on one screen and in one theme."""

from collections.abc import Callable
from dataclasses import dataclass

from playwright.sync_api import Page, expect

from tests.browser.people import SignedIn, scan

WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
"""By how much the page is wider than the screen."""


@dataclass(frozen=True)
class Walk:
    """Somebody at work; `look` takes a picture of a step and finds what is not accessible or too wide."""

    page: Page
    company: SignedIn
    look: Callable[[str], None]

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name, exact=True).click()

    def follow(self, name: str) -> None:
        """Click a link and wait for its page: what comes next must not see half of it."""
        link = self.page.locator("main").get_by_role("link", name=name, exact=True).first
        with self.page.expect_navigation():
            link.click()

    def choose(self, label: str, typed: str, chosen: str) -> None:
        """Type into a lookup and press Enter, as a scanner does."""
        field = self.page.get_by_role("combobox", name=label).first
        scan(field, typed)
        expect(field).to_have_value(chosen)

    def scan(self, *codes: str) -> None:
        """Scan codes into the field that takes them."""
        for code in codes:
            scan(self.page.get_by_placeholder("Scan or type a barcode or SKU"), code)

    def sees(self, text: str) -> None:
        expect(self.page.get_by_text(text).last).to_be_visible()
