"""The page that the link in an offer opens, without signing in."""

from typing import Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.core import web
from backend.core.db import SessionDep
from backend.core.forms import Form, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Anyone
from backend.registrations import accepting

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class AnswerForm(Form):
    """Yes or no."""

    answer: Literal["accept", "turn-down"]

    mistakes = {"answer": mark("Use one of the two buttons")}


@router.get("/offers/{token}")
def offer(request: Request, token: str, session: SessionDep, viewer: Anyone) -> Response:
    """What is offered, or what the answer was. Nothing happens yet."""
    return _page(request, session, token, Typed())


@router.post("/offers/{token}")
def answer_offer(request: Request, token: str, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Take the place, or let it go to somebody else."""
    form = typed.check(AnswerForm)
    if form is None:
        return _page(request, session, token, typed, status=422)
    if form.answer == "accept":
        accepting.accept(session, token)
        return web.go_to(f"/offers/{token}")
    accepting.turn_down(session, token)
    return web.go_to(f"/offers/{token}", gettext("Thank you for telling us. Somebody else can come now."))


def _page(request: Request, session: Session, token: str, typed: Typed, *, status: int = 200) -> Response:
    found = accepting.offer(session, token)
    return web.render(
        request, "registrations/offer.html", status=status, typed=typed, offer=found, token=token,
        in_pilot=accepting.is_in_pilot(found),
    )  # fmt: skip
