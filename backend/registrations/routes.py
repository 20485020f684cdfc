"""Registering interest without an account, and withdrawing it."""

import dataclasses
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.core import web
from backend.core.bilingual import said
from backend.core.db import SessionDep
from backend.core.forms import Form, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Anyone
from backend.registrations import (
    call_forms,
    calling,
    consent,
    forgetting,
    links,
    mailboxes,
    opt_in,
    queries,
    withdrawing,
)
from backend.registrations.kinds import Purpose
from backend.releases import vocabulary

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Asked = Annotated[str, Query(max_length=20)]
ONE_CLICK = "List-Unsubscribe"
"""The field that a mailbox posts."""


class InterestForm(call_forms.WhoForm):
    """Who somebody is, and what they would like to be written to about."""

    topics: Annotated[list[str], Field(max_length=100)] = []
    purposes: Annotated[list[Purpose], Field(min_length=1)]

    mistakes: ClassVar = {
        **call_forms.WhoForm.mistakes,
        "topics": mark("Select topics from the list"),
        "purposes": mark("Select at least one thing that we may write to you about"),
    }


class WithdrawForm(Form):
    """One purpose, or all of them."""

    purpose: Purpose | Literal["everything"]


@router.get("/register-interest")
def register_interest(request: Request, session: SessionDep, viewer: Anyone) -> Response:
    """Say that you would like to take part, or to be told."""
    calling.shows(request, session, viewer)
    return _form(request, session, Typed())


@router.post("/register-interest", dependencies=[limits.limited(limits.REGISTRATIONS)])
def register(request: Request, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Keep it until the mailbox confirms it; the answer is the same for every address."""
    form = typed.check(InterestForm)
    known = vocabulary.labels(session, vocabulary.ORGANISATION_TYPES)
    if form and form.type_code not in known:
        typed.wrong("type_code", InterestForm)
    if form and not set(form.topics) <= set(vocabulary.labels(session, vocabulary.TOPICS)):
        typed.wrong("topics", InterestForm)
    if form is None or typed.mistakes:
        return _form(request, session, typed, status=422)
    details = dataclasses.replace(form.details(), topics=form.topics)
    opt_in.register(session, form.email, details, purposes=form.purposes)
    return web.go_to("/register-interest/check-your-email")


@router.get("/register-interest/check-your-email")
def interest_asked(request: Request, viewer: Anyone) -> Response:
    """What to do next, in the same words for everybody."""
    return web.render(request, "registrations/interest_asked.html")


@router.get("/register-interest/withdraw/{token}")
def withdraw_interest(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """A button for each purpose. Nothing happens yet."""
    return _withdrawal(request, session, token, Typed())


@router.post("/register-interest/withdraw/{token}")
def withdraw(
    request: Request, token: str, typed: TypedDep, session: SessionDep, viewer: Anyone, purpose: Asked = ""
) -> Response:
    """Withdraw at once, for the person or for a mailbox that does it for them.

    A mailbox is answered with the page itself: it follows no redirects (RFC 8058).
    """
    reference = links.reference_of(links.WITHDRAW, token)
    if ONE_CLICK in typed.values:
        if purpose == links.UNCONFIRMED:
            withdrawing.decline(session, reference)
        else:
            withdrawing.withdraw(session, reference, [Purpose(purpose)] if purpose in set(Purpose) else list(Purpose))
        return _withdrawal(request, session, token, Typed())
    form = typed.check(WithdrawForm)
    if form is None:
        return _withdrawal(request, session, token, typed, status=422)
    chosen = list(Purpose) if form.purpose == links.EVERYTHING else [Purpose(form.purpose)]
    withdrawing.withdraw(session, reference, chosen)
    notice = gettext("Done. We do not write to you about that any more.")
    return web.go_to(f"/register-interest/withdraw/{token}", notice=notice)


@router.post("/register-interest/again/{token}")
def write_again(token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Its owner lets us write to a mailbox that we leave alone."""
    mailboxes.asked(session, links.reference_of(links.WITHDRAW, token))
    return web.go_to("/register-interest", gettext("You can register again. We send you one email to confirm it."))


@router.get("/register-interest/stay/{token}")
def stay_registered(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Ask whether they would stay. Nothing happens yet."""
    reference = links.reference_of(links.STAY, token)
    return web.render(
        request, "registrations/stay_registered.html", token=token, withdraw=links.token(links.WITHDRAW, reference),
        purposes=withdrawing.current(session, reference),
    )  # fmt: skip


@router.post("/register-interest/stay/{token}")
def stay(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Keep them for another two years."""
    forgetting.stay(session, links.reference_of(links.STAY, token))
    return web.go_to(f"/register-interest/stay/{token}", gettext("Thank you. You stay registered."))


def _withdrawal(request: Request, session: Session, token: str, typed: Typed, *, status: int = 200) -> Response:
    reference = links.reference_of(links.WITHDRAW, token)
    return web.render(
        request, "registrations/withdraw_interest.html", status=status, typed=typed, token=token,
        purposes=withdrawing.current(session, reference), lost=withdrawing.at_stake(session, reference),
    )  # fmt: skip


def _form(request: Request, session: Session, typed: Typed, *, status: int = 200) -> Response:
    types = vocabulary.terms(session, vocabulary.ORGANISATION_TYPES)
    words = consent.words()
    context: dict[str, Any] = {
        "types": [("", gettext("Select a type")), *((term.code, said(term, "label")) for term in types)],
        "topics": [(term.code, said(term, "label")) for term in vocabulary.terms(session, vocabulary.TOPICS)],
        "purposes": [(each.value, gettext(words[each.value])) for each in Purpose],
        "notice_words": gettext(words["notice"]),
        "calls": queries.open_calls(session),
    }
    return web.render(request, "registrations/register_interest.html", status=status, typed=typed, **context)
