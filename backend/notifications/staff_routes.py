"""Administrators see what mail waits and what was given up, and do something about it."""

from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.forms import After, Form, SomeLine, Typed, TypedDep
from backend.core.i18n import gettext, mark, ngettext
from backend.notifications import clearing, faults, kinds, queries
from backend.notifications.models import DroppedBecause, OutboxMessage
from backend.people import addresses
from backend.people.access import Permission, Viewer, allow

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Administering = Annotated[Viewer, allow(Permission.ADMINISTER)]


class TryAllForm(Form):
    """Which fault is gone."""

    fault: SomeLine

    mistakes: ClassVar = {"fault": mark("Select which mail is tried again")}


class DropForm(Form):
    """Why a mail is never sent."""

    because: DroppedBecause

    mistakes: ClassVar = {"because": mark("Select why this mail need not be sent")}


@router.get("/staff/mail")
def mail(request: Request, session: SessionDep, viewer: Administering, after: After = None) -> Response:
    """What waits, what is late, and what was given up."""
    return _page(request, session, after)


@router.post("/staff/mail/{mail_id}/try-again")
def try_mail_again(mail_id: Number, session: SessionDep, viewer: Administering) -> Response:
    """Send a mail that was given up once more."""
    clearing.try_again(session, queries.parked_mail(session, mail_id), by=viewer.known)
    return web.go_to("/staff/mail", notice=gettext("The mail is tried again."))


@router.post("/staff/mail/try-all-again")
def try_all_mail_again(request: Request, typed: TypedDep, session: SessionDep, viewer: Administering) -> Response:
    """Send all mail once more that one fault has held up."""
    form = typed.check(TryAllForm)
    if form is None:
        return _page(request, session, None, status=422)
    number = clearing.try_all_again(session, form.fault, by=viewer.known)
    tried = ngettext("%(num)s mail is tried again.", "%(num)s mails are tried again.", number)
    return web.go_to("/staff/mail", notice=tried % {"num": number})


@router.get("/staff/mail/{mail_id}/drop")
def drop_mail(request: Request, mail_id: Number, session: SessionDep, viewer: Administering) -> Response:
    """Why a mail that was given up need not be sent."""
    return _drop(request, queries.parked_mail(session, mail_id), Typed())


@router.post("/staff/mail/{mail_id}/drop")
def give_mail_up(
    request: Request, mail_id: Number, typed: TypedDep, session: SessionDep, viewer: Administering
) -> Response:
    """Never send it."""
    message = queries.parked_mail(session, mail_id)
    form = typed.check(DropForm)
    if form is None:
        return _drop(request, message, typed, status=422)
    clearing.drop(session, message, because=form.because, by=viewer.known)
    return web.go_to("/staff/mail", notice=gettext("The mail is dropped."))


def _page(request: Request, session: Session, after: int | None, *, status: int = 200) -> Response:
    parked, more = queries.parked(session, before=after)
    return web.render(
        request, "notifications/mail.html", status=status, waiting=queries.waiting(session),
        faults=queries.faults(session), parked=parked, more=more, after=after, label=kinds.label, fault=faults.words,
        masked=addresses.masked,
    )  # fmt: skip


def _drop(request: Request, message: OutboxMessage, typed: Typed, *, status: int = 200) -> Response:
    return web.render(
        request, "notifications/drop_mail.html", status=status, typed=typed, message=message,
        label=kinds.label(message.kind), masked=addresses.masked(message.to),
        fault=faults.words(message.parked_because or ""),
        reasons=[(each.value, gettext(each.label)) for each in DroppedBecause],
    )  # fmt: skip
