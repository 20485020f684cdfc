"""The shape of the database: brought up to date by migrations, and checked before anything is served."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Engine
from sqlalchemy.exc import SQLAlchemyError

from backend.core.db import Database

ROOT = Path(__file__).resolve().parents[2]


def configuration() -> Config:
    """Where the migrations are, whatever the current folder."""
    config = Config(ROOT / "alembic.ini")
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def migrate(engine: Engine, to: str = "head") -> None:
    """Bring the database to a revision. Raises CommandError where a newer version of the code has made it."""
    config = configuration()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        if to == "base":
            command.downgrade(config, to)
        else:
            command.upgrade(config, to)


def is_current(database: Database) -> bool:
    """Whether the database answers and stands at the last migration of this code."""
    wanted = set(ScriptDirectory.from_config(configuration()).get_heads())
    try:
        with database.session() as session:
            return set(MigrationContext.configure(session.connection()).get_current_heads()) == wanted
    except SQLAlchemyError:
        return False
