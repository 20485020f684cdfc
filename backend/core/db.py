"""The database: one engine, and one session a request."""

import re
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import contextmanager
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Annotated, Any, TypeVar

import anyio
from fastapi import Depends, Query, Request
from fastapi import Path as InPath
from sqlalchemy import Connection, Engine, Enum, create_engine, event, inspect
from sqlalchemy import Table as SqlTable
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import make_url
from sqlalchemy.orm import declared_attr, make_transient_to_detached
from sqlmodel import Session, SQLModel, select

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SESSIONS_AT_ONCE = 20
SHORT_ONES = 5
"""Connections beyond those, for a short transaction of its own while a request reads: else twenty could wait for a
twenty-first for ever."""

Result = TypeVar("Result")

SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Table(SQLModel):
    """A table is named after its class: `ReleaseEntry` is kept in `release_entry`."""

    @declared_attr.directive
    def __tablename__(cls) -> str:  # noqa: N805  # SQLAlchemy calls it on the class
        return re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


def choice(words: type[StrEnum]) -> Any:
    """A column that keeps one of these words as text."""
    return Enum(words, native_enum=False, length=40, values_callable=lambda known: [word.value for word in known])


def add_once(session: Session, row: SQLModel, *unique: str) -> bool:
    """Insert the row unless there is one with the same values in these unique columns; says whether it was inserted.

    Without columns, a row that is the same in any of its unique columns is enough to keep it out. Of two requests at
    once one inserts, and the other goes on and finds the row. What was inserted belongs to the session, as if it had
    been added and flushed.
    """
    given = {name: getattr(row, name) for name in _columns(type(row))}
    values = {name: value for name, value in given.items() if value is not None}
    key = session.execute(_insert_once(session.get_bind().dialect.name, type(row), unique), values).first()
    if key is None:
        return False
    for name, value in key._mapping.items():
        setattr(row, name, value)
    make_transient_to_detached(row)
    session.add(row)
    return True


def put(
    session: Session,
    model: type[SQLModel],
    rows: Sequence[dict[str, Any]],
    *,
    by: tuple[str, ...],
    new: tuple[str, ...],
) -> None:
    """Insert the rows; where one with the same values in `by` is there, it gets the values of `new` alone."""
    session.execute(_insert_or_update(session.get_bind().dialect.name, model, by, new), rows)


def table_of(model: type[SQLModel]) -> SqlTable:
    """The table itself, for statements that need no object made of a row."""
    return model.__table__  # type: ignore[attr-defined, no-any-return]


@cache
def _columns(model: type[SQLModel]) -> tuple[str, ...]:
    return tuple(column.name for column in table_of(model).columns)


@cache
def _insert_once(dialect: str, model: type[SQLModel], unique: tuple[str, ...]) -> Any:
    table = table_of(model)
    insert = _insert(dialect, table).on_conflict_do_nothing(index_elements=unique or None)
    return insert.returning(*table.primary_key)


@cache
def _insert_or_update(dialect: str, model: type[SQLModel], by: tuple[str, ...], new: tuple[str, ...]) -> Any:
    insert = _insert(dialect, table_of(model))
    return insert.on_conflict_do_update(index_elements=by, set_={name: insert.excluded[name] for name in new})


def _insert(dialect: str, table: SqlTable) -> Any:
    """An INSERT that can say ON CONFLICT, in the words of the database."""
    return (sqlite if dialect == "sqlite" else postgresql).insert(table)


def lock(session: Session, row: SQLModel, **how: Any) -> None:
    """Read the row anew and keep others from changing it until this transaction ends.

    `how` is as in `with_for_update`.

    What is not written yet is written first. Reads the row's own table alone, because PostgreSQL locks no outer join.
    """
    model = type(row)
    key = inspect(model).primary_key
    statement = select(model).where(*(column == getattr(row, column.key) for column in key))
    session.exec(statement.with_for_update(**how).execution_options(populate_existing=True)).one()


