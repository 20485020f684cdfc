"""Announcements come and go on time, also on pages that are kept rendered, and only those see them who are meant."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import time_machine
from fastapi.testclient import TestClient
from sqlalchemy.exc import OperationalError
from sqlmodel import Session, select

from backend import main
from backend.audit.models import AuditEvent
from backend.core import clock, cookies
from backend.core.db import Database
from backend.notifications import announcing, queries
from backend.notifications.models import Announcement, Scope
from backend.people.models import StaffRole
from tests import factories
from tests.browsing import Visitor

WORDS = "The site is slow on Friday."
NOW = datetime.fromisoformat("2026-11-25T10:00:00+00:00")
HOUR = timedelta(hours=1)


def announce(session: Session, *, to: Scope = Scope.EVERYBODY, start: timedelta = timedelta(0), end: timedelta = HOUR,
             words: str = WORDS) -> Announcement:  # fmt: skip
    """An announcement by somebody who may."""
    by = factories.make_staff(session)
    now = clock.now()
    found = announcing.announce(session, words, to=to, starts_at=now + start, ends_at=now + end, by=by)
    session.commit()
    return found


@pytest.fixture
def kept(live: Database) -> Iterator[TestClient]:
    """The whole site with its page cache."""
    app = main.behind_middleware(main.create_api(live), cache_megabytes=8)
    with live.transaction() as session:
        factories.make_framework(session)
    with TestClient(app, base_url="https://testserver") as client:
        yield client


def test_it_appears_and_goes_on_time_on_pages_that_are_kept(kept: TestClient, live: Database) -> None:
    etags: dict[str, str] = {}

    def seen() -> set[bool]:
        """Whether it stands on each page, which browsers ask for as they do: whether it has changed."""
        found = set()
        for page in ("/", "/frameworks", "/frameworks/harms", "/frameworks/harms/entries/CCHF-01", "/take-part"):
            for _ in range(2):
                answer = kept.get(page, headers={"If-None-Match": etags.get(page, "")})
                if answer.status_code == 200:
                    etags[page] = answer.headers.get("etag", "")
                    shown[page] = WORDS in answer.text
                found.add(shown[page])
        return found

    shown: dict[str, bool] = {}
    with time_machine.travel(NOW, tick=False):
        assert seen() == {False}
        with live.transaction() as session:
            announce(session, start=HOUR, end=2 * HOUR)
        assert seen() == {False}
    for at, stands in ((HOUR - timedelta(seconds=1), False), (HOUR, True), (2 * HOUR - timedelta(seconds=1), True),
                       (2 * HOUR, False)):  # fmt: skip
        with time_machine.travel(NOW + at, tick=False):
            assert seen() == {stands}, at
    with time_machine.travel(NOW + 3 * HOUR, tick=False), live.transaction() as session:
        later = announce(session, end=5 * HOUR).id
    with time_machine.travel(NOW + 4 * HOUR, tick=False):
        assert seen() == {True}
        with live.transaction() as session:
            announcing.stop(session, session.get_one(Announcement, later), by=factories.make_staff(session))
        assert seen() == {False}


def test_pages_are_still_kept_while_something_is_announced(kept: TestClient, live: Database) -> None:
    with live.transaction() as session:
        announce(session)
    for _ in range(2):
        answer = kept.get("/take-part")
    assert kept.get("/take-part", headers={"If-None-Match": answer.headers["etag"]}).status_code == 304


@pytest.mark.parametrize(
    ("scope", "see_it"),
    [(Scope.EVERYBODY, {"nobody", "reader", "member", "specialist", "staff"}),
     (Scope.PARTICIPANTS, {"member", "specialist"}), (Scope.STAFF, {"staff"})],
)  # fmt: skip
def test_those_see_it_whom_it_is_for(scope: Scope, see_it: set[str], visitor: Visitor, session: Session) -> None:
    people = {
        "nobody": None, "reader": factories.make_person(session), "member": factories.make_member(session),
        "specialist": factories.make_specialist(session), "staff": factories.make_staff(session),
    }  # fmt: skip
    announce(session, to=scope)
    seen = set()
    for name, person in people.items():
        visitor.client.cookies.clear()
        if person:
            visitor.sign_in(session, person)
        if WORDS in visitor.get("/take-part").text:
            seen.add(name)
    assert seen == see_it


@pytest.mark.parametrize("role", [StaffRole.RELEASER, StaffRole.ADMINISTRATOR])
def test_it_is_written_by_form_and_stopped_by_button(role: StaffRole, visitor: Visitor, session: Session) -> None:
    with time_machine.travel(NOW, tick=False):
        visitor.sign_in(session, factories.make_staff(session, role))
        visitor.get("/staff/more").follow("Announcements").follow("Write an announcement")
        visitor.press("Announce it", words=WORDS, scope="everybody", starts_at="2026-11-25T09:00",
                      ends_at="2026-11-25T09:59")  # fmt: skip
        assert visitor.status == 422
        assert "Enter an end that is after the start, and not in the past." in visitor.text
        visitor.press("Announce it", ends_at="tomorrow", words="x" * 301)
        assert visitor.status == 422
        visitor.press("Announce it", words=f"<b>{WORDS}</b>", ends_at="2026-11-26T17:00")
        assert visitor.text.count(f"<b>{WORDS}</b>") >= 2
        assert "From 25 November 2026 at 9:00am (UK time) until 26 November 2026 at 5:00pm (UK time)." in visitor.text
        visitor.press("Stop showing it")
        assert WORDS not in visitor.get("/").text
        done = select(AuditEvent.action).where(AuditEvent.subject.startswith("announcement "))  # type: ignore[attr-defined]
        assert session.exec(done).all() == ["announcement written", "announcement stopped"]
        stopped = session.exec(select(Announcement)).one()
        assert visitor.post(f"/staff/announcements/{stopped.id}/stop").status == 409


def test_it_is_shown_in_the_language_of_the_page_or_marked_as_english(visitor: Visitor, session: Session) -> None:
    with time_machine.travel(NOW, tick=False):
        visitor.sign_in(session, factories.make_staff(session)).get("/staff/announcements/new")
        visitor.press(
            "Announce it", words=WORDS, welsh_words="Mae’r safle’n araf.", scope="everybody",
            starts_at="2026-11-25T10:00", ends_at="2026-11-25T11:00",
        )  # fmt: skip
        assert "Mae’r safle’n araf." in visitor.text, "staff see both"
        announce(session, words="Only English.")
        visitor.client.cookies.clear()
        shown = "//*[contains(@class, 'govuk-notification-banner__heading')]"
        said = [(words.get("lang"), words.text) for words in visitor.get("/take-part").page.xpath(shown)]
        assert said == [(None, WORDS), (None, "Only English.")]
        visitor.client.cookies.set(cookies.LANGUAGE.name, "cy", domain="testserver.local")
        said = [(words.get("lang"), words.text) for words in visitor.get("/take-part").page.xpath(shown)]
        assert said == [(None, "Mae’r safle’n araf."), ("en", "Only English.")]


def test_times_are_those_of_a_uk_clock_in_summer_too(visitor: Visitor, session: Session) -> None:
    with time_machine.travel("2026-06-24T10:00:00+00:00", tick=False):
        visitor.sign_in(session, factories.make_staff(session)).get("/staff/announcements/new")
        visitor.press(
            "Announce it", words=WORDS, scope="staff", starts_at="2026-06-24T12:00", ends_at="2026-06-24T13:00"
        )
    assert session.exec(select(Announcement.starts_at)).one() == datetime.fromisoformat("2026-06-24T11:00:00+00:00")


def test_pages_stand_while_announcements_cannot_be_read(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: Any) -> None:
        raise OperationalError("", {}, Exception())

    monkeypatch.setattr(queries, "announcements", away)
    assert visitor.get("/no-such-page").status == 404
    assert visitor.get("/sign-in").status == 200
