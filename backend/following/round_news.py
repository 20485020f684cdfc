"""Telling people of a round: that it is open, that it closes later than was said, and that it has closed early."""

from collections.abc import Sequence
from enum import StrEnum

from sqlalchemy.orm import selectinload
from sqlmodel import Session, col, or_, select

from backend.core import clock, db
from backend.core.config import settings
from backend.core.i18n import Later, later
from backend.following.models import RoundNews, Subscription
from backend.notifications import outbox
from backend.people.access import Permission, viewer_for
from backend.people.models import Membership, Person
from backend.releases.models import Framework, Round


class News(StrEnum):
    """What there is to tell of a round."""

    OPEN = "open"
    EXTENDED = "extended"
    CLOSED = "closed"


def tell(session: Session) -> int:
    """Write of every round that has opened, or closes at another time than was told; how many mails that were.

    Done again, it does nothing: of each time of closing is told once. Nobody hears of a round that closes when it was
    said to, nor of one that had closed before anybody could be told of it.
    """
    written = 0
    for round_ in _begun_and_untold(session):
        news = _news_of(session, round_)
        if db.add_once(session, RoundNews(round_id=round_.id, closes_at=round_.closes_at), "round_id", "closes_at"):
            people = _concerned(session, round_.release.framework) if news else []
            written += sum(_write(session, round_, news, person) for person in people if news)
    return written


def _begun_and_untold(session: Session) -> Sequence[Round]:
    told = select(RoundNews).where(RoundNews.round_id == Round.id, RoundNews.closes_at == Round.closes_at)
    untold = select(Round).where(col(Round.opens_at) <= clock.now(), ~told.exists())
    return session.exec(untold.order_by(col(Round.id))).all()


def _news_of(session: Session, round_: Round) -> News | None:
    before = session.exec(select(RoundNews).where(RoundNews.round_id == round_.id)).first()
    if before is None:
        return News.OPEN if round_.is_open else None
    return News.EXTENDED if round_.is_open else News.CLOSED


def _concerned(session: Session, framework: Framework) -> list[Person]:
    """Everybody who may take part, and everybody who follows the framework."""
    here = select(Membership.person_id).where(col(Membership.left_at).is_(None))
    followers = select(Subscription.person_id).where(Subscription.framework_id == framework.id)
    follows = set(session.exec(followers))
    found = session.exec(
        select(Person)
        .where(
            col(Person.closed_at).is_(None),
            or_(col(Person.id).in_(here), col(Person.id).in_(followers), col(Person.expertise).is_not(None)),
        )
        .order_by(col(Person.id))
        .options(
            selectinload(Person.memberships).joinedload(Membership.organisation),  # type: ignore[arg-type]
            selectinload(Person.appointments),  # type: ignore[arg-type]
        )
    )
    return [each for each in found if each.id in follows or viewer_for(each).may(Permission.TAKE_PART)]


def _write(session: Session, round_: Round, news: News, person: Person) -> bool:
    return outbox.post(
        session,
        "round",
        to=person.email,
        person=person,
        subject=_subject(round_, news),
        once_for=f"{round_.id}:{round_.closes_at.isoformat()}:person:{person.id}",
        round=round_,
        news=news,
        framework=round_.release.framework.title,
        may_take_part=viewer_for(person).may(Permission.TAKE_PART),
        address=f"{settings().base_url}/frameworks/{round_.release.framework.slug}",
    )


def _subject(round_: Round, news: News) -> Later:
    facts = {"title": round_.title, "when": round_.closes_at}
    return {
        News.OPEN: later("“%(title)s” is open until %(when)s", **facts),
        News.EXTENDED: later("“%(title)s” now closes on %(when)s", **facts),
        News.CLOSED: later("“%(title)s” closed on %(when)s", **facts),
    }[news]
