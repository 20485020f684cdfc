"""What a browser gets when somebody signs in with it, takes the second step, or signs out: a cookie, and a way on."""

from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import devices, sessions
from backend.accounts import sign_in as asking
from backend.core import cookies, web
from backend.core.i18n import LANGUAGES, language
from backend.people.access import SESSION_COOKIE
from backend.people.live_sessions import is_half_signed_in
from backend.people.models import Person, SecondFactor, WebSession

SECOND_STEP = "/sign-in/second-step"


def sign_in(
    request: Request, session: Session, person: Person, *, going_to: str, second_factor: SecondFactor | None = None
) -> Response:
    """A new session in place of the old one, and on to where the person was going, by way of the second step."""
    sessions.close_session(session, request.cookies.get(SESSION_COOKIE))
    device = devices.device_of(request.headers.get("User-Agent", ""))
    token = sessions.open_session(session, person, device=device, second_factor=second_factor)
    opened = sessions.find(session, token)
    going_to = web.safe_address(going_to)
    if opened is not None and is_half_signed_in(opened):
        going_to = f"{SECOND_STEP}?{web.query(next=going_to)}"
    answer = web.go_to(going_to)
    hold(answer, token, person)
    cookies.forget(answer, cookies.SIGN_IN)
    _go_on_in_one_language(request, answer, person)
    return answer


def _go_on_in_one_language(request: Request, answer: Response, person: Person) -> None:
    """The language that the browser was asked to keep is that of their mail as well, or theirs is the browser's."""
    kept = request.cookies.get(cookies.LANGUAGE.name, "")
    if kept in LANGUAGES:
        person.language = kept
    elif person.language != language.get():
        cookies.keep(answer, cookies.LANGUAGE, person.language)


def confirm(session: Session, web_session: WebSession, second_factor: SecondFactor, *, going_to: str) -> Response:
    """The person has shown that it is them: a new token for this browser, and on. Raises NotSignedIn."""
    answer = web.go_to(web.safe_address(going_to))
    renew(answer, session, web_session, second_factor)
    return answer


def renew(answer: Response, session: Session, web_session: WebSession, second_factor: SecondFactor) -> None:
    """Give the browser a new token with this answer, in place of the one it had. Raises NotSignedIn."""
    hold(answer, sessions.confirm(session, web_session, second_factor), web_session.person)


def hold(answer: Response, token: str, person: Person) -> None:
    """Have the browser keep the token."""
    cookies.keep(answer, cookies.SESSION, token, lasts=sessions.lasts(person))


def remember(answer: Response, browser: str) -> Response:
    """Have the browser keep what tells it from others while it waits for a link or a code."""
    cookies.keep(answer, cookies.SIGN_IN, browser, lasts=asking.LINK_LASTS)
    return answer


def sign_out(answer: Response) -> Response:
    """Have the browser forget everything but the language."""
    for cookie in cookies.COOKIES:
        if cookie is not cookies.LANGUAGE:
            cookies.forget(answer, cookie)
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer
