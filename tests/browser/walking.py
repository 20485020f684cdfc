"""A person in a real browser: walks, looks, and complains about what is not right on the way."""

from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import ConsoleMessage, Page, Request
from sqlmodel import col, select

from backend.accounts import sessions
from backend.comments.models import Comment
from backend.core import cookies
from backend.core.db import Database
from backend.people import queries
from backend.people.access import SESSION_COOKIE
from backend.people.models import SecondFactor
from backend.releases.models import Entry
from backend.suggestions.models import Suggestion

AXE = (Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js").read_text()
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]
RUN_AXE = """rules => axe.run(document, {runOnly: rules, resultTypes: ['violations']}).then(found =>
  found.violations.map(v => v.id + ': ' + v.help + ' ' + v.nodes.map(n => n.html.slice(0, 200)).join(' | ')))"""

SCRIPTS_ON_ONE = pytest.mark.parametrize("scripts", [None], ids=["scripts on one database"], indirect=True)
"""For long journeys, which are walked on both databases: with scripts on the first, and without on the second."""


class Walker:
    """Walks through the site in one browser tab."""

    def __init__(self, page: Page, site: str, database: Database, *, scripts: bool) -> None:
        self.page = page
        self.site = site
        self.database = database
        self.scripts = scripts
        self.looked_at: set[str] = set()
        self.complaints: list[str] = []
        page.set_default_timeout(15_000)
        page.on("console", self._listen)
        page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        page.on("request", self._watch)

    def _listen(self, message: ConsoleMessage) -> None:
        expected = "Failed to load resource" in message.text and "status of 4" in message.text
        if message.type == "error" and not expected:
            self.complaints.append(f"console on {self.page.url}: {message.text}")

    def _watch(self, request: Request) -> None:
        if urlsplit(request.url).hostname != "localhost":
            self.complaints.append(f"asked another site: {request.url}")

    def goes_to(self, path: str) -> "Walker":
        """Open an address and look at the page."""
        self.page.goto(path)
        return self.looks()

    def follows(self, words: str, *, exact: bool = False) -> "Walker":
        """Follow the first link with these words."""
        self.page.get_by_role("link", name=words, exact=exact).first.click()
        self.page.wait_for_load_state()
        return self.looks()

    def presses(self, words: str, *, exact: bool = False) -> "Walker":
        """Press the first button with these words."""
        self.page.get_by_role("button", name=words, exact=exact).first.click()
        self.page.wait_for_load_state()
        return self.looks()

    def types(self, label: str, words: str) -> "Walker":
        """Type into a field, in place of what it holds."""
        self.page.get_by_label(label, exact=False).first.fill(words)
        return self

    def chooses(self, label: str, *, within: str = "") -> "Walker":
        """Tick a box or choose an option, in a group of that name where one is given."""
        scope = self.page.get_by_role("group", name=within) if within else self.page
        scope.get_by_label(label, exact=True).first.check()
        return self

    def sees(self, words: str) -> "Walker":
        """The main part of the page shows these words."""
        main = " ".join(self.page.locator("main").inner_text().split())
        assert words in main, f"{words!r} is not on {self.page.url}: {main[:3000]}"
        return self

    def does_not_see(self, words: str) -> "Walker":
        """The main part of the page does not show these words."""
        assert words not in " ".join(self.page.locator("main").inner_text().split()), f"{words!r} on {self.page.url}"
        return self

    def is_now(self, email: str) -> "Walker":
        """Become this person; the journey of signing in is walked in its own test."""
        with self.database.transaction() as session:
            person = queries.person(session, email)
            factor = SecondFactor.APP if person.appointments else None
            token = sessions.open_session(session, person, second_factor=factor)
        self.page.context.clear_cookies()
        self.page.context.add_cookies(
            [
                {
                    "name": SESSION_COOKIE,
                    "value": token,
                    "url": self.site.replace("http:", "https:"),
                    "secure": True,
                    "httpOnly": True,
                }
            ]
        )
        return self

    def reads(self, language: str) -> "Walker":
        """Read every page in this language from now on."""
        address = self.site.replace("http:", "https:")
        cookie = {"name": cookies.LANGUAGE.name, "value": language, "url": address, "secure": True, "httpOnly": True}
        self.page.context.add_cookies([cookie])  # type: ignore[list-item]
        return self

    def is_nobody(self) -> "Walker":
        """Be someone who is not signed in."""
        self.page.context.clear_cookies()
        return self

    def reference(self) -> str:
        """The reference on the page that confirms a sending."""
        return self.page.locator(".govuk-panel__body strong").inner_text()

    def reference_of_suggestion(self, code: str, field: str) -> str:
        """The reference of a suggestion for this field of this entry."""
        with self.database.session() as session:
            return session.exec(
                select(Comment.reference)
                .join(Suggestion, col(Suggestion.comment_id) == Comment.id)
                .join(Entry, col(Entry.id) == Comment.entry_id)
                .where(Entry.code == code, Suggestion.field == field)
            ).one()

    def looks(self) -> "Walker":
        """Check the page: nothing inaccessible, and no sideways scroll on a narrow screen."""
        where = urlsplit(self.page.url).path
        shape = where + self.page.title()
        if shape in self.looked_at:
            return self
        self.looked_at.add(shape)
        self.page.set_viewport_size({"width": 320, "height": 640})
        wide = self.page.evaluate("document.documentElement.scrollWidth")
        if wide > 320:
            self.complaints.append(f"{where} is {wide} px wide at 320 px")
        self.page.set_viewport_size({"width": 1280, "height": 900})
        if self.scripts:
            self.page.evaluate(AXE)
            self.complaints += [f"axe on {where}: {found}" for found in self.page.evaluate(RUN_AXE, RULES)]
        return self

    def nothing_went_wrong(self) -> None:
        """Say everything that was not right. Raises AssertionError."""
        assert not self.complaints, "\n".join(self.complaints)
