"""Registering interest without an account, confirming it, and withdrawing it."""

import dataclasses
from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.core import web
from backend.core.bilingual import said
from backend.core.db import SessionDep
from backend.core.forms import Form, Line, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Anyone
from backend.registrations import applying, call_forms, calling, consent, forgetting, opt_in, queries, withdrawing
from backend.registrations.kinds import Purpose
from backend.registrations.models import Registration
from backend.releases import vocabulary

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class InterestForm(call_forms.WhoForm):
    """Who somebody is, and what they would like to be written to about."""

    topics: Annotated[list[str], Field(max_length=100)] = []
    purposes: Annotated[list[Purpose], Field(min_length=1)]

    mistakes: ClassVar = {
        **call_forms.WhoForm.mistakes,
        "topics": mark("Select topics from the list"),
        "purposes": mark("Select at least one thing that we may write to you about"),
    }


class ConfirmForm(Form):
    """Yes to exactly what was shown; and to coming with a colleague, where one has named the person."""

    shown: Line = ""
    second_to: Annotated[list[Annotated[int, Field(ge=0, le=2**31 - 1)]], Field(max_length=20)] = []
    of_age: Literal["", "yes"] = ""


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
        typed.mistake("type_code", gettext(InterestForm.mistakes["type_code"]))
    if form and not set(form.topics) <= set(vocabulary.labels(session, vocabulary.TOPICS)):
        typed.mistake("topics", gettext(InterestForm.mistakes["topics"]))
    if form is None or typed.mistakes:
        return _form(request, session, typed, status=422)
    details = dataclasses.replace(form.details(), topics=form.topics)
    opt_in.register(session, form.email, details, purposes=form.purposes)
    return web.go_to("/register-interest/check-your-email")


@router.get("/register-interest/check-your-email")
def interest_asked(request: Request, viewer: Anyone) -> Response:
    """What to do next, in the same words for everybody."""
    return web.render(request, "registrations/interest_asked.html")


@router.get("/register-interest/confirm/{token}")
def confirm_interest(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """What would be confirmed. Nothing happens yet: mail scanners open links."""
    return _confirmation(request, session, opt_in.waiting(session, token), Typed())


@router.post("/register-interest/confirm/{token}")
def confirm(request: Request, token: str, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Confirm it; pressing twice is as good as once."""
    form = typed.check(ConfirmForm) or ConfirmForm()
    try:
        waiting = opt_in.waiting(session, token)
        if form.second_to and not form.of_age:
            typed.mistake("of_age", gettext(InterestForm.mistakes["of_age"]))
        if not form.second_to and not waiting.purposes:
            typed.mistake("second_to", gettext("Select that you would come, or close this page"))
        if typed.mistakes:
            return _confirmation(request, session, waiting, typed, status=422)
        applying.confirm(session, token, shown=form.shown, comes_as_second=form.second_to)
    except opt_in.LinkUsed:
        return web.go_to("/register-interest/confirmed")
    return web.go_to("/register-interest/confirmed")


@router.get("/register-interest/confirmed")
def interest_confirmed(request: Request, viewer: Anyone) -> Response:
    """What happens next."""
    return web.render(request, "registrations/interest_confirmed.html")


@router.get("/register-interest/withdraw/{token}")
def withdraw_interest(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """A button for each purpose. Nothing happens yet."""
    purposes = withdrawing.current(session, withdrawing.reference_of(token))
    return _withdrawal(request, token, purposes, Typed())


@router.post("/register-interest/withdraw/{token}")
def withdraw(request: Request, token: str, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Withdraw at once."""
    reference = withdrawing.reference_of(token)
    form = typed.check(WithdrawForm)
    if form is None:
        return _withdrawal(request, token, withdrawing.current(session, reference), typed, status=422)
    chosen = list(Purpose) if form.purpose == "everything" else [Purpose(form.purpose)]
    withdrawing.withdraw(session, reference, chosen)
    notice = gettext("Done. We do not write to you about that any more.")
    return web.go_to(f"/register-interest/withdraw/{token}", notice=notice)


@router.get("/register-interest/stay/{token}")
def stay_registered(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Ask whether they would stay. Nothing happens yet."""
    purposes = withdrawing.current(session, withdrawing.reference_of(token))
    return web.render(request, "registrations/stay_registered.html", token=token, purposes=purposes)


@router.post("/register-interest/stay/{token}")
def stay(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """Keep them for another two years."""
    forgetting.stay(session, withdrawing.reference_of(token))
    return web.go_to(f"/register-interest/stay/{token}", gettext("Thank you. You stay registered."))


def _withdrawal(request: Request, token: str, purposes: list[Purpose], typed: Typed, *, status: int = 200) -> Response:
    return web.render(
        request, "registrations/withdraw_interest.html", status=status, typed=typed, token=token, purposes=purposes
    )


def _confirmation(
    request: Request, session: Session, waiting: Registration, typed: Typed, *, status: int = 200
) -> Response:
    applications = queries.applications_of(session, waiting)
    return web.render(
        request,
        "registrations/confirm_interest.html",
        status=status,
        typed=typed,
        registration=waiting,
        applications=[each for each in applications if each.second_to_id is None or each.answers],
        named_by=[(str(each.second_to_id), each.call.title) for each in applications if each.second_to_id is not None],
        shown=opt_in.seal(session, waiting),
        types=vocabulary.labels(session, vocabulary.ORGANISATION_TYPES),
        topics=vocabulary.labels(session, vocabulary.TOPICS),
        labels=call_forms.labels(),
        words=consent.words(),
    )


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
