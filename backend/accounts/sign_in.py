"""Signing in by a link or a code sent to an email address, and signing out."""

import hmac
from datetime import timedelta

from sqlalchemy import func, update
from sqlmodel import Session, col, select

from backend.accounts import inviting, limits
from backend.accounts.models import SignInLink
from backend.audit import log
from backend.core import clock, db, naming, tokens
from backend.core.config import settings
from backend.core.errors import Refusal
from backend.core.i18n import later, mark
from backend.notifications import outbox
from backend.people import addresses, queries
from backend.people.models import Appointment, Person

LINK_LASTS = timedelta(minutes=10)
DEMO_LINK_LASTS = timedelta(days=1)
INVITED = "/your-invitations/"
"""Where somebody was going who opened an invitation and did not have to type their address."""

GUESSES = 5
"""How many codes may be tried for one link."""


class LinkUnknown(Refusal):
    """No such link was ever made, or nobody can sign in with it."""

    status = 422
    title = mark("This link does not work")
    words = mark("It may have been cut short. Ask for a new link and open it from the email.")
    way_on = ("/sign-in", mark("Ask for a new link"))


class LinkExpired(Refusal):
    """A link works for ten minutes."""

    status = 422
    title = mark("This link has expired")
    words = mark("For your safety a link works for ten minutes only. Ask for a new one.")
    way_on = ("/sign-in", mark("Ask for a new link"))


class LinkUsed(Refusal):
    """A link works once."""

    status = 422
    title = mark("This link has been used")
    words = mark("Each link signs you in once. If you have signed out since, ask for a new one.")
    way_on = ("/sign-in", mark("Ask for a new link"))


class TooManyGuesses(Refusal):
    """Somebody tried several wrong codes, so the link no longer works."""

    status = 422
    title = mark("This link no longer works")
    words = mark("A wrong code was typed five times. Ask for a new link.")
    way_on = ("/sign-in", mark("Ask for a new link"))


class AnotherBrowser(Refusal):
    """A link signs in the browser that asked for it; any other is shown the code."""

    status = 403
    title = mark("Open this link in the browser where you asked for it")
    words = mark("Go back to the browser where you asked to sign in, and type the code there.")
    way_on = ("/sign-in", mark("Ask for a new link here"))


class UseWorkAccount(Refusal):
    """Staff have an account with the authority's own provider, and sign in with that."""

    status = 403
    title = mark("Sign in with your work account")
    words = mark("People who work here do not sign in by email.")
    way_on = ("/sign-in", mark("Sign in"))


def ask(session: Session, email: str, *, browser: str, client: str, going_to: str) -> None:
    """Send a link to the address if it has an open account, or has been invited.

    Nothing that can be seen or timed tells whether it has: the same is asked and written for every address.
    """
    is_asked_seldom = limits.may_have_another_link(session, email, client=client)
    link, token = _make_link(session, email, lasts=LINK_LASTS, browser=browser, going_to=going_to)
    person = queries.find_person(session, email)
    is_welcome = person.closed_at is None if person else False
    is_invited = inviting.find_live(session, email) is not None and person is None
    at_work = bool(settings().oidc_issuer) and _is_staff(session, email)
    attempt = session.begin_nested()
    outbox.post(
        session,
        "sign-in-at-work" if at_work else "sign-in",
        to=email,
        person=person if is_welcome else None,
        subject=later("Sign in to %(service)s", service=naming.SERVICE),
        once_for=link.token_digest,
        address=f"{settings().base_url}/sign-in" if at_work else address_of(token),
        code=code_of(token),
        minutes=LINK_LASTS.seconds // 60,
    )
    session.flush()
    if (is_welcome or is_invited) and is_asked_seldom:
        attempt.commit()
    else:
        attempt.rollback()


def _is_staff(session: Session, email: str) -> bool:
    """Whether somebody with this address works here; asked in the same way whoever it is."""
    theirs = select(func.count()).select_from(Appointment).join(Person).where(Person.email == email)
    return session.exec(theirs).one() > 0


def is_demonstration(link: SignInLink) -> bool:
    """Whether the link signs a demonstration account in, which skips the second step."""
    return settings().demo and link.browser_digest is None


def link_from_command_line(session: Session, person: Person) -> str:
    """The address of a link that any browser may use, for whoever runs the platform."""
    lasts = DEMO_LINK_LASTS if settings().demo else LINK_LASTS
    _, token = _make_link(session, person.email, lasts=lasts, browser=None, going_to="/")
    log.record(session, "sign-in link made by command", f"person {person.id}", by=None)
    return address_of(token)


