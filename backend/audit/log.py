"""Writing the record of what happened, and checking that nobody has changed it."""

from typing import Any

from sqlalchemy import event, insert, text
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Session, col, select

from backend.audit.models import AuditEvent
from backend.core import clock, counters, tokens
from backend.core.db import table_of
from backend.people.models import Person

BEGINNING = "0" * 64
CHAIN_LOCK = 7_462_001
"""The number of the PostgreSQL advisory lock under which the chain grows."""

LAST = select(AuditEvent.digest).order_by(col(AuditEvent.id).desc()).limit(1)
APPEND = insert(table_of(AuditEvent))


def record(session: Session, action: str, subject: str, *, by: Person | None, **detail: Any) -> None:
    """Note what was done, to what and by whom; it joins the chain at the very end of this transaction.

    The detail is kept for ever, so it names no person and quotes nobody.
    """
    event = {
        "at": clock.now(),
        "action": action,
        "actor_id": by.id if by else None,
        "subject": subject,
        "detail": tokens.canonical(detail),
    }
    session.info.setdefault("audit", []).append(event)


@event.listens_for(AnySession, "before_commit")
def extend_chain(session: AnySession) -> None:
    """Last of all, after the counters, so that nobody waits for the chain while holding it back from others."""
    if session.in_nested_transaction():
        return
    counters.write_counters(session)
    events: list[dict[str, Any]] = session.info.pop("audit", [])
    if not events:
        return
    session.flush()
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": CHAIN_LOCK})
    previous = session.execute(LAST).scalar() or BEGINNING
    rows = []
    for facts in events:
        digest = _digest(previous, facts)
        rows.append({**facts, "previous": previous, "digest": digest})
        previous = digest
    session.execute(APPEND, rows)


@event.listens_for(AnySession, "after_transaction_create")
def remember_events(session: AnySession, transaction: SessionTransaction) -> None:
    """A savepoint starts with what has happened so far."""
    if transaction.nested:
        session.info.setdefault("audit before", {})[transaction] = list(session.info.get("audit", []))


@event.listens_for(AnySession, "after_soft_rollback")
def forget_events(session: AnySession, transaction: SessionTransaction) -> None:
    """What was rolled back did not happen; what came before the savepoint did."""
    session.info["audit"] = session.info.get("audit before", {}).get(transaction, [])


@event.listens_for(AnySession, "after_transaction_end")
def drop_remembered_events(session: AnySession, transaction: SessionTransaction) -> None:
    """The whole transaction is over, and with it its savepoints."""
    if transaction.parent is None:
        session.info.pop("audit before", None)


def first_break(session: Session) -> AuditEvent | None:
    """The first event that does not follow from the one before it, or None if the chain is whole."""
    previous = BEGINNING
    with session.exec(select(AuditEvent).order_by(col(AuditEvent.id)).execution_options(yield_per=1000)) as rows:
        for row in rows:
            facts = {name: getattr(row, name) for name in ("at", "action", "actor_id", "subject", "detail")}
            if row.previous != previous or row.digest != _digest(previous, facts):
                return row
            previous = row.digest
    return None


def _digest(previous: str, facts: dict[str, Any]) -> str:
    return tokens.digest(tokens.canonical([previous, {**facts, "at": facts["at"].isoformat()}]))
