"""The ways by which mail leaves: to the log, or to a mail server."""

import smtplib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

import structlog

from backend.core import clock
from backend.core.config import settings
from backend.notifications.delivery import Mailer
from backend.notifications.models import OutboxMessage

LOG = structlog.get_logger()
PATIENCE = 20
"""Seconds to wait for a mail server."""


def mailer() -> Mailer:
    """The mailer that the settings name."""
    return {"console": console, "smtp": smtp}[settings().mailer]


def console(message: OutboxMessage) -> None:
    """Show the mail in the log, for people who try the platform without a mail server."""
    LOG.info("mail", to=message.to, subject=message.subject, text=message.text)


def smtp(message: OutboxMessage) -> None:
    """Hand the mail to the mail server of the settings. Raises OSError or SMTPException."""
    chosen = settings()
    with smtplib.SMTP(chosen.smtp_host, chosen.smtp_port, timeout=PATIENCE) as server:
        if chosen.smtp_starttls:
            server.starttls()
        if chosen.smtp_username:
            server.login(chosen.smtp_username, chosen.smtp_password.get_secret_value())
        server.send_message(as_mail(message))


def as_mail(message: OutboxMessage) -> EmailMessage:
    """The mail as it is sent. A second sending carries the same Message-ID, so that it can be told for what it is."""
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = f"<outbox-{message.id}@{urlsplit(settings().base_url).hostname}>"
    mail["Date"] = format_datetime(clock.now())
    mail["From"] = f"{settings().service_name} <{settings().mail_from}>"
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text)
    return mail
