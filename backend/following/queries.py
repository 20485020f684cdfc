"""Reading who follows what."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, or_, select

from backend.comments.models import Comment
from backend.following.models import Subscription
from backend.people.access import Viewer
from backend.people.models import Person
from backend.releases.models import Entry, Framework, Release, Round

Followable = Framework | Entry | Comment


def target(thing: Followable) -> str:
    """What is followed, in one word."""
    return f"{type(thing).__name__.lower()}:{thing.id}"


def find_follows(session: Session, viewer: Viewer, thing: Followable) -> bool | None:
    """Whether the viewer follows this; None for somebody who is not signed in."""
    if viewer.person is None:
        return None
    return find_subscription(session, viewer.person, thing) is not None


def find_subscription(session: Session, person: Person, thing: Followable) -> Subscription | None:
    """That the person follows this, if they do."""
    mine = (Subscription.person_id == person.id, Subscription.target == target(thing))
    return session.exec(select(Subscription).where(*mine)).first()


def subscriptions(session: Session, person: Person) -> Sequence[Subscription]:
    """Everything that the person follows, in the order in which they began."""
    release: Any = joinedload(Subscription.comment).joinedload(Comment.round).joinedload(Round.release)  # type: ignore[arg-type]
    return session.exec(
        select(Subscription)
        .where(Subscription.person_id == person.id)
        .order_by(col(Subscription.id))
        .options(
            joinedload(Subscription.framework),  # type: ignore[arg-type]
            joinedload(Subscription.entry).joinedload(Entry.framework),  # type: ignore[arg-type]
            release.joinedload(Release.framework),
            joinedload(Subscription.comment).joinedload(Comment.entry),  # type: ignore[arg-type]
        )
    ).all()


def concerned(
    session: Session, framework: Framework, *, entries: Sequence[int], comments: Sequence[int]
) -> Sequence[Subscription]:
    """Who follows the framework, one of these entries or one of these points, each with the person."""
    return session.exec(
        select(Subscription)
        .join(Person, col(Person.id) == Subscription.person_id)
        .where(
            or_(
                Subscription.framework_id == framework.id,
                col(Subscription.entry_id).in_(entries),
                col(Subscription.comment_id).in_(comments),
            ),
            col(Person.closed_at).is_(None),
        )
        .order_by(col(Subscription.person_id), col(Subscription.id))
        .options(joinedload(Subscription.person))  # type: ignore[arg-type]
    ).all()
