"""Counts of how often somebody does something, kept in our own database for the library that judges them."""

from datetime import datetime, timedelta
from functools import cache
from typing import Any

from limits.storage import Storage
from sqlalchemy import bindparam, case, delete
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import SQLAlchemyError
from sqlmodel import Session, col, select

from backend.accounts.models import LimitCount
from backend.core import clock
from backend.core.db import table_of


class CountsInDatabase(Storage):
    """The counts, as seen in one session; what is counted stays counted when the session commits."""

    STORAGE_SCHEME = None
    base_exceptions = SQLAlchemyError

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count, and say the new count. One statement does it, so that none of twenty at once is lost."""
        now = clock.now()
        given = {"key": key, "amount": amount, "now": now, "until": now + timedelta(seconds=expiry)}
        counted: int = self.session.execute(_upsert(self.session.get_bind().dialect.name), given).scalar_one()
        return counted

    def get(self, key: str) -> int:
        """The count; 0 where it is over or was never begun."""
        found = self._find(key)
        return found[0] if found else 0

    def get_expiry(self, key: str) -> float:
        """When the count will be over, in seconds since 1970; now where there is none."""
        found = self._find(key)
        return (found[1] if found else clock.now()).timestamp()

    def check(self) -> bool:
        """Whether counts can be kept: as long as the database answers."""
        return self.session.execute(select(1)).scalar() == 1

    def reset(self) -> int | None:
        """Forget every count."""
        self.session.execute(delete(LimitCount))
        return None

    def clear(self, key: str) -> None:
        """Forget this count."""
        self.session.execute(delete(LimitCount).where(col(LimitCount.key) == key))

    def forget_ended(self) -> None:
        """Forget the counts that are over."""
        self.session.execute(delete(LimitCount).where(col(LimitCount.until) <= clock.now()))

    def _find(self, key: str) -> tuple[int, datetime] | None:
        running = (LimitCount.key == key, col(LimitCount.until) > clock.now())
        return self.session.exec(select(LimitCount.used, LimitCount.until).where(*running)).first()


@cache
def _upsert(dialect: str) -> Any:
    """Begin a count, or add to the one that runs, or begin anew where it is over."""
    table = table_of(LimitCount)
    insert = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    is_over = table.c.until <= bindparam("now", type_=table.c.until.type)
    amount = bindparam("amount", type_=table.c.used.type)
    return (
        insert.values(key=bindparam("key"), used=amount, until=bindparam("until", type_=table.c.until.type))
        .on_conflict_do_update(
            index_elements=[table.c.key],
            set_={
                "used": case((is_over, insert.excluded.used), else_=table.c.used + insert.excluded.used),
                "until": case((is_over, insert.excluded.until), else_=table.c.until),
            },
        )
        .returning(table.c.used)
    )
