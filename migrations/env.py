"""Runs migrations, with our triggers out of the way before and in place after.

SQLite can rebuild a table only while no trigger names it and foreign keys are off, which has to be said before the
transaction begins. So each upgrade drops the triggers, migrates, installs them again and checks every foreign key.
"""

from alembic import context
from sqlalchemy import Connection, Enum, text
from sqlmodel import SQLModel

import backend.main  # noqa: F401  # so that every table is known
from backend.core import append_only
from backend.core.config import settings
from backend.core.db import Database
from backend.releases.content import Canonical


def in_plain_types(kind: str, item: object, _: object) -> str | bool:
    """Write a migration without our own types, so that it goes on working when they change."""
    if kind == "type" and isinstance(item, Canonical):
        return "sa.Text()"
    if kind == "type" and isinstance(item, Enum):
        return f"sa.String(length={item.length})"
    return False


def migrate(connection: Connection) -> None:
    """Run the migrations in one transaction on this connection. Raises RuntimeError on a broken foreign key."""
    sqlite = connection.dialect.name == "sqlite"
    if sqlite:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = OFF")
    with connection.begin():
        append_only.drop(connection)
        context.configure(
            connection=connection,
            target_metadata=SQLModel.metadata,
            render_as_batch=True,
            compare_type=True,
            render_item=in_plain_types,
            transactional_ddl=True,
        )
        context.run_migrations()
        append_only.install(connection)
        if sqlite and (broken := connection.execute(text("PRAGMA foreign_key_check")).fetchall()):
            raise RuntimeError(f"broken foreign keys: {broken}")
    if sqlite:
        connection.connection.driver_connection.execute("PRAGMA foreign_keys = ON")


given: Connection | None = context.config.attributes.get("connection")
if given is not None:
    migrate(given)
else:
    with Database(settings().database_url).engine.connect() as own:
        migrate(own)
