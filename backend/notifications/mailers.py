"""The ways by which mail leaves: to the log, to a mail server, or to GOV.UK Notify."""

import re
import smtplib
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

import structlog
from notifications_python_client.errors import HTTPError
from notifications_python_client.notifications import NotificationsAPIClient

from backend.core import clock
from backend.core.config import settings
from backend.notifications import stopping, wording
from backend.notifications.delivery import Mailer, Refused, RefusedForGood
from backend.notifications.models import OutboxMessage

LOG = structlog.get_logger()
PATIENCE = 20
"""Seconds to wait for a mail server."""

ABOUT_US = frozenset({530, 534, 535, 538})
"""Refusals of a mail server that ask us to sign in: the next mail may go, once the settings are right."""


def mailer() -> Mailer:
    """The mailer that the settings name."""
    return {"console": console, "smtp": smtp, "notify": notify}[settings().mailer]


def console(message: OutboxMessage) -> None:
    """Show the mail in the log, for people who try the platform without a mail server."""
    LOG.info("mail", to=message.to, subject=message.subject, text=wording.text_of(message))


def smtp(message: OutboxMessage) -> None:
    """Hand the mail to the mail server of the settings. Raises OSError, SMTPException or RefusedForGood."""
    chosen = settings()
    us = urlsplit(chosen.base_url).hostname  # else our name is looked up anew for each mail
    with smtplib.SMTP(chosen.smtp_host, chosen.smtp_port, local_hostname=us, timeout=PATIENCE) as server:
        if chosen.smtp_starttls:
            server.starttls()
        if chosen.smtp_username:
            server.login(chosen.smtp_username, chosen.smtp_password.get_secret_value())
        try:
            server.send_message(as_mail(message))
        except smtplib.SMTPRecipientsRefused as refused:
            _end_if_for_good(refused, *(code for code, _ in refused.recipients.values()))
            raise
        except smtplib.SMTPDataError as refused:
            _end_if_for_good(refused, refused.smtp_code)
            raise


def notify(message: OutboxMessage) -> None:
    """Hand the mail to GOV.UK Notify, which sends what it has taken. Raises InvalidResponse, Refused or RefusedForGood.

    A wrong template, a service that is not live yet and a key for the team alone are answered with 400 as well: only
    what is said of the address is about this mail, everything else about our settings.
    """
    chosen = settings()
    where = {"base_url": chosen.notify_base_url} if chosen.notify_base_url else {}
    client = NotificationsAPIClient(chosen.notify_api_key.get_secret_value(), timeout=PATIENCE, **where)
    try:
        client.send_email_notification(
            email_address=message.to,
            template_id=chosen.notify_template_id,
            personalisation={"subject": message.subject, "body": wording.text_of(message)},
            reference=str(message.id),
            one_click_unsubscribe_url=stopping.address(message),
        )
    except HTTPError as error:
        fault, said = _told_by_notify(error)
        is_about_address = fault == "ValidationError" and said.startswith("email_address")
        refused = RefusedForGood if error.status_code == 400 and is_about_address else Refused
        raise refused(f"Notify {error.status_code} {fault}".strip()) from None
    finally:
        client.request_session.close()


def as_mail(message: OutboxMessage) -> EmailMessage:
    """The mail as it is sent: text, and the same as HTML.

    A second sending carries the same Message-ID, so that it can be told for what it is.
    """
    mail = EmailMessage(policy=SMTP)
    mail["Message-ID"] = f"<outbox-{message.id}@{urlsplit(settings().base_url).hostname}>"
    mail["Date"] = format_datetime(clock.now())
    mail["From"] = Address(settings().service_name, addr_spec=settings().mail_from)
    mail["To"] = message.to
    mail["Subject"] = message.subject
    mail["Auto-Submitted"] = "auto-generated"
    address = stopping.address(message)
    if address:
        mail["List-Unsubscribe"] = f"<{address}>"
        mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail.set_content(wording.text_of(message))
    mail.add_alternative(wording.html_of(message), subtype="html")
    mail["Content-Language"] = message.language  # what is set before the content goes to a part of it
    return mail


def _told_by_notify(error: HTTPError) -> tuple[str, str]:
    """The first fault that Notify names, and what it says of it; nothing where something else has answered."""
    try:
        first = error.response.json()["errors"][0]  # type: ignore[union-attr]
        return first["error"] if re.fullmatch(r"[A-Za-z]{1,40}", first["error"]) else "", first["message"]
    except (AttributeError, ValueError, LookupError, TypeError):
        return "", ""


def _end_if_for_good(refused: smtplib.SMTPException, *codes: int) -> None:
    """Raises RefusedForGood where every answer says that trying again is of no use."""
    if all(500 <= code < 600 and code not in ABOUT_US for code in codes):
        raise RefusedForGood(f"{type(refused).__name__} {codes[0]}") from None