class Database:
    """Where sessions come from: an engine, or in tests one connection whose outer transaction is rolled back."""

    def __init__(self, url: str, connection: Connection | None = None) -> None:
        self.url = make_url(url)
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self.engine = connection.engine if connection else make_engine(url)
        self.connection = connection

    def session(self, *, writes: bool = False) -> Session:
        """A session, which begins when it is first used.

        With `writes` it begins by taking SQLite's write lock, so that it never has to upgrade a read.
        """
        if self.connection is not None:
            return Session(self.connection, join_transaction_mode="create_savepoint")
        return Session(self.engine.execution_options(sqlite_begin="IMMEDIATE") if writes else self.engine)

    @contextmanager
    def transaction(self) -> Iterator[Session]:
        """A session that commits when the block ends well and rolls back when it raises."""
        with self.session(writes=True) as session:
            yield session
            session.commit()


def make_engine(url: str) -> Engine:
    """An engine with foreign keys enforced, and on SQLite with WAL and transactions that begin when we say so."""
    parsed = make_url(url)
    if parsed.get_backend_name() != "sqlite":
        return create_engine(url, pool_size=SESSIONS_AT_ONCE, max_overflow=SHORT_ONES)
    if parsed.database:
        Path(parsed.database).parent.mkdir(parents=True, exist_ok=True)
    engine = create_engine(url, pool_size=SESSIONS_AT_ONCE, max_overflow=SHORT_ONES)

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _: object) -> None:
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "foreign_keys=ON", "busy_timeout=10000", "synchronous=FULL"):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        connection.exec_driver_sql("BEGIN " + connection.get_execution_options().get("sqlite_begin", "DEFERRED"))

    return engine


async def a_turn(request: Request) -> AsyncIterator[None]:
    """Wait without holding a thread: only so many requests hold a session, and on SQLite one of them writes."""
    async with request.app.state.room:
        if request.app.state.database.is_sqlite and request.method not in SAFE_METHODS:
            async with request.app.state.pen:
                yield
        else:
            yield


async def get_session(
    request: Request, _: Annotated[None, Depends(a_turn, scope="function")]
) -> AsyncIterator[Session]:
    """The request's transaction: committed before the response leaves, rolled back when anything raises.

    It begins in the thread that first uses it, and one thread ends it: each way into a thread and back takes time.
    """
    writes = request.method not in SAFE_METHODS
    session = request.app.state.database.session(writes=writes)
    try:
        yield session
        if writes:
            await anyio.to_thread.run_sync(session.commit)
    finally:
        if session.in_transaction():
            with anyio.CancelScope(shield=True):
                await anyio.to_thread.run_sync(session.close)


async def done_first(request: Request, act: Callable[[Session], Result]) -> Result:
    """Do something in a short transaction of its own, before that of the request begins; to be called within `a_turn`.

    On SQLite it waits here for its turn to write, without holding a thread; a request that writes has it already.
    """
    database: Database = request.app.state.database

    def in_a_thread() -> Result:
        with database.transaction() as own:
            return act(own)

    if database.is_sqlite and request.method in SAFE_METHODS:
        async with request.app.state.pen:
            return await anyio.to_thread.run_sync(in_a_thread)
    return await anyio.to_thread.run_sync(in_a_thread)


RowNumber = Annotated[int, Query(ge=0, le=2**31 - 1)]
"""The id of a row in the query of an address, such as the one after which a page begins."""

Number = Annotated[int, InPath(ge=0, le=2**31 - 1)]
"""The id of a row, or another number that the database can hold, in the path of an address."""

SessionDep = Annotated[Session, Depends(get_session, scope="function")]


def open_queues(app: Any) -> None:
    """Make the places that requests wait for; called inside the running event loop."""
    app.state.room = anyio.CapacityLimiter(SESSIONS_AT_ONCE)
    app.state.pen = anyio.Lock()
