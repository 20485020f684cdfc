"""A call for expressions of interest, and applying to it."""

from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.core import web
from backend.core.bilingual import said
from backend.core.db import Number, SessionDep
from backend.core.forms import Typed, TypedDep
from backend.core.i18n import gettext
from backend.people.access import Anyone
from backend.registrations import applying, call_forms, calling, consent, queries
from backend.registrations.call_forms import ApplyForm
from backend.registrations.kinds import CallState
from backend.registrations.models import Call
from backend.releases import vocabulary

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/calls/{call_id}")
def call(request: Request, call_id: Number, session: SessionDep, viewer: Anyone) -> Response:
    """What there are places for, how people are chosen, and while it is open the form."""
    calling.shows(request, session, viewer)
    return _page(request, session, queries.call(session, call_id), Typed())


@router.post("/calls/{call_id}", dependencies=[limits.limited(limits.REGISTRATIONS)])
def apply(request: Request, call_id: Number, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Keep the application until the mailbox confirms it; a form that comes too late loses nothing."""
    call = queries.call(session, call_id)
    if call.state is not CallState.OPEN:
        return _too_late(request, session, call, typed)
    form = typed.check(call_forms.form_for(call))
    if form:
        _find_mistakes(session, call, form, typed)
    if form is None or typed.mistakes:
        return _page(request, session, call, typed, status=422)
    try:
        applying.apply(
            session, call, form.email, form.details(), facts=form.facts(), answers=call_forms.answers(form, call),
            partner=form.partner(),
        )  # fmt: skip
    except applying.CallNotOpen:
        return _too_late(request, session, call, typed)
    return web.go_to("/register-interest/check-your-email")


def _find_mistakes(session: Session, call: Call, form: ApplyForm, typed: Typed) -> None:
    if form.type_code not in vocabulary.labels(session, vocabulary.ORGANISATION_TYPES):
        typed.wrong("type_code", ApplyForm)
    if bool(form.partner_name) != bool(form.partner_email):
        missing = "partner_email" if form.partner_name else "partner_name"
        typed.mistake(missing, gettext("Enter both the name and the address of your colleague, or neither"))
    elif form.partner_email and not call.allows_pairs:
        typed.mistake("", gettext("This call is for one person from each organisation"))
    elif form.partner_email == form.email:
        typed.mistake("partner_email", gettext("Enter the address of your colleague, which is not your own"))
    elif form.partner_email and not form.organisation_name:
        typed.mistake("organisation_name", gettext("Enter the organisation that you and your colleague work for"))


def _too_late(request: Request, session: Session, call: Call, typed: Typed) -> Response:
    typed.mistake("", gettext(applying.CallNotOpen.words))
    return _page(request, session, call, typed, status=409)


def _page(request: Request, session: Session, call: Call, typed: Typed, *, status: int = 200) -> Response:
    types = vocabulary.terms(session, vocabulary.ORGANISATION_TYPES)
    context: dict[str, Any] = {
        "call": call,
        "types": [("", gettext("Select a type")), *((term.code, said(term, "label")) for term in types)],
        "field_of": call_forms.field_of,
        "asked_by": call_forms.asked_by,
        "agreement": gettext(consent.words()[call.is_for.value]),
        "notice_words": gettext(consent.words()["notice"]),
        **call_forms.choices(),
    }
    return web.render(request, "registrations/call.html", status=status, typed=typed, **context)
