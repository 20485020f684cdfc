"""Telling people who are interested what is new: once each, and only what is new since they confirmed."""

from datetime import timedelta

from sqlmodel import Session, col, select

from backend.core import clock
from backend.core.config import settings
from backend.core.i18n import later
from backend.registrations import writing
from backend.registrations.kinds import Purpose
from backend.registrations.models import Call
from backend.releases.kinds import ReleaseState
from backend.releases.models import Release, Round

LATELY = timedelta(days=3)
"""How long something is new: a worker that was away for longer tells nobody of what they have found by themselves."""


def tell_interested(session: Session) -> int:
    """Write to whoever let us about calls and rounds that opened lately, and releases that were published; how many.

    Called by the worker, as often as it likes.
    """
    return _of_calls(session) + _of_releases(session) + _of_rounds(session)


def of_workshop(session: Session, *, slug: str, title: str) -> int:
    """Tell whoever is interested in workshops that one has been announced; how many that were."""
    return writing.to_interested(
        session,
        Purpose.WORKSHOP,
        "interest-news",
        what=f"workshop {slug}",
        since=clock.now(),
        subject=later("A workshop: %(title)s", title=title),
        news="workshop",
        title=title,
        address=f"{settings().base_url}/workshops/{slug}",
    )


def _of_calls(session: Session) -> int:
    opened = (col(Call.opens_at) <= clock.now(), col(Call.opens_at) > clock.now() - LATELY)
    running = select(Call).where(*opened, col(Call.closes_at) > clock.now()).order_by(col(Call.id))
    return sum(
        writing.to_interested(
            session,
            call.is_for,
            "interest-news",
            what=f"call {call.id}",
            since=call.opens_at,
            subject=later("You can apply: %(title)s", title=writing.Title(call)),
            news="call",
            title=writing.Title(call),
            until=call.closes_at,
            address=f"{settings().base_url}/calls/{call.id}",
        )
        for call in session.exec(running).all()
    )


def _of_releases(session: Session) -> int:
    published = (Release.state == ReleaseState.PUBLISHED, col(Release.published_at) > clock.now() - LATELY)
    return sum(
        writing.to_interested(
            session,
            Purpose.UPDATES,
            "interest-news",
            what=f"release {release.id}",
            since=release.published_at or clock.now(),
            subject=later("Published: %(title)s", title=writing.Title(release)),
            news="release",
            title=writing.Title(release),
            address=f"{settings().base_url}/frameworks/{release.framework.slug}/releases/{release.number}",
        )
        for release in session.exec(select(Release).where(*published).order_by(col(Release.id))).all()
    )


def _of_rounds(session: Session) -> int:
    opened = (col(Round.opens_at) <= clock.now(), col(Round.opens_at) > clock.now() - LATELY)
    running = select(Round).where(*opened, col(Round.closes_at) > clock.now()).order_by(col(Round.id))
    return sum(
        writing.to_interested(
            session,
            Purpose.UPDATES,
            "interest-news",
            what=f"round {round_.id}",
            since=round_.opens_at,
            subject=later("Open for feedback: %(title)s", title=writing.Title(round_)),
            news="round",
            title=writing.Title(round_),
            until=round_.closes_at,
            address=f"{settings().base_url}/frameworks/{round_.release.framework.slug}",
        )
        for round_ in session.exec(running).all()
    )
