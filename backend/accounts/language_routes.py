"""Choosing the language of the site."""

from typing import ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from starlette.responses import Response

from backend.core import web
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Form, TypedDep
from backend.core.i18n import mark
from backend.people.access import Anyone

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class LanguageForm(Form):
    """Which language, and the page that was being read."""

    to: Literal["en", "cy"]
    next: str = "/"

    mistakes: ClassVar = {"to": mark("Select a language")}


@router.post("/language")
def choose_language(request: Request, typed: TypedDep, session: SessionDep, viewer: Anyone) -> Response:
    """Go on with the same page in that language; mail to whoever is signed in comes in it too. Raises NotFound."""
    form = typed.check(LanguageForm)
    if form is None:
        raise NotFound()
    answer = web.go_to(web.safe_address(form.next))
    web.remember_language(answer, form.to, viewer)
    return answer
