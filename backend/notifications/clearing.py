"""What administrators do with mail that was given up: try it again, or drop it for a reason."""

from sqlalchemy import update
from sqlmodel import Session, col

from backend.audit import log
from backend.core import clock
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.notifications import outbox, queries
from backend.notifications.models import DroppedBecause, OutboxMessage
from backend.people.models import Person


class NotParked(Refusal):
    """The mail is not among those that were given up: a colleague was quicker, or it has gone."""

    title = mark("That mail is not parked any more")
    words = mark("Somebody has tried it again or dropped it in the meantime.")
    way_on = ("/staff/mail", mark("Go to the mail page"))


class NotWanted(Refusal):
    """The person has stopped such mails, or has closed their account."""

    title = mark("That mail is not wanted any more")
    words = mark("The person has stopped mails of this kind, or has closed their account. You can only drop it.")
    way_on = ("/staff/mail", mark("Go to the mail page"))


def try_again(session: Session, message: OutboxMessage, *, by: Person) -> None:
    """Send the mail once more, with as many tries as a new one has. Raises NotParked or NotWanted."""
    if not outbox.is_still_wanted(session, message):
        raise NotWanted()
    _take_out(session, message, parked_because=None, tries=0, due_at=clock.now())
    log.record(session, "mail tried again", f"mail {message.id}", by=by, kind=message.kind)


def try_all_again(session: Session, fault: str, *, by: Person) -> int:
    """Send all mail once more that was given up with this fault, and say how many that is.

    What has been stopped in the meantime goes to nobody: it is looked at once more before it is sent.
    """
    known = update(OutboxMessage).where(*queries.PARKED, col(OutboxMessage.parked_because) == fault)
    again = known.values(parked_because=None, tries=0, due_at=clock.now())
    number = len(session.execute(again.returning(col(OutboxMessage.id))).all())
    if number:
        log.record(session, "mails tried again", "mail", by=by, fault=fault, number=number)
    return number


def drop(session: Session, message: OutboxMessage, *, because: DroppedBecause, by: Person) -> None:
    """Never send the mail. Raises NotParked."""
    _take_out(session, message, dropped_because=because)
    log.record(session, "mail dropped", f"mail {message.id}", by=by, kind=message.kind, because=because)


def _take_out(session: Session, message: OutboxMessage, **facts: object) -> None:
    """Of two people who do something about one mail at once, one does."""
    parked = update(OutboxMessage).where(col(OutboxMessage.id) == message.id, *queries.PARKED)
    done = session.execute(parked.values(facts).returning(col(OutboxMessage.id)))
    if done.first() is None:
        raise NotParked()
