"""Putting mail into the outbox."""

from sqlalchemy import and_
from sqlmodel import Session, col

from backend.core import db, web
from backend.notifications.models import OutboxMessage
from backend.people.models import Person

WAITING = and_(col(OutboxMessage.sent_at).is_(None), col(OutboxMessage.owner).is_(None))


def post(
    session: Session, kind: str, *, to: str, person: Person | None, subject: str, once_for: str, **facts: object
) -> bool:
    """Write a mail from `templates/email/<kind>.txt`, unless one for the occasion is there; whether it was written."""
    return db.add_once(session, _message(kind, to, person, subject, once_for, facts), "dedupe")


def post_latest(
    session: Session, kind: str, *, to: str, person: Person | None, subject: str, once_for: str, **facts: object
) -> None:
    """Write a mail as `post` does; one for the same occasion that still waits gets the new text."""
    row = _message(kind, to, person, subject, once_for, facts).model_dump(exclude_none=True)
    db.put(session, OutboxMessage, [row], by=("dedupe",), new=("text",), where=WAITING)


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
