"""How a mail looks when it leaves."""

import smtplib

import pytest

from backend.core.config import settings
from backend.notifications import mailers
from backend.notifications.models import OutboxMessage
from tests.notifications.servers import mail_server

MAIL = OutboxMessage(
    id=7, to="robin@example.org", kind="note", subject="Croeso – ŵythnos", text="Llŷr’s words\n", dedupe=""
)


def test_a_mail_can_be_told_by_its_number_and_keeps_its_words() -> None:
    mail = mailers.as_mail(MAIL)
    assert mail["Message-ID"] == "<outbox-7@localhost>"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Subject"] == "Croeso – ŵythnos"
    plain = mail.get_body(("plain",))
    assert plain
    assert plain.get_content() == "Llŷr’s words\n"
    assert b"robin@example.org" in mail.as_bytes()


def test_nobody_can_add_a_header() -> None:
    with pytest.raises(ValueError, match="newline|linefeed"):
        mailers.as_mail(MAIL.model_copy(update={"subject": "Hello\r\nBcc: other@example.org"}))


@pytest.mark.parametrize(
    "name",
    [
        "Children’s Code, the pilot",
        "Pilot: harms",
        'The "harms" pilot',
        "Peilot ŵythnos, plant: <a@b.example>",
        "Plain",
    ],
)
def test_whatever_the_service_is_called_its_mail_comes_from_its_address(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {"service_name": name, "mail_from": "pilot@authority.example", "smtp_host": "127.0.0.1"}
    with mail_server() as (port, taken):
        chosen = settings().model_copy(update={**ours, "smtp_port": port})
        monkeypatch.setattr(mailers, "settings", lambda: chosen)
        mailers.smtp(MAIL)
    [(_, _, mail)] = taken.mails
    [sender] = mail["From"].addresses
    assert (sender.display_name, sender.addr_spec) == (name, "pilot@authority.example")
    assert taken.senders == ["pilot@authority.example"]


def test_the_mail_server_gets_the_mail(monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []

    class Server:
        def __init__(self, host: str, port: int, local_hostname: str, timeout: int) -> None:
            said.append(f"{local_hostname} to {host}:{port} within {timeout} seconds")

        def __enter__(self) -> "Server":
            return self

        def __exit__(self, *_: object) -> None:
            said.append("quit")

        def starttls(self) -> None:
            said.append("starttls")

        def login(self, name: str, password: str) -> None:
            said.append(f"login {name} {password}")

        def send_message(self, mail: object) -> None:
            said.append("mail")

    chosen = settings().model_copy(update={"smtp_starttls": True, "smtp_username": "pilot"})
    monkeypatch.setattr(mailers, "settings", lambda: chosen)
    monkeypatch.setattr(smtplib, "SMTP", Server)
    mailers.smtp(MAIL)
    assert said == ["localhost to localhost:1025 within 20 seconds", "starttls", "login pilot ", "mail", "quit"]


def test_the_settings_choose_the_mailer(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, chosen in (("console", mailers.console), ("smtp", mailers.smtp), ("notify", mailers.notify)):
        monkeypatch.setattr(mailers, "settings", lambda name=name: settings().model_copy(update={"mailer": name}))
        assert mailers.mailer() is chosen
