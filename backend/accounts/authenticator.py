"""An authenticator app: an app on a phone that shows a code of six digits, which changes every half minute."""

import io
import json
from datetime import timedelta

import pyotp
import segno
from markupsafe import Markup
from pyotp.exceptions import OTPVerificationError
from sqlalchemy import update
from sqlmodel import Session, col

from backend.accounts import second_factor
from backend.accounts.models import AuthenticatorApp
from backend.audit import log
from backend.core import clock, tokens
from backend.core.config import settings
from backend.core.i18n import gettext, mark
from backend.people.models import Person

SET_UP_WITHIN = timedelta(hours=1)
WINDOW = 1
"""How many half minutes the clock of a phone may be wrong."""

NOT_SHOWN = mark("That is not the code that your app shows now. Wait for the next one and type it")
PURPOSE = "authenticator app"
OFFER = "authenticator app to set up"


def offer(person: Person) -> str:
    """A new secret, sealed for the page on which this person sets up an app; nothing is kept until a code is right."""
    return tokens.sealed(OFFER, json.dumps([person.id, pyotp.random_base32()]))


def secret_in(offered: str, person: Person) -> str | None:
    """The secret that was offered to this person within the last hour."""
    opened = tokens.unsealed(OFFER, offered, within=SET_UP_WITHIN)
    if opened is None:
        return None
    person_id, secret = json.loads(opened)
    return str(secret) if person_id == person.id else None


def in_groups(secret: str) -> str:
    """The secret as people type it."""
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))


def picture(secret: str, person: Person) -> Markup:
    """The secret as a picture to scan, as SVG without styles of its own."""
    uri = pyotp.TOTP(secret).provisioning_uri(name=person.email, issuer_name=settings().service_name)
    drawn = io.BytesIO()
    segno.make(uri, error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, dark="#0b0c0c", light="#fff", svgclass="app-qr",
        lineclass=None, border=4,
    )  # fmt: skip
    return Markup(drawn.getvalue().decode())  # noqa: S704  # drawn by segno; nothing typed is in it


def add(session: Session, person: Person, secret: str, code: str) -> bool:
    """Keep the app, in place of an earlier one, if it shows this code; whether it does."""
    step = _step(secret, code)
    if step is None:
        return False
    app = session.get(AuthenticatorApp, person.id) or AuthenticatorApp(person_id=person.id, sealed_secret="")
    app.sealed_secret = tokens.sealed(PURPOSE, secret)
    app.created_at = clock.now()
    app.last_step = step
    session.add(app)
    log.record(session, "second factor added", f"person {person.id}", by=person, kind="app")
    second_factor.tell(session, person, gettext("An authenticator app was added."))
    return True


def shows(session: Session, person: Person, code: str) -> bool:
    """Whether the person's app shows this code, and nobody has used it before; of two at once one wins."""
    app = session.get(AuthenticatorApp, person.id)
    secret = tokens.unsealed(PURPOSE, app.sealed_secret) if app else None
    step = _step(secret, code) if secret else None
    if step is None:
        return False
    unused = (col(AuthenticatorApp.person_id) == person.id, col(AuthenticatorApp.last_step) < step)
    used = session.execute(update(AuthenticatorApp).where(*unused).values(last_step=step))
    return used.rowcount == 1  # type: ignore[attr-defined, no-any-return]


def _step(secret: str, code: str) -> int | None:
    """The half minute in which an app with this secret shows the code."""
    digits = "".join(code.split()).replace("-", "")
    try:
        return pyotp.TOTP(secret).verify_and_get_timecode(digits, for_time=clock.now(), valid_window=WINDOW)
    except OTPVerificationError:
        return None
