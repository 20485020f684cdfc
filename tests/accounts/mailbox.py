"""Reading the mail that the app has posted."""

import re

from sqlmodel import Session, col, select

from backend.notifications.models import OutboxMessage


def mails(session: Session, kind: str) -> list[OutboxMessage]:
    """Every mail of a kind, the first one first."""
    session.commit()
    return list(session.exec(select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(col(OutboxMessage.id))))


def last(session: Session, kind: str) -> OutboxMessage:
    """The newest mail of a kind."""
    return mails(session, kind)[-1]


def link_in(message: OutboxMessage) -> str:
    """The path of the first link of ours in a mail that holds a secret."""
    found = re.search(r"/(?:invitations|sign-in/link)/\S+", message.text)
    assert found, message.text
    return found[0]
