"""Writing a version of a page that is owed."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, select

from backend.audit import log
from backend.core import clock, counters, db
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.pages import filling, queries
from backend.pages.models import Owed, OwedPage, PageVersion
from backend.people.models import Person


class PageMovedOn(Refusal):
    """Somebody else has written a version since this one was begun."""

    title = mark("Somebody else has written a version")
    words = mark("Somebody else has written a version of this page since you opened it. Nothing of yours was saved.")


class CannotBeFilled(Refusal):
    """The text leaves something open that no setting fills."""

    status = 422
    title = mark("Part of the text cannot be filled in")
    words = mark("%(unknown)s cannot be filled in. Use only %(known)s, or write it without braces.")


class InThePast(Refusal):
    """What a page said in the past cannot be written now."""

    status = 422
    title = mark("That day is in the past")
    words = mark("Enter today or a day in the future: what the page said until now stays as it was")


class NotInWelsh(Refusal):
    """What is owed is owed in both languages."""

    status = 422
    title = mark("The Welsh is missing")
    words = mark("The title, the text and the reason are published in Welsh together with the English.")


@dataclass(frozen=True)
class Words:
    """What a version says, and why it was written."""

    title: str
    body: str
    because: str
    welsh_title: str
    welsh_body: str
    welsh_because: str


WRITTEN = "page written"
"""What the record says of a new version."""


def subject(page: str) -> str:
    """What the record calls the page."""
    return f"page {page}"


def counter(page: Owed) -> str:
    """Moves when a version of the page is written."""
    return f"page:owed:{page}"


def must_be_writable(words: Words, holds_from: datetime | None) -> None:
    """Nothing is left open that cannot be filled, the Welsh is there, and the past is left alone.

    Raises CannotBeFilled, NotInWelsh or InThePast.
    """
    texts = (words.title, words.body, words.welsh_title, words.welsh_body)
    if unknown := [found for text in texts for found in filling.unknown(text)]:
        raise CannotBeFilled(unknown=", ".join(unknown), known=", ".join(filling.OPEN))
    if not (words.welsh_title and words.welsh_body and words.welsh_because):
        raise NotInWelsh()
    if holds_from is not None and holds_from < clock.now():
        raise InThePast()


def write(
    session: Session,
    page: Owed,
    words: Words,
    *,
    holds_from: datetime | None,
    by: Person | None,
    seen: int,
) -> PageVersion:
    """Add a version that holds from then on, or from now; `seen` is the number of the last one that the writer read.

    It takes the place of every earlier one, also of one whose day has not come. Raises PageMovedOn, InThePast,
    CannotBeFilled or NotInWelsh.
    """
    must_be_writable(words, holds_from)
    db.add_once(session, OwedPage(slug=page), "slug")
    row = session.exec(select(OwedPage).where(OwedPage.slug == page)).one()
    db.lock(session, row)
    last = max((version.number for version in queries.versions(session, page)), default=0)
    if last != seen:
        raise PageMovedOn()
    version = PageVersion(
        page_id=row.id,
        number=last + 1,
        holds_from=holds_from or clock.now(),
        **vars(words),
        author_id=by.id if by else None,
    )
    session.add(version)
    session.flush()
    counters.add(session, counter(page))
    log.record(session, WRITTEN, subject(page), by=by, version=version.number, digest=version.digest)
    return version
