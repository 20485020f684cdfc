"""A database for what happens at once."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from backend.core.db import Database, make_engine
from tests.conftest import migrate


@pytest.fixture
def shared(migrated: Engine, request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Database]:
    """A database of its own, in which things are really committed."""
    if migrated.dialect.name == "sqlite":
        url = f"sqlite:///{tmp_path}/limits.db"
    else:
        server = make_url(request.getfixturevalue("postgresql").get_uri())
        with migrated.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("DROP DATABASE IF EXISTS limits WITH (FORCE)"))
            connection.execute(text("CREATE DATABASE limits"))
        url = server.set(database="limits").render_as_string(hide_password=False)
    migrate(engine := make_engine(url))
    engine.dispose()
    database = Database(url)
    yield database
    database.engine.dispose()
