"""The `pilot` command: it works on an empty folder, and says in words why it cannot."""

import re
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlmodel import select
from typer.testing import CliRunner, Result

from backend import cli
from backend.accounts import sessions, staff_provider
from backend.accounts.models import Passkey, RecoveryCode
from backend.core import running, schema
from backend.core.config import settings
from backend.core.db import make_engine
from backend.notifications.models import OutboxMessage
from backend.people.models import Person, WebSession
from tests import factories
from tests.accounts.work_provider import WorkProvider


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator["Command"]:
    """The command, on a database of its own."""
    monkeypatch.setenv("DATABASE_URL", f"sqlite:///{tmp_path}/pilot.db")
    monkeypatch.setenv("BASE_URL", "http://localhost:8000")
    settings.cache_clear()
    opened: list[cli.Database] = []

    def database() -> cli.Database:
        opened.append(cli.Database(settings().database_url))
        return opened[-1]

    monkeypatch.setattr(cli, "database", database)
    yield Command()
    for one in opened:
        one.engine.dispose()
    settings.cache_clear()


class Command:
    """Runs `pilot …` and keeps what it said."""

    result: Result

    def __call__(self, *words: str) -> str:
        """Run the command; the answer is what it said, on one line."""
        self.result = CliRunner().invoke(cli.app, words)
        assert "Traceback" not in self.result.output
        return " ".join(self.result.output.split())


def test_commands_ask_for_migrations_first(run: Command) -> None:
    for words in (["serve"], ["seed"], ["verify"], ["worker", "--once"], ["sign-in-link", "a@b.example"], ["doctor"],
                  ["appoint", "a@b.example", "administrator"], ["reset-second-step", "a@b.example"]):  # fmt: skip
        assert "Run `pilot migrate` first" in run(*words)
        assert run.result.exit_code == 1


def test_a_link_is_made_for_those_who_have_an_account(run: Command) -> None:
    run("migrate")
    with cli.database().transaction() as session:
        factories.make_person(session, email="robin@example.org")
    assert re.fullmatch(r"http://localhost:8000/sign-in/link/[\w-]{43}", run("sign-in-link", "Robin@example.org"))
    assert "Nobody with the address" in run("sign-in-link", "nobody@example.org")
    assert run.result.exit_code == 1


def test_the_first_administrator_is_appointed_from_the_command_line(run: Command) -> None:
    run("migrate")
    assert "is now administrator" in run("appoint", " Ada@Regulator.example ", "administrator", "--name", "Ada Admin")
    assert "second step" in run("appoint", "ada@regulator.example", "safeguarding lead")
    assert "have this role already" in run("appoint", "ada@regulator.example", "administrator")
    assert run.result.exit_code == 1
    assert "email address" in run("appoint", "nonsense", "administrator")
    assert run.result.exit_code == 1
    run("appoint", "ada@regulator.example", "king")
    assert run.result.exit_code == 2
    with cli.database().session() as session:
        (person,) = session.exec(select(Person)).all()
        assert (person.email, person.name) == ("ada@regulator.example", "Ada Admin")
        assert {appointment.role for appointment in person.appointments} == {"administrator", "safeguarding lead"}


def test_somebody_who_lost_everything_can_begin_anew(run: Command) -> None:
    run("migrate")
    with cli.database().transaction() as session:
        staff = factories.make_staff(session)
        email = staff.email
        session.add(Passkey(person_id=staff.id, credential_id="x", public_key="x", name="Lost"))
        session.add(RecoveryCode(person_id=staff.id, digest="x"))
        sessions.open_session(session, staff)
    assert "sets up a new second step" in run("reset-second-step", email)
    with cli.database().session() as session:
        assert session.exec(select(Passkey)).all() == []
        assert session.exec(select(RecoveryCode)).all() == []
        assert session.exec(select(WebSession.revoked_at)).one() is not None
        assert session.exec(select(OutboxMessage.kind)).all() == ["second-step"]
    assert "Nobody with the address" in run("reset-second-step", "nobody@example.org")


