"""Going to the provider of work accounts, and coming back."""

import json
from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import arriving, sign_in, staff_oidc, staff_provider, work_accounts
from backend.accounts.staff_oidc import NotTrusted, Question, Shown
from backend.audit import log
from backend.core import clock, cookies, tokens, web
from backend.core.db import SessionDep
from backend.core.errors import NotFound, Refusal
from backend.people.access import Anyone
from backend.people.models import SecondFactor, WebSession

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
COOKIE = cookies.WORK_ACCOUNT.name
"""What must come back: readable by us alone, in this browser alone, for ten minutes, and taken away when it is used."""

PURPOSE = "work account"
FromProvider = Annotated[str, Query(max_length=4000)]


@router.get("/sign-in/work-account")
def work_account(request: Request, session: SessionDep, viewer: Anyone, next: str = "") -> Response:
    """Send the person to the provider, to sign in or, where they have signed in here, to show anew that it is them."""
    if not staff_provider.is_configured():
        raise NotFound()
    confirms = viewer.web_session.id if viewer.web_session and viewer.is_signed_in else ""
    session.close()  # nobody waits for us while we wait for the provider
    question = Question(state=tokens.secret(), nonce=tokens.secret(), verifier=tokens.secret() + tokens.secret())
    answer = web.go_to(staff_oidc.address_to_ask(question, anew=bool(confirms)))
    kept = [question.state, question.nonce, question.verifier, confirms, web.safe_address(next), _now()]
    sealed = tokens.sealed(PURPOSE, json.dumps(kept))
    cookies.keep(answer, cookies.WORK_ACCOUNT, sealed, lasts=sign_in.LINK_LASTS)
    return answer


@router.get(staff_provider.CALLBACK)
def work_account_callback(
    request: Request,
    session: SessionDep,
    viewer: Anyone,
    code: FromProvider = "",
    state: FromProvider = "",
    iss: FromProvider = "",
    error: FromProvider = "",
) -> Response:
    """Back from the provider: find out who it is, then sign them in.

    The provider sends the browser here with a GET, so the session is written in a short transaction of its own, after
    everything that the provider had to be asked.
    """
    if not staff_provider.is_configured():
        raise NotFound()
    mine = viewer.web_session.id if viewer.web_session else ""
    session.close()
    try:
        answer = _came_back(request, mine, code=code, state=state, issuer=iss, error=error)
    except Refusal as refusal:
        answer = web.refusal_page(request, refusal)
    cookies.forget(answer, cookies.WORK_ACCOUNT)
    return answer


def _came_back(request: Request, mine: str, *, code: str, state: str, issuer: str, error: str) -> Response:
    """Sign in or confirm. Raises Refusal."""
    kept = tokens.unsealed(PURPOSE, request.cookies.get(COOKIE, ""), within=sign_in.LINK_LASTS)
    if kept is None:
        raise NotTrusted()
    asked_state, nonce, verifier, confirms, going_to, asked_at = json.loads(kept)
    if error and state == asked_state:
        raise staff_oidc.Stopped()
    shown = staff_oidc.who_came_back(Question(asked_state, nonce, verifier), code=code, state=state, issuer=issuer)
    if confirms not in ("", mine):
        raise NotTrusted()
    with request.app.state.database.transaction() as own:
        if confirms:
            return _confirmed(own, mine, shown, asked_at=asked_at, going_to=going_to)
        person = work_accounts.holder(own, shown)
        log.record(own, "signed in", f"person {person.id}", by=person, how="work account")
        return arriving.sign_in(request, own, person, going_to=going_to, second_factor=SecondFactor.PROVIDER)


def _confirmed(own: Session, session_id: str, shown: Shown, *, asked_at: int, going_to: str) -> Response:
    """The same person has just signed in there anew. Raises NotTrusted and NotSignedIn."""
    web_session = own.get_one(WebSession, session_id)
    anew = shown.signed_in_at is not None and shown.signed_in_at.timestamp() >= asked_at - staff_oidc.CLOCKS_DIFFER
    if not anew or not work_accounts.is_of(own, shown, web_session.person):
        raise NotTrusted()
    return arriving.confirm(own, web_session, SecondFactor.PROVIDER, going_to=going_to)


def _now() -> int:
    return int(clock.now().timestamp())
