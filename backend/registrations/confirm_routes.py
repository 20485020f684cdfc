"""Confirming what was entered for a mailbox, by the link in its mail; and agreeing there to come with a colleague."""

from typing import Annotated, Any, ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import Field, create_model
from sqlmodel import Session
from starlette.responses import Response

from backend.core import web
from backend.core.db import SessionDep
from backend.core.forms import Form, Line, Typed, TypedDep
from backend.core.i18n import gettext
from backend.people.access import Anyone
from backend.registrations import applying, call_forms, consent, mixing, opt_in, pairing, queries
from backend.registrations.models import Application, Registration
from backend.registrations.pairing import Said
from backend.releases import vocabulary

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class ConfirmForm(Form):
    """Yes to exactly what was shown; and to coming with a colleague, where one has named the person."""

    shown: Line = ""
    second_to: Annotated[list[Annotated[int, Field(ge=0, le=2**31 - 1)]], Field(max_length=20)] = []
    of_age: Literal["", "yes"] = ""

    mistakes: ClassVar = {"of_age": call_forms.WhoForm.mistakes["of_age"]}


@router.get("/register-interest/confirm/{token}")
def confirm_interest(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """What would be confirmed. Nothing happens yet: mail scanners open links."""
    return _page(request, session, token, Typed())


@router.post("/register-interest/confirm/{token}")
def confirm(request: Request, token: str, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Confirm it; pressing twice is as good as once."""
    try:
        named = _named(session, opt_in.waiting(session, token))
    except opt_in.LinkUsed:
        return web.go_to("/register-interest/confirmed")
    form = typed.check(_form_for(session, named))
    if form:
        coming = [each for each in named if each.second_to_id in form.second_to]
        _find_mistakes(session, form, coming, typed)
    if form is None or typed.mistakes:
        return _page(request, session, token, typed, status=422)
    agreed = {each.second_to_id: _said(form, each) for each in coming if each.second_to_id is not None}
    try:
        done = applying.confirm(session, token, shown=form.shown, agreed=agreed)
    except opt_in.LinkUsed:
        return web.go_to("/register-interest/confirmed")
    except applying.NothingChosen as refusal:
        typed.mistake("second_to", refusal.message)
        return _page(request, session, token, typed, status=422)
    alone = gettext("There is no place left for a colleague, so you apply by yourself. We have told your colleague.")
    return web.go_to("/register-interest/confirmed", alone if done.is_alone else None)


@router.get("/register-interest/confirmed")
def interest_confirmed(request: Request, viewer: Anyone) -> Response:
    """What happens next."""
    return web.render(request, "registrations/interest_confirmed.html")


def _named(session: Session, waiting: Registration) -> list[Application]:
    """The calls for which a colleague has named the person."""
    return [each for each in queries.applications_of(session, waiting) if each.second_to_id is not None]


def _asked(session: Session, named: Application) -> bool:
    """Whether the person is asked about themselves here: who has applied has said it already."""
    return not pairing.has_applied(session, named)


def _field(named: Application) -> str:
    return f"discipline_{named.call_id}"


def _form_for(session: Session, named: list[Application]) -> type[ConfirmForm]:
    fields: dict[str, Any] = {}
    mistakes: dict[str, str] = {}
    for each in named:
        if _asked(session, each):
            fields[_field(each)] = (call_forms.FieldOfWork | Literal[""], "")
            mistakes[_field(each)] = call_forms.ApplyForm.mistakes["discipline"]
            fields.update(call_forms.answer_fields(each.call))
            mistakes.update(call_forms.answer_mistakes(each.call))
    form = create_model("ConfirmFormOfNamed", __base__=ConfirmForm, **fields)
    form.mistakes = {**ConfirmForm.mistakes, **mistakes}
    return form


def _find_mistakes(session: Session, form: ConfirmForm, coming: list[Application], typed: Typed) -> None:
    for each in coming:
        if _asked(session, each) and not getattr(form, _field(each)):
            typed.wrong("discipline", call_forms.ApplyForm, at=_field(each))
    if coming and not form.of_age:
        typed.wrong("of_age", ConfirmForm)


def _said(form: ConfirmForm, named: Application) -> Said:
    discipline = str(getattr(form, _field(named), ""))
    return Said(call_forms.answers(form, named.call), "" if discipline == call_forms.UNSAID else discipline)


def _page(request: Request, session: Session, token: str, typed: Typed, *, status: int = 200) -> Response:
    waiting = opt_in.waiting(session, token)
    applications = queries.applications_of(session, waiting)
    firsts = {each.id: session.get_one(Application, each.second_to_id) for each in applications if each.second_to_id}
    named = [each for each in applications if each.id in firsts]
    context: dict[str, Any] = {
        "applications": [each for each in applications if each.is_own],
        "named": [
            (each, firsts[each.id], pairing.can_come(session, waiting.email, firsts[each.id]), _asked(session, each))
            for each in named
        ],
        "types": vocabulary.labels(session, vocabulary.ORGANISATION_TYPES),
        "topics": vocabulary.labels(session, vocabulary.TOPICS),
        "labels": mixing.labels(),
        "words": consent.words(),
        "field_of": call_forms.field_of,
        "asked_by": call_forms.asked_by,
        **call_forms.choices(),
    }
    return web.render(
        request, "registrations/confirm_interest.html", status=status, typed=typed, token=token, registration=waiting,
        shown=opt_in.seal(session, waiting), **context,
    )  # fmt: skip
