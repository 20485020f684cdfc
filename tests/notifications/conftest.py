"""A database in which things are really committed, for tests with several processes or with the page cache."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from backend.core.db import Database

SERIAL = count(1)


@pytest.fixture
def own(migrated: Engine, tmp_path: Path) -> Iterator[Database]:
    """A copy of the migrated database, on each engine in turn."""
    if migrated.dialect.name == "sqlite":
        file = tmp_path / "own.db"
        assert migrated.url.database
        with closing(sqlite3.connect(migrated.url.database)) as source, closing(sqlite3.connect(file)) as copy:
            source.backup(copy)
        database = Database(f"sqlite:///{file}")
        yield database
        database.engine.dispose()
        return
    name = f"own_{next(SERIAL)}"
    migrated.dispose()  # a database is copied while nobody is connected to it
    server = migrated.execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE {name} TEMPLATE "{migrated.url.database}"'))
    database = Database(migrated.url.set(database=name).render_as_string(hide_password=False))
    yield database
    database.engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
