"""Forgetting when and with what people signed in, long after it ended: the worker does it."""

from typing import Any

from sqlalchemy import delete
from sqlmodel import Session, col

from backend.accounts.models import EmailChange, SignInLink
from backend.audit import log
from backend.core import clock, periods
from backend.people.models import WebSession


def forget(session: Session) -> int:
    """Erase links, sessions and changes of address that ran out long ago; how many."""
    number = 0
    for table in (SignInLink, WebSession, EmailChange):
        done: Any = session.execute(delete(table).where(col(table.expires_at) <= clock.now() - periods.SIGN_IN))
        number += done.rowcount
    if number:
        log.record(session, "records of signing in erased", "accounts", by=None, number=number)
    return number
