"""Reading the pages that are owed."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlmodel import Session, col, select

from backend.core import clock
from backend.core.errors import NotFound
from backend.core.i18n import mark
from backend.pages.models import Owed, OwedPage, PageVersion

GOOD_FOR = timedelta(days=364)
"""How long security.txt may be relied on after the contact page was last published; RFC 9116 asks for under a year."""


class NotWritten(NotFound):
    """The page is owed, and nobody has written it yet."""

    title = mark("This page has not been written yet")
    words = mark("We owe you this page. Until it is here, write to us with your question.")
    way_on = ("/complaints", mark("Tell us what is missing"))


def versions(session: Session, page: Owed) -> list[PageVersion]:
    """Every version, the first one first, also those that do not hold yet."""
    return list(
        session.exec(select(PageVersion).join(OwedPage).where(OwedPage.slug == page).order_by(col(PageVersion.number)))
    )


def that_held(versions: Sequence[PageVersion]) -> list[PageVersion]:
    """Those that hold or have held, the newest first: what was replaced before its day came was never said."""
    return [
        version
        for version in reversed(versions)
        if version.holds_from <= clock.now()
        and not any(other.number > version.number and other.holds_from <= version.holds_from for other in versions)
    ]


def find_current(versions: Sequence[PageVersion]) -> PageVersion | None:
    """The version that holds now."""
    return next(iter(that_held(versions)), None)


def next_change(versions: Sequence[PageVersion]) -> datetime | None:
    """When the page will next change by itself."""
    return min((version.holds_from for version in versions if version.holds_from > clock.now()), default=None)


def held(session: Session, page: Owed) -> list[PageVersion]:
    """The versions that everybody may read, the newest first. Raises NotWritten where there is none."""
    found = that_held(versions(session, page))
    if not found:
        raise NotWritten()
    return found


def good_until(contact: PageVersion) -> datetime:
    """Until when security.txt may be relied on, which sends people to this version of the contact page."""
    return contact.holds_from + GOOD_FOR
