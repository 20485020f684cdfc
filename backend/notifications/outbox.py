"""Putting mail into the outbox."""

from collections.abc import Collection
from datetime import UTC, datetime, time, timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from backend.audit import log
from backend.core import clock, db, i18n, tokens, web
from backend.core.i18n import Later
from backend.notifications.models import FOLLOWING, STOPPED_WITH, DroppedBecause, OutboxMessage, Stoppable
from backend.people.models import Digest, Person

AS_CHOSEN = frozenset(kind for kind, stopped in STOPPED_WITH.items() if stopped is Stoppable.RELEASES)
"""The mails that come as often as a person has chosen. All others, such as receipts and links, always come at once."""

MORNING = time(8)
"""When mail that waited goes out, on a UK clock; that of a week on Monday."""


def post(
    session: Session,
    kind: str,
    *,
    to: str,
    person: Person | None,
    subject: Later,
    once_for: str,
    language: str = "",
    concerning: str = "",
    **facts: object,
) -> bool:
    """Write a mail from `templates/email/<kind>.txt`, unless one for the occasion is there; whether it was written.

    It is in the language of the person; where there is none in that which is given, or that of the page. Nobody is
    written to whose account is closed, nor about what they have chosen not to be told by mail. With what it is
    `concerning` it can be called off.
    """
    due_at = clock.now() if person is None else _due(person, kind)
    if due_at is None:
        return False
    message = _message(kind, to, person, subject, once_for, facts, language)
    message.due_at, message.about = due_at, concerning
    return db.add_once(session, message, "dedupe")


def post_outside(
    session: Session,
    kind: str,
    *,
    to: str,
    language: str,
    subject: Later,
    once_for: str,
    concerning: str,
    stop_at: str,
    **facts: object,
) -> bool:
    """Write a mail to somebody without an account, unless one for the occasion is there; whether it was written.

    It is called off by what it is `concerning`, and says where they stop such mails.
    """
    message = _message(kind, to, None, subject, once_for, facts, language)
    message.about, message.stop_at = concerning, stop_at
    return db.add_once(session, message, "dedupe")


def post_latest(
    session: Session,
    kind: str,
    *,
    to: str,
    person: Person | None,
    subject: Later,
    once_for: str,
    wait: timedelta,
    **facts: object,
) -> None:
    """Write a mail that is due after a while; one for the same occasion that still waits gets the new words.

    Once a worker has taken it the next is a new mail: taking it frees its key.
    """
    message = _message(kind, to, person, subject, once_for, facts)
    message.dedupe += FOLLOWING
    message.due_at = clock.now() + wait
    db.put(
        session,
        OutboxMessage,
        [message.model_dump(exclude_none=True)],
        by=("dedupe",),
        new=("language", "subject", "text"),
    )


def next_time(chosen: Digest) -> datetime | None:
    """When a mail that is written now goes to somebody who has chosen so; None if it does not."""
    if chosen is Digest.NONE:
        return None
    if chosen is Digest.NOW:
        return clock.now()
    here = clock.in_london(clock.now())
    wait = (0 if here.time() < MORNING else 1) if chosen is Digest.DAILY else -here.weekday() % 7
    if chosen is Digest.WEEKLY and wait == 0 and here.time() >= MORNING:
        wait = 7
    return datetime.combine(here.date() + timedelta(days=wait), MORNING, clock.LONDON).astimezone(UTC)


def is_wanted(person: Person, kind: str) -> bool:
    """Whether the person has a mailbox here still, and has not stopped mails of this kind."""
    return _due(person, kind) is not None


def is_still_wanted(session: Session, message: OutboxMessage) -> bool:
    """Whether its person has not stopped such mails since it was written, or while it was."""
    if message.kind not in STOPPED_WITH or message.person_id is None:
        return True
    return is_wanted(session.get_one(Person, message.person_id), message.kind)


def choose_again(
    session: Session, person: Person, chosen: Digest, *, by: Person | None, reminders: bool | None = None
) -> None:
    """From now on the person is told things so often; what waits for them goes when it would go now, or not at all.

    Whether they want to be reminded stays as it was unless it is said. `by` is nobody where the link in a mail did it:
    mailboxes follow it by themselves. What a worker has in its hands is taken from it.
    """
    before = person.digest, person.reminders
    person.digest = chosen
    person.reminders = person.reminders if reminders is None else reminders
    if (person.digest, person.reminders) != before:
        what = {"how_often": chosen, "reminders": person.reminders}
        log.record(session, "choice of mails changed", f"person {person.id}", by=by, **what)
    session.add(person)
    session.flush()
    waiting = (col(OutboxMessage.person_id) == person.id, col(OutboxMessage.due_at).is_not(None))
    for kind in STOPPED_WITH:
        mine = update(OutboxMessage).where(*waiting, col(OutboxMessage.kind) == kind)
        due_at = _due(person, kind)
        if due_at is None:
            session.execute(mine.values(due_at=None, owner=None))
        elif kind in AS_CHOSEN:
            session.execute(mine.where(col(OutboxMessage.tries) == 0).values(due_at=due_at))


def call_off(session: Session, about: Collection[str]) -> None:
    """Send no mail about these that waits, and keep nothing of what any of them said: its key alone stays."""
    session.flush()
    of_them = (col(OutboxMessage.about).in_(about), col(OutboxMessage.about) != "")
    given_up = (col(OutboxMessage.parked_because).is_not(None), col(OutboxMessage.dropped_because).is_(None))
    session.execute(
        update(OutboxMessage).where(*of_them, *given_up).values(dropped_because=DroppedBecause.NO_LONGER_TRUE)
    )
    nothing = {"to": "", "subject": "", "text": "", "stop_at": "", "about": "", "due_at": None, "owner": None}
    session.execute(update(OutboxMessage).where(*of_them).values(nothing))


def send_after(session: Session, person: Person, *, to: str) -> None:
    """What waits for the person goes to another address."""
    waiting = (col(OutboxMessage.person_id) == person.id, col(OutboxMessage.due_at).is_not(None))
    session.execute(update(OutboxMessage).where(*waiting).values(to=to))


def _due(person: Person, kind: str) -> datetime | None:
    """When a mail of this kind that is written now goes to the person; None if they do not want it."""
    if person.closed_at is not None:
        return None
    if kind in AS_CHOSEN:
        return next_time(person.digest)
    if STOPPED_WITH.get(kind) is Stoppable.REMINDERS and not (person.reminders and person.digest is not Digest.NONE):
        return None
    return clock.now()


def _message(
    kind: str,
    to: str,
    person: Person | None,
    subject: Later,
    once_for: str,
    facts: dict[str, object],
    language: str = "",
) -> OutboxMessage:
    spoken = person.language if person else language or i18n.language.get()
    with i18n.speaking(spoken):
        return OutboxMessage(
            to=to,
            person_id=person.id if person else None,
            kind=kind,
            language=spoken,
            subject=str(subject),
            text=web.templates().env.get_template(f"email/{kind}.txt").render(**facts),
            dedupe=f"{kind}:{tokens.digest(once_for)}",
        )
