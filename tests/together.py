"""Things that happen in the same moment, each in a transaction of its own that is really committed."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from sqlmodel import Session

from backend.core.db import Database
from backend.core.errors import Refusal

TOGETHER = 6


def at_once(database: Database, *acts: Callable[[Session], object]) -> list[object]:
    """Do each of the acts; what they give, where a refusal gives its name."""
    gate = Barrier(len(acts))

    def run(act: Callable[[Session], object]) -> object:
        gate.wait()
        try:
            with database.transaction() as session:
                return act(session)
        except Refusal as refusal:
            return type(refusal).__name__

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def together(database: Database, act: Callable[[Session, int], object], times: int = TOGETHER) -> list[object]:
    """Do one act so many times; each is told its number."""

    def numbered(number: int) -> Callable[[Session], object]:
        return lambda session: act(session, number)

    return at_once(database, *map(numbered, range(times)))
