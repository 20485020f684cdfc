"""Kept counts. They are hot rows, so they are written at the very end of a transaction, in one order for everyone."""

from collections import Counter as Amounts

from sqlalchemy import event, text
from sqlalchemy.orm import Session as AnySession
from sqlalchemy.orm import SessionTransaction
from sqlmodel import Field, Session, col, select

from backend.core.db import Table

ADD = text(
    "INSERT INTO counter (name, value) VALUES (:name, :amount) "
    "ON CONFLICT (name) DO UPDATE SET value = counter.value + :amount"
)


class Counter(Table, table=True):
    """One count under one name, such as `points:round:1:entry:7:published`."""

    name: str = Field(primary_key=True)
    value: int = 0


def add(session: Session, name: str, amount: int = 1) -> None:
    """Add to a count when this transaction commits."""
    session.info.setdefault("counters", Amounts())[name] += amount


def read(session: Session, prefix: str) -> dict[str, int]:
    """Every count whose name starts with the prefix, by the rest of its name."""
    rows = session.exec(select(Counter).where(col(Counter.name).startswith(prefix, autoescape=True)))
    return {row.name.removeprefix(prefix): row.value for row in rows}


@event.listens_for(AnySession, "before_commit")
def write_counters(session: AnySession) -> None:
    """Last but one: only the audit chain comes after. A savepoint that ends well is not the end."""
    if session.in_nested_transaction():
        return
    amounts: Amounts[str] = session.info.pop("counters", Amounts())
    if rows := [{"name": name, "amount": amount} for name, amount in sorted(amounts.items()) if amount]:
        session.execute(ADD, rows)


@event.listens_for(AnySession, "after_transaction_create")
def remember_counters(session: AnySession, transaction: SessionTransaction) -> None:
    """A savepoint starts with what has been counted so far."""
    if transaction.nested:
        session.info.setdefault("counters before", {})[transaction] = Amounts(session.info.get("counters", {}))


@event.listens_for(AnySession, "after_soft_rollback")
def forget_counters(session: AnySession, transaction: SessionTransaction) -> None:
    """What was rolled back is not counted; what came before the savepoint still is."""
    session.info["counters"] = Amounts(session.info.get("counters before", {}).get(transaction, {}))


@event.listens_for(AnySession, "after_transaction_end")
def drop_remembered_counters(session: AnySession, transaction: SessionTransaction) -> None:
    """The whole transaction is over, and with it its savepoints."""
    if transaction.parent is None:
        session.info.pop("counters before", None)
