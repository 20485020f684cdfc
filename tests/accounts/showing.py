"""Second factors for tests: an app that shows codes, and the way in through the mailbox."""

import re

import pyotp
from sqlmodel import Session, col, select

from backend.accounts import authenticator
from backend.core import clock
from backend.notifications.models import OutboxMessage
from backend.people.models import Person
from tests.browsing import Visitor


def give_app(session: Session, person: Person) -> pyotp.TOTP:
    """An authenticator app that the person has set up some time ago."""
    secret = pyotp.random_base32()
    app = pyotp.TOTP(secret)
    assert authenticator.add(session, person, secret, app.at(clock.now(), counter_offset=-1))
    session.commit()
    return app


def code_of(app: pyotp.TOTP, *, later: int = 0) -> str:
    """What the app shows now, or so many half minutes later."""
    return app.at(clock.now(), counter_offset=later)


def wrong_code(app: pyotp.TOTP) -> str:
    """Six digits that the app shows neither now nor just before or after."""
    near = {app.at(clock.now(), counter_offset=offset) for offset in range(-3, 4)}
    return next(code for code in ("000000", "111111", "222222", "333333", "444444", "555555", "666666", "777777")
                if code not in near)  # fmt: skip


def mails(session: Session, kind: str) -> list[OutboxMessage]:
    """What was written to anybody, the oldest first."""
    session.commit()
    return list(session.exec(select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(col(OutboxMessage.id))))


def by_mail(visitor: Visitor, session: Session, person: Person, going_to: str = "") -> Visitor:
    """Ask for a link and use it: as far as the mailbox alone leads."""
    visitor.get(f"/sign-in?next={going_to}").press("Send me a link", email=person.email)
    found = re.search(r"/sign-in/link/\S+", mails(session, "sign-in")[-1].text)
    assert found
    return visitor.get(found[0]).press("Sign in")
