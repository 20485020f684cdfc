"""Journeys in a real browser, on a live server with the demonstration's data."""

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from backend.core.db import Database, make_engine
from seed import demo
from tests.bench.servers import listening
from tests.browser.walking import Walker
from tests.conftest import migrate

FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-default-apps",
    "--disable-sync",
    "--no-first-run",
    "--disable-domain-reliability",
    "--disable-features=OptimizationHints,MediaRouter,Translate,AutofillServerCommunication",
    "--proxy-server=http://127.0.0.1:9",  # whatever asks for another site fails at once
    "--proxy-bypass-list=127.0.0.1;localhost",
]
CHROMIUM = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """The browser of the machine, else Playwright's own; in both nothing leaves the machine."""
    installed = next(filter(None, map(shutil.which, CHROMIUM)), None)
    chosen = {"executable_path": installed} if installed else {}
    return {**browser_type_launch_args, **chosen, "args": FLAGS}


@pytest.fixture(scope="session")
def demo_database(
    migrated: Engine, request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of a database that holds the demonstration; tests use copies of it."""
    if migrated.dialect.name == "sqlite":
        url = f"sqlite:///{tmp_path_factory.mktemp('demo')}/demo.db"
    else:
        url = request.getfixturevalue("postgresql").get_uri()
        with migrated.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("CREATE DATABASE demo"))
        url = make_url(url).set(database="demo").render_as_string(hide_password=False)
    database = Database(url)
    migrate(database.engine)
    with database.transaction() as session:
        demo.fill(session)
    database.engine.dispose()  # PostgreSQL copies a database only while nobody is in it
    yield url


@pytest.fixture
def own_database(demo_database: str, migrated: Engine, tmp_path: Path) -> Iterator[Database]:
    """A copy of the demonstration for one test, whose changes are really committed."""
    parsed = make_url(demo_database)
    if parsed.get_backend_name() == "sqlite":
        demo_engine = make_engine(demo_database)
        with demo_engine.connect() as connection:
            driver: Any = connection.connection.driver_connection
            driver.execute("VACUUM INTO ?", (str(tmp_path / "own.db"),))
        demo_engine.dispose()
        database = Database(f"sqlite:///{tmp_path}/own.db")
        yield database
        database.engine.dispose()
        return
    with migrated.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("DROP DATABASE IF EXISTS own WITH (FORCE)"))
        connection.execute(text("CREATE DATABASE own TEMPLATE demo"))
    database = Database(parsed.set(database="own").render_as_string(hide_password=False))
    yield database
    database.engine.dispose()


@pytest.fixture
def site(own_database: Database) -> Iterator[str]:
    """The address of a server on that copy, with the page cache at work."""
    with listening(own_database, cache_megabytes=16) as port:
        yield f"http://localhost:{port}"


@pytest.fixture(params=[True, False], ids=["with scripts", "without scripts"])
def scripts(request: pytest.FixtureRequest, migrated: Engine) -> bool:
    """Every journey is walked twice: with scripts and without, on each database or on one of them each."""
    return migrated.dialect.name == "sqlite" if request.param is None else bool(request.param)


@pytest.fixture
def walker(browser: Browser, site: str, own_database: Database, scripts: bool) -> Iterator[Walker]:
    """Someone who walks through the site; every page they see is checked."""
    context = browser.new_context(base_url=site, java_script_enabled=scripts, viewport={"width": 1280, "height": 900})
    walker = Walker(context.new_page(), site, own_database, scripts=scripts)
    yield walker
    context.close()
    walker.nothing_went_wrong()
