"""Counters that move when a public page would look different. Pages name the ones they depend on."""

from datetime import datetime

from fastapi import Request
from sqlmodel import Session

from backend.core import caching, counters
from backend.people.access import Viewer
from backend.releases.models import Entry, Framework

SITE = "page:site"
"""Anything on the home page or in the list of frameworks."""


def of_framework(slug: str) -> str:
    """Moves when a release or a round of the framework does."""
    return f"page:framework:{slug}"


def of_points(slug: str) -> str:
    """Moves when any point about the framework becomes public, changes or goes."""
    return f"page:points:{slug}"


def of_entry(code: str) -> str:
    """Moves when a point about the entry becomes public, changes or goes."""
    return f"page:entry:{code}"


def framework_changed(session: Session, framework: Framework) -> None:
    """A release was published or withdrawn, or a round was planned, moved or closed."""
    counters.add(session, of_framework(framework.slug))
    counters.add(session, SITE)


def points_changed(session: Session, framework: Framework, entry: Entry | None) -> None:
    """What the public can read of a point has changed; `entry` is None for a question or the framework as a whole."""
    counters.add(session, of_points(framework.slug))
    counters.add(session, SITE)
    if entry:
        counters.add(session, of_entry(entry.code))


def words_changed(session: Session, framework: Framework, entry: Entry) -> None:
    """The words of an entry in another language are there, or have changed."""
    counters.add(session, of_entry(entry.code))
    counters.add(session, of_framework(framework.slug))


def shows(request: Request, viewer: Viewer, framework: Framework, *names: str, until: datetime | None = None) -> None:
    """Say that a page shows this framework and what these counters count; to people signed in it is made anew."""
    if not viewer.is_signed_in:
        caching.depends(request, of_framework(framework.slug), *names, until=until)