def _make_link(
    session: Session, email: str, *, lasts: timedelta, browser: str | None, going_to: str
) -> tuple[SignInLink, str]:
    token = tokens.secret()
    link = SignInLink(
        email=email,
        token_digest=tokens.digest(token),
        code_digest=_digest_of_code(code_of(token)),
        browser_digest=tokens.digest(browser) if browser else None,
        next_address=going_to,
        expires_at=clock.now() + lasts,
    )
    session.add(link)
    session.flush()
    return link, token


def address_of(token: str) -> str:
    """The full address of a link."""
    return f"{settings().base_url}/sign-in/link/{token}"


def code_of(token: str) -> str:
    """The code that stands for a link, so that another device can show what to type."""
    return tokens.code("sign-in code", token)


def _digest_of_code(code: str) -> str:
    return tokens.signature("sign-in code digest", code)


def link(session: Session, token: str) -> SignInLink:
    """The link of this token, if it can still be used. Raises LinkUnknown, LinkUsed, LinkExpired or TooManyGuesses."""
    found = session.exec(select(SignInLink).where(SignInLink.token_digest == tokens.digest(token))).first()
    if found is None:
        raise LinkUnknown()
    return _usable(found)


def find_link_asked_from(session: Session, browser: str | None) -> SignInLink | None:
    """The last link that this browser asked for, whatever has become of it."""
    if not browser:
        return None
    mine = select(SignInLink).where(SignInLink.browser_digest == tokens.digest(browser))
    return session.exec(mine.order_by(col(SignInLink.id).desc()).limit(1)).first()


def address_shown(link: SignInLink) -> str:
    """The address as a page may show it: whole to whoever typed it, and masked where an invitation knew it."""
    return addresses.masked(link.email) if link.next_address.startswith(INVITED) else link.email


def belongs_to(link: SignInLink, browser: str | None) -> bool:
    """Whether this browser may be signed in by the link: it asked for it, or the link is from the command line."""
    if link.browser_digest is None:
        return True
    return browser is not None and hmac.compare_digest(link.browser_digest, tokens.digest(browser))


def use(session: Session, link: SignInLink, *, browser: str | None) -> Person:
    """Use the link up and say whom it signs in.

    Raises AnotherBrowser, LinkUnknown where the account is not there or closed, UseWorkAccount where staff have one,
    and as `link` does.
    """
    if not belongs_to(link, browser):
        raise AnotherBrowser()
    now = clock.now()
    still = (
        col(SignInLink.id) == link.id,
        col(SignInLink.used_at).is_(None),
        col(SignInLink.expires_at) > now,
        col(SignInLink.wrong_codes) <= GUESSES,
    )
    used = session.execute(update(SignInLink).where(*still).values(used_at=now))
    session.refresh(link)
    if used.rowcount != 1:  # type: ignore[attr-defined]
        _usable(link)
        raise LinkUsed()
    person = queries.find_person(session, link.email) or _newcomer(session, link.email)
    if person is None or person.closed_at is not None:
        raise LinkUnknown()
    if settings().oidc_issuer and person.appointments and link.browser_digest is not None:
        raise UseWorkAccount()
    log.record(session, "signed in", f"person {person.id}", by=person)
    return person


def _newcomer(session: Session, email: str) -> Person | None:
    """An account, without a name yet, for somebody invited who has just shown that the mailbox is theirs."""
    if inviting.find_live(session, email) is None:
        return None
    db.add_once(session, Person(email=email, name=""), "email")
    person = queries.find_person(session, email)
    if person is not None:
        log.record(session, "account opened", f"person {person.id}", by=person)
    return person


def guess(session: Session, link: SignInLink, code: str) -> bool:
    """Whether this is the code of the link. Every try counts, also when several come at once.

    Let the request end well afterwards, so that the try is remembered. Raises TooManyGuesses, LinkUsed or LinkExpired.
    """
    _usable(link)
    open_to_guesses = (
        col(SignInLink.id) == link.id,
        col(SignInLink.used_at).is_(None),
        col(SignInLink.wrong_codes) < GUESSES,
    )
    counted = session.execute(
        update(SignInLink).where(*open_to_guesses).values(wrong_codes=col(SignInLink.wrong_codes) + 1)
    )
    session.refresh(link)
    if counted.rowcount != 1:  # type: ignore[attr-defined]
        raise TooManyGuesses()
    typed = "".join(character for character in code.upper() if character.isalnum())
    return hmac.compare_digest(link.code_digest, _digest_of_code(typed))


def _usable(link: SignInLink) -> SignInLink:
    if link.used_at is not None:
        raise LinkUsed()
    if link.expires_at <= clock.now():
        raise LinkExpired()
    if link.wrong_codes >= GUESSES:
        raise TooManyGuesses()
    return link
