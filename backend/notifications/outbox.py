"""Putting mail into the outbox."""

from sqlmodel import Session

from backend.core import web
from backend.core.db import add_once
from backend.notifications.models import OutboxMessage
from backend.people.models import Person


def post(
    session: Session, kind: str, *, to: str, person: Person | None, subject: str, once_for: str, **facts: object
) -> bool:
    """Write a mail from `templates/email/<kind>.txt`, unless one for the occasion is there; whether it was written."""
    text = web.templates().env.get_template(f"email/{kind}.txt").render(**facts)
    message = OutboxMessage(
        to=to,
        person_id=person.id if person else None,
        kind=kind,
        subject=subject,
        text=text,
        dedupe=f"{kind}:{once_for}",
    )
    return add_once(session, message, "dedupe")
