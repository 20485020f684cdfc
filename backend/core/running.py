"""What a command needs before it can run, and how it says what is missing."""

import socket

from pydantic import ValidationError
from sqlalchemy.engine import URL
from sqlalchemy.exc import DatabaseError


class CannotRun(Exception):  # noqa: N818  # named as the fact
    """The command cannot do its work; the message says why and what to do."""


def about_settings(problem: ValidationError) -> str:
    """Which settings are wrong and why; not their values, which may be secrets."""
    mistakes = [" ".join([*(str(part).upper() for part in error["loc"]), error["msg"]]) for error in problem.errors()]
    return "The settings are not right: " + "; ".join(mistakes)


def about_database(problem: DatabaseError, url: URL) -> str:
    """Why the database at this address does not do what it should."""
    where = url.render_as_string(hide_password=True)
    if "locked" in str(problem.orig):
        return f"The database {where} is in use by another program. Stop it, or set DATABASE_URL to another one."
    return f"The database {where} does not answer: {str(problem.orig).splitlines()[0]}"


def must_be_free(host: str, port: int) -> None:
    """Make sure that a server can listen there. Raises CannotRun."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except PermissionError:
            raise CannotRun(f"Port {port} needs more rights than you have. Choose one above 1023.") from None
        except OSError:
            raise CannotRun(
                f"Port {port} is in use. Stop the program that uses it, or choose another: make run PORT={port + 1}"
            ) from None
