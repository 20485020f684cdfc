"""The `pilot` command."""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated

import structlog
import typer
import uvicorn
from alembic.util import CommandError
from pydantic import ValidationError
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError
from sqlmodel import Session

from backend import worker as working
from backend.accounts import appointing, second_factor, sessions, sign_in, staff_provider
from backend.audit import log
from backend.comments import verifying as comments
from backend.core import logs, running, schema
from backend.core.config import Settings, settings
from backend.core.db import Database
from backend.core.errors import Refusal
from backend.core.running import CannotRun
from backend.notifications import delivery
from backend.notifications import queries as outbox
from backend.pages import verifying as pages
from backend.people import addresses, queries
from backend.people.models import Person, StaffRole
from backend.publishing import verifying as publishing
from backend.releases import verifying as releases
from seed import demo as demonstration
from seed import loading

app = typer.Typer(
    help="Run and look after the pilot.", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False
)
LOG = structlog.get_logger()

DEMO_ACCOUNTS = {
    "moderator@authority.example": "moderator",
    "releaser@authority.example": "releaser and moderator",
    "safeguarding@authority.example": "safeguarding lead",
    "admin@authority.example": "administrator",
    "lead@brightplay.example": "lead of Brightplay (online games)",
    "member@brightplay.example": "member of Brightplay",
    "lead@openfeed.example": "lead of Openfeed (video sharing)",
    "lead@childrights.example": "lead of a children’s charity",
    "specialist@uni.example": "independent specialist",
}

Port = Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)]
Host = Annotated[str, typer.Option(help="The address to listen on; 0.0.0.0 for all.")]


@app.callback()
def prepare() -> None:
    """Read the settings and start the log."""
    with in_words():
        logs.configure()


@app.command()
def serve(port: Port = 8000, host: Host = "127.0.0.1", processes: int = 1) -> None:
    """Serve the site."""
    with in_words():
        running.must_be_free(host, port)
        _assume(BASE_URL=f"http://localhost:{port}")
        ready_database()
        print(f"Serving {settings().base_url}", flush=True)
        _listen(host, port, processes)


@app.command()
def migrate() -> None:
    """Bring the database up to date."""
    with in_words():
        schema.migrate(database().engine)
        print("The database is up to date.")


@app.command()
def seed() -> None:
    """Load the schemes and frameworks; changes nothing that is there already."""
    with in_words(), ready_database().transaction() as session:
        print(*loading.load(session), sep="\n")


@app.command()
def demo(port: Port = 8000, host: Host = "127.0.0.1") -> None:
    """Fill a believable running pilot and serve it, with a sign-in link for each kind of user."""
    with in_words():
        if settings().environment == "production":
            raise CannotRun("The demonstration invents people and points: it does not run in production.")
        running.must_be_free(host, port)
        os.environ["DEMO"] = "on"
        _assume(BASE_URL=f"http://localhost:{port}", WORKER_IN_WEB="on")
        schema.migrate(database().engine)
        with database().transaction() as session:
            is_new = queries.find_person(session, next(iter(DEMO_ACCOUNTS))) is None
            print(*demonstration.fill(session), sep="\n")
            if is_new:
                delivery.note_all_sent(session)
        print(f"\nServing {settings().base_url}\n\nSign in as one of these, by a link that works once, today:")
        with database().transaction() as session:
            for email, role in DEMO_ACCOUNTS.items():
                print(f"\n  {email}, {role}\n  {_link_for(session, email)}")
        print("\nFor a new link: .venv/bin/pilot sign-in-link EMAIL. To stop: Ctrl+C.\n", flush=True)
        _listen(host, port, processes=1)


@app.command()
def worker(once: Annotated[bool, typer.Option(help="Do what is due now, and end.")] = False) -> None:
    """Deliver mail from the outbox."""
    with in_words():
        if once:
            print(f"{working.work_once(ready_database())} mails taken from the outbox.")
        else:
            working.work_until_stopped(ready_database())


@app.command()
def sign_in_link(email: str) -> None:
    """Print a link that signs this person in, once, in any browser."""
    with in_words(), ready_database().transaction() as session:
        print(_link_for(session, email))


@app.command()
def appoint(
    email: str, role: StaffRole, name: Annotated[str, typer.Option(help="Who they are, if they are new here.")] = ""
) -> None:
    """Give somebody a staff role; the first administrator of a deployment is appointed in this way."""
    with in_words(), ready_database().transaction() as session:
        try:
            appointing.appoint(session, addresses.normalised(email), role, name=name, by=None)
        except Refusal as refusal:
            raise CannotRun(refusal.message) from refusal
        print(f"{email} is now {role}. They sign in at {settings().base_url}/sign-in with a second step.")


