"""Counters that move when a public page about workshops would look different."""

from collections.abc import Iterable
from datetime import datetime

from fastapi import Request
from sqlmodel import Session

from backend.core import caching, clock, counters
from backend.people.access import Viewer
from backend.releases import activity
from backend.workshops.models import Workshop

WORKSHOPS = "page:workshops"


def changed(session: Session) -> None:
    """A workshop was arranged, changed or cancelled: its pages and the home page show it."""
    counters.add(session, WORKSHOPS)
    counters.add(session, activity.SITE)


def places_changed(session: Session) -> None:
    """Somebody got a place, waits for one, or gave it up: pages say how many are left."""
    counters.add(session, WORKSHOPS)


def shows(request: Request, viewer: Viewer, *workshops: Workshop, also: Iterable[datetime] = ()) -> None:
    """Say that a page shows these workshops, and changes at these moments too; to people signed in it is made anew."""
    if not viewer.is_signed_in:
        caching.depends(request, WORKSHOPS, activity.SITE, until=next_moment(*workshops, also=also))


def next_moment(*workshops: Workshop, also: Iterable[datetime] = ()) -> datetime | None:
    """When one of these begins or is over, or one of the other moments comes, and pages change by themselves."""
    moments = [*also, *(moment for workshop in workshops for moment in (workshop.starts_at, workshop.ends_at))]
    return min((moment for moment in moments if moment > clock.now()), default=None)
