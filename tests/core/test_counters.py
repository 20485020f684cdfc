"""Kept counts: added at the very end, and only for what really happened."""

import pytest
from sqlmodel import Session

from backend.core import counters
from backend.core.db import Database


def test_counts_add_up_when_the_transaction_ends_well(database: Database, session: Session) -> None:
    for _ in range(2):
        with database.transaction() as own:
            counters.add(own, "points:1:a", 2)
            counters.add(own, "points:1:a")
            counters.add(own, "points:1:b", -1)
    assert counters.read(session, "points:1:") == {"a": 6, "b": -2}


def test_a_prefix_is_taken_literally(database: Database, session: Session) -> None:
    with database.transaction() as own:
        counters.add(own, "a_b:x")
        counters.add(own, "axb:y")
        counters.add(own, "a%:z")
    assert counters.read(session, "a_b:") == {"x": 1}
    assert counters.read(session, "a%") == {":z": 1}


def test_what_is_rolled_back_is_not_counted(database: Database, session: Session) -> None:
    with pytest.raises(RuntimeError), database.transaction() as own:
        counters.add(own, "x")
        raise RuntimeError
    assert counters.read(session, "x") == {}


def test_a_savepoint_that_fails_takes_only_its_own_counts_with_it(database: Database, session: Session) -> None:
    with database.transaction() as own:
        counters.add(own, "x:before")
        with own.begin_nested():
            counters.add(own, "x:kept")
        failed = own.begin_nested()
        counters.add(own, "x:before")
        counters.add(own, "x:lost")
        failed.rollback()
        counters.add(own, "x:after")
    assert counters.read(session, "x:") == {"before": 1, "kept": 1, "after": 1}
