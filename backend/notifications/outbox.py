"""Putting mail into the outbox."""

from datetime import timedelta

from sqlmodel import Session

from backend.core import clock, db, web
from backend.notifications.models import FOLLOWING, OutboxMessage
from backend.people.models import Person


def post(
    session: Session, kind: str, *, to: str, person: Person | None, subject: str, once_for: str, **facts: object
) -> bool:
    """Write a mail from `templates/email/<kind>.txt`, unless one for the occasion is there; whether it was written."""
    return db.add_once(session, _message(kind, to, person, subject, once_for, facts), "dedupe")


def post_latest(
    session: Session,
    kind: str,
    *,
    to: str,
    person: Person | None,
    subject: str,
    once_for: str,
    wait: timedelta,
    **facts: object,
) -> None:
    """Write a mail that is due after a while; one for the same occasion that still waits gets the new text.

    Once a worker has taken it the next is a new mail: taking it frees its key.
    """
    message = _message(kind, to, person, subject, once_for + FOLLOWING, facts)
    message.due_at = clock.now() + wait
    db.put(session, OutboxMessage, [message.model_dump(exclude_none=True)], by=("dedupe",), new=("text",))


def _message(
    kind: str, to: str, person: Person | None, subject: str, once_for: str, facts: dict[str, object]
) -> OutboxMessage:
    return OutboxMessage(
        to=to,
        person_id=person.id if person else None,
        kind=kind,
        subject=subject,
        text=web.templates().env.get_template(f"email/{kind}.txt").render(**facts),
        dedupe=f"{kind}:{once_for}",
    )