@app.command()
def reset_second_step(email: str) -> None:
    """Take away the second factors of somebody who has lost them all; make sure first that it is really them."""
    with in_words(), ready_database().transaction() as session:
        person = _person(session, email)
        second_factor.forget_all(session, person, by=None)
        sessions.close_all(session, person)
        print(f"{email} sets up a new second step at the next sign-in.")


@app.command()
def verify() -> None:
    """Recompute every digest and say which is the first that differs."""
    checks: dict[str, Callable[[Session], str | None]] = {
        "releases and revisions": releases.first_difference,
        "words of points": comments.first_difference,
        "what was published with releases": publishing.first_difference,
        "pages that are owed": pages.first_difference,
        "record of what happened": _first_break,
    }
    with in_words(), ready_database().session() as session:
        for what, first_difference in checks.items():
            found = first_difference(session)
            if found:
                raise CannotRun(f"{what}: {found}")
            print(f"{what}: whole")


@app.command()
def doctor() -> None:
    """Say whether the settings, the database and the outbox are in order."""
    with in_words():
        print(f"settings: {settings().environment}, mail by {settings().mailer}, {settings().base_url}")
        with ready_database().session() as session:
            print("database: up to date")
            waiting, parked = outbox.waiting_and_parked(session)
        print(f"outbox: {waiting} waiting, {parked} parked after too many failures")
        print(_about_work_accounts())


def database() -> Database:
    """The database of the settings."""
    return Database(settings().database_url)


def ready_database() -> Database:
    """The database, if the migrations have made it what this code expects. Raises CannotRun."""
    found = database()
    found.engine.connect().close()
    if not schema.is_current(found):
        raise CannotRun("The database is not ready. Run `pilot migrate` first.")
    return found


@contextmanager
def in_words() -> Iterator[None]:
    """What goes wrong is said in words, with exit status 1."""
    try:
        yield
    except CannotRun as problem:
        _fail(str(problem))
    except ValidationError as problem:
        if problem.title != Settings.__name__:
            raise
        _fail(running.about_settings(problem))
    except CommandError as problem:
        _fail(
            f"The database was made by another version of the platform ({problem}). Use that version or an empty one."
        )
    except ArgumentError:
        _fail("DATABASE_URL is not the address of a database, such as sqlite:///var/pilot.db.")
    except DatabaseError as problem:
        if type(problem) not in (OperationalError, DatabaseError):
            raise
        _fail(running.about_database(problem, database().url))
    except OSError as problem:
        if problem.filename is None:
            raise
        _fail(f"{problem.filename} cannot be used: {problem.strerror}. Run as a user who may, or set DATABASE_URL.")


def _fail(words: str) -> None:
    typer.echo(words, err=True)
    raise typer.Exit(1)


def _assume(**otherwise: str) -> None:
    """Settings to go by where the environment says nothing."""
    for name, value in otherwise.items():
        os.environ.setdefault(name, value)
    settings.cache_clear()


def _listen(host: str, port: int, processes: int) -> None:
    """Requests are not logged: an address may hold a secret."""
    uvicorn.run(
        "backend.main:create_app",
        factory=True,
        host=host,
        port=port,
        workers=processes,
        loop="auto",
        http="auto",
        access_log=False,
        server_header=False,
        forwarded_allow_ips=settings().forwarded_allow_ips,
        log_level="warning",
        timeout_graceful_shutdown=5,
    )


def _link_for(session: Session, email: str) -> str:
    return sign_in.link_from_command_line(session, _person(session, email))


def _person(session: Session, email: str) -> Person:
    person = queries.find_person(session, email)
    if person is None or person.closed_at is not None:
        raise CannotRun(f"Nobody with the address {email} has an open account.")
    return person


def _about_work_accounts() -> str:
    """Whether the provider of work accounts answers and is the one of the settings."""
    if not staff_provider.is_configured():
        return "work accounts: none; staff sign in by mail and a second step"
    try:
        staff_provider.provider().keys()
    except staff_provider.ProviderSilent as problem:
        raise CannotRun(
            f"work accounts: {settings().oidc_issuer} does not answer as an OpenID Connect provider of that name."
        ) from problem
    return f"work accounts: {settings().oidc_issuer} answers"


def _first_break(session: Session) -> str | None:
    event = log.first_break(session)
    return f"event {event.id} ({event.action}) does not follow from the one before it" if event else None


if __name__ == "__main__":
    app()
