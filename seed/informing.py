"""Who follows what in the demonstration, what staff have announced, and a mail that could not be delivered."""

from datetime import timedelta

from sqlmodel import select

from backend.comments.models import Comment, State
from backend.core import clock
from backend.following import subscribing
from backend.notifications import announcing
from backend.notifications.models import OutboxMessage, Scope
from backend.releases import queries
from seed.cast import RELEASER, Cast

FOLLOWERS = {"specialist@uni.example": ["CCHF-07", "CCHF-12"], "lead@brightplay.example": ["CCHF-07"]}
READER = "lead@childrights.example"
"""Follows the whole framework, and the first public point."""


def inform(cast: Cast) -> None:
    """Begin to follow, announce something, and leave a mail for the administrator to look at."""
    session = cast.session
    framework = queries.consulted_framework(session)
    for email, codes in FOLLOWERS.items():
        for code in codes:
            subscribing.follow(session, cast.person(email), queries.entry(session, code))
    point = session.exec(select(Comment).where(Comment.state == State.PUBLISHED).order_by(Comment.id)).first()  # type: ignore[arg-type]
    subscribing.follow(session, cast.person(READER), framework)
    if point:
        subscribing.follow(session, cast.person(READER), point)
    announcing.announce(
        session, "The open round brings in more points every day: check new ones within one working day.",
        welsh="Daw rhagor o bwyntiau i mewn bob dydd yn y rownd agored: gwiriwch rai newydd o fewn un diwrnod gwaith.",
        to=Scope.STAFF, starts_at=clock.now(), ends_at=clock.now() + timedelta(days=7), by=cast.person(RELEASER),
    )  # fmt: skip
    undelivered = OutboxMessage(
        to="nobody@pennywhistle.example", kind="invitation", subject="An invitation",
        text="Made up for the demonstration.", dedupe="invitation:demonstration", tries=1,
        parked_because="SMTPRecipientsRefused 550",
    )  # fmt: skip
    session.add(undelivered)
    session.flush()
    undelivered.due_at = None
    session.add(undelivered)
