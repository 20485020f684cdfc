"""What servers say, and what becomes of the mail: a refusal for good parks it at once, after any other it waits."""

from collections.abc import Callable
from typing import Any

import pytest
from sqlmodel import Session

from backend.core import clock
from backend.core.config import settings
from backend.core.db import Database
from backend.notifications import delivery, faults, mailers, stopping
from backend.notifications.models import OutboxMessage
from tests import factories
from tests.notifications.servers import mail_server, notify_server

KEY = "pilot-26785a09-ab16-4eb0-8407-a37497a57506-3d844edf-8d35-48ac-975b-e847b4f122b0"
"""Looks like a key of GOV.UK Notify: a name, the service's number and a secret."""

Choose = Callable[..., None]


@pytest.fixture
def choose(monkeypatch: pytest.MonkeyPatch) -> Choose:
    """Send mail with these settings."""

    def chosen(**changes: Any) -> None:
        mail = settings().model_copy(update=changes)
        monkeypatch.setattr(mailers, "settings", lambda: mail)

    return chosen


def written(session: Session, kind: str = "note") -> OutboxMessage:
    """A mail that waits."""
    person = factories.make_person(session, email="robin@example.org")
    mail = OutboxMessage(
        to=person.email, person_id=person.id, kind=kind, subject="Hello – ŵ", text="Words\n", dedupe="x"
    )
    session.add(mail)
    session.commit()
    return mail


def after_one_try(session: Session, database: Database, mail: OutboxMessage) -> OutboxMessage:
    """The mail as it stands after the worker has tried once."""
    assert delivery.deliver(database, mailers.mailer()) == 1
    session.commit()
    session.refresh(mail)
    return mail


def test_a_mail_server_gets_text_and_html_with_the_way_to_stop(
    session: Session, database: Database, choose: Choose
) -> None:
    mail = written(session, "digest")
    with mail_server() as (port, taken):
        choose(mailer="smtp", smtp_host="127.0.0.1", smtp_port=port)
        assert after_one_try(session, database, mail).sent_at
    [(key, to, got)] = taken.mails
    assert key == f"<outbox-{mail.id}@localhost>"
    assert to == "robin@example.org"
    assert got["Subject"] == "Hello – ŵ"
    assert got.get_content_type() == "multipart/alternative"
    assert [part.get_content_type() for part in got.iter_parts()] == ["text/plain", "text/html"]
    assert got["List-Unsubscribe"] == f"<{stopping.address(mail)}>"


@pytest.mark.parametrize(
    ("answer", "parked"),
    [("550 5.1.1 No such robin@example.org here", "SMTPRecipientsRefused 550"),
     ("450 4.2.1 Mailbox busy", None), ("530 5.7.0 Sign in first", None), ("drop", None)],
    ids=str,
)  # fmt: skip
def test_what_a_mail_server_says(
    answer: str, parked: str | None, session: Session, database: Database, choose: Choose
) -> None:
    mail = written(session)
    with mail_server(lambda to: answer) as (port, taken):
        choose(mailer="smtp", smtp_host="127.0.0.1", smtp_port=port)
        after_one_try(session, database, mail)
    assert (mail.parked_because, mail.sent_at, taken.mails) == (parked, None, [])
    assert (mail.due_at is None) == bool(parked)


def test_notify_gets_subject_body_reference_and_the_way_to_stop(
    session: Session, database: Database, choose: Choose
) -> None:
    mail = written(session, "digest")
    with notify_server() as (address, taken):
        choose(mailer="notify", notify_api_key=_secret(KEY), notify_template_id="a-template", notify_base_url=address)
        assert after_one_try(session, database, mail).sent_at
    [(reference, _, (path, headers, asked))] = taken.mails
    assert reference == str(mail.id)
    assert path == "/v2/notifications/email"
    assert headers["Authorization"].startswith("Bearer ")
    link = stopping.address(mail)
    assert link
    assert asked["template_id"] == "a-template"
    assert asked["personalisation"]["subject"] == "Hello – ŵ"
    assert asked["personalisation"]["body"].startswith("Words\n")
    assert link in asked["personalisation"]["body"]
    assert asked["one_click_unsubscribe_url"] == link


@pytest.mark.parametrize(
    ("answer", "parked"),
    [("400 ValidationError: email_address Not a valid email address", "Notify 400 ValidationError"),
     ("400 ValidationError: template_id is not a valid UUID", None), ("400 BadRequestError: Template not found", None),
     ("400 BadRequestError: Can’t send to this recipient using a team-only API key", None),
     ("400 BadRequestError: Can’t send to this recipient when service is in trial mode", None),
     ("403 AuthError: Invalid token", None), ("429 TooManyRequestsError: Exceeded send limits", None),
     ("500 Exception: Internal server error", None), ("503 Later", None), ("drop", None)],
    ids=str,
)  # fmt: skip
def test_what_notify_says(
    answer: str, parked: str | None, session: Session, database: Database, choose: Choose
) -> None:
    mail = written(session)
    with notify_server(lambda to: answer) as (address, _taken):
        choose(mailer="notify", notify_api_key=_secret(KEY), notify_template_id="a-template", notify_base_url=address)
        after_one_try(session, database, mail)
    assert (mail.parked_because, mail.sent_at) == (parked, None)
    assert (mail.due_at is None) == bool(parked)
    if not parked:
        assert mail.due_at and mail.due_at > clock.now()


def test_what_was_given_up_says_which_fault_notify_named(session: Session, database: Database, choose: Choose) -> None:
    mail = written(session)
    mail.tries = len(delivery.RETRY_AFTER)
    session.commit()
    said = "400 BadRequestError: Can’t send to robin@example.org"
    with notify_server(lambda to: said) as (address, _taken):
        choose(mailer="notify", notify_api_key=_secret(KEY), notify_template_id="a-template", notify_base_url=address)
        after_one_try(session, database, mail)
    assert mail.parked_because == "Notify 400 BadRequestError"
    assert "robin" not in faults.words(mail.parked_because)


def _secret(words: str) -> Any:
    return type(settings().notify_api_key)(words)
