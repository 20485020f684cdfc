"""Announcements: a short word at the top of pages, for some time, to everybody or to some."""

from datetime import datetime

import structlog
from fastapi import Request
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session

from backend.audit import log
from backend.core import caching, clock, counters, db
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.notifications import queries
from backend.notifications.models import Announcement, Scope
from backend.people.access import NOBODY, Permission, Viewer
from backend.people.models import Person

LOG = structlog.get_logger()
LONGEST = 300
"""The most characters of an announcement."""


class NoTimeToShow(Refusal):
    """The announcement would end before it begins, or has been over before it was written."""

    status = 422
    title = mark("That announcement would never be shown")
    words = mark("Enter an end that is after the start, and not in the past.")


class AlreadyOver(Refusal):
    """The time of the announcement is over."""

    title = mark("That announcement is over")
    words = mark("It is not shown any more, so there is nothing to stop.")
    way_on = ("/staff/announcements", mark("Go to the announcements"))


def announce(
    session: Session, words: str, *, welsh: str = "", to: Scope, starts_at: datetime, ends_at: datetime, by: Person
) -> Announcement:
    """Show these words at the top of pages from one moment to the other, in Welsh to whoever reads the site in it.

    Raises NoTimeToShow.
    """
    if ends_at <= max(starts_at, clock.now()):
        raise NoTimeToShow()
    announcement = Announcement(
        words=words, welsh={"words": welsh} if welsh else {}, scope=to, starts_at=starts_at, ends_at=ends_at,
        written_by_id=by.id,
    )  # fmt: skip
    session.add(announcement)
    session.flush()
    _every_page_changes(session)
    times = {"starts_at": starts_at.isoformat(), "ends_at": ends_at.isoformat()}
    log.record(session, "announcement written", f"announcement {announcement.id}", by=by, scope=to, **times)
    return announcement


def stop(session: Session, announcement: Announcement, *, by: Person) -> None:
    """Take an announcement away before its time. Raises AlreadyOver."""
    db.lock(session, announcement)
    if announcement.ends_at <= clock.now():
        raise AlreadyOver()
    announcement.ends_at = clock.now()
    announcement.starts_at = min(announcement.starts_at, announcement.ends_at)
    session.add(announcement)
    _every_page_changes(session)
    log.record(session, "announcement stopped", f"announcement {announcement.id}", by=by)


def shown_on(request: Request, viewer: Viewer | None) -> list[Announcement]:
    """What stands at the top of this page for this person; a kept page is told when that will change.

    Pages that say what went wrong are made here too, also while the database is away or before a route was found.
    """
    app = request.scope.get("app")
    if app is None:
        return []
    try:
        with app.state.database.session() as session:
            coming = [each for each in queries.announcements(session) if _concerns(each, viewer or NOBODY)]
            session.expunge_all()
    except SQLAlchemyError as error:
        LOG.warning("announcements not read", error=type(error).__name__)
        return []
    for each in coming:
        caching.changes_at(request, each.ends_at if each.is_shown else each.starts_at)
    return [each for each in coming if each.is_shown]


def _concerns(announcement: Announcement, viewer: Viewer) -> bool:
    """Whether the viewer is one of those whom it is for."""
    if announcement.scope is Scope.STAFF:
        return viewer.is_staff
    return announcement.scope is Scope.EVERYBODY or viewer.may(Permission.TAKE_PART)


def _every_page_changes(session: Session) -> None:
    counters.add(session, caching.EVERY_PAGE)