def test_the_doctor_asks_the_provider_of_work_accounts(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    run("migrate")
    assert "work accounts: none" in run("doctor")
    provider = WorkProvider()
    for name, value in {"OIDC_ISSUER": provider.issuer, "OIDC_CLIENT_ID": "pilot"}.items():
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    assert f"{provider.issuer} answers" in run("doctor")
    staff_provider._provider_of.cache_clear()
    provider.close()
    assert "does not answer as an OpenID Connect provider" in run("doctor")
    assert run.result.exit_code == 1
    staff_provider._provider_of.cache_clear()


def test_verify_finds_what_was_changed(run: Command) -> None:
    run("migrate")
    with cli.database().transaction() as session:
        factories.make_framework(session)
    assert run("verify").count("whole") == 5
    engine = make_engine(settings().database_url)
    with engine.begin() as connection:
        connection.execute(text("DROP TRIGGER keep_audit_event_update"))
        connection.execute(text("UPDATE audit_event SET subject = 'something else' WHERE id = 2"))
    engine.dispose()
    assert "event 2" in run("verify")
    assert run.result.exit_code == 1


def test_a_port_in_use_is_said_in_words(run: Command) -> None:
    run("migrate")
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        assert f"Port {port} is in use" in run("serve", "--port", str(port))
        assert f"Port {port} is in use" in run("demo", "--port", str(port))
    assert run.result.exit_code == 1


def test_a_database_of_another_version_is_said_in_words(run: Command) -> None:
    run("migrate")
    engine = make_engine(settings().database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'from_the_future'"))
    engine.dispose()
    assert "made by another version" in run("migrate")


def test_a_database_that_is_locked_is_said_in_words(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    run("migrate")
    engine = make_engine(settings().database_url)

    def impatient(*_: object) -> None:
        with engine.connect() as other:
            other.exec_driver_sql("PRAGMA busy_timeout = 1")
            other.exec_driver_sql("CREATE TABLE x (y)")

    with engine.connect().execution_options(sqlite_begin="EXCLUSIVE") as holding:
        holding.execute(text("SELECT 1"))
        monkeypatch.setattr(schema, "migrate", impatient)
        assert "in use by another program" in run("migrate")
    engine.dispose()


@pytest.mark.parametrize(
    ("setting", "value", "words"),
    [
        ("DATABASE_URL", "nonsense", "not the address of a database"),
        ("DATABASE_URL", "postgresql://127.0.0.1:9/x", "does not answer"),
        ("SMTP_PORT", "many", "SMTP_PORT Input should be a valid integer"),
        ("ENVIRONMENT", "production", "SECRET_KEY must be set"),
    ],
)
def test_a_wrong_setting_is_said_in_words(
    run: Command, monkeypatch: pytest.MonkeyPatch, setting: str, value: str, words: str
) -> None:
    monkeypatch.setenv(setting, value)
    settings.cache_clear()
    assert words in run("migrate")
    assert run.result.exit_code == 1


def test_the_demonstration_does_not_run_in_production(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ENVIRONMENT": "production", "SECRET_KEY": "x" * 40, "BASE_URL": "https://pilot.example", "MAILER": "smtp",
        "AUTHORITY_NAME": "The Regulator", "CONTACT_EMAIL": "contact@regulator.example",
        "MAIL_FROM": "pilot@regulator.example",
    }.items():  # fmt: skip
        monkeypatch.setenv(name, value)
    settings.cache_clear()
    assert "does not run in production" in run("demo")


def test_the_demonstration_prints_a_link_for_each_account(run: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    served: list[int] = []
    monkeypatch.setattr(cli, "_listen", lambda host, port, processes: served.append(port))
    monkeypatch.setattr(running, "must_be_free", lambda host, port: None)
    monkeypatch.setenv("DEMO", "on")
    monkeypatch.setenv("WORKER_IN_WEB", "on")
    for _ in range(2):
        said = run("demo")
        for email in cli.DEMO_ACCOUNTS:
            assert email in said
        assert said.count("http://localhost:8000/sign-in/link/") == len(cli.DEMO_ACCOUNTS)
    assert served == [8000, 8000]
    with cli.database().session() as session:
        assert cli.outbox.waiting_and_parked(session) == (0, 1), "one mail is parked, to be seen by administrators"
