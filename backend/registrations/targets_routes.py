"""Staff say which mix they look for."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import Field, create_model
from starlette.responses import Response

from backend.core import web
from backend.core.db import Number, SessionDep
from backend.core.forms import Form, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.registrations import mixing, queries, selecting
from backend.registrations.models import Call

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Selecting = Annotated[Viewer, allow(Permission.SELECT)]


def _target_field(kind: str, value: str) -> str:
    return f"{kind}-{value}".replace("-", "_")


Target = Annotated[int, Field(ge=0, le=1000)] | Literal[""]
_TARGETS: dict[str, Any] = {
    _target_field(kind, value): (Target, "") for kind, values in mixing.VALUES.items() for value in values
}
TargetsForm = create_model("TargetsForm", __base__=Form, **_TARGETS)
TargetsForm.mistakes = dict.fromkeys(_TARGETS, mark("Enter a number from 0 to 1,000, or leave it empty"))


@router.get("/staff/calls/{call_id}/targets")
def targets(request: Request, call_id: Number, session: SessionDep, viewer: Selecting) -> Response:
    """How many people of each kind staff look for."""
    return _targets_page(request, queries.call(session, call_id), Typed())


@router.post("/staff/calls/{call_id}/targets")
def set_targets(request: Request, call_id: Number, typed: TypedDep, session: SessionDep, viewer: Selecting) -> Response:
    """Keep the targets."""
    call = queries.call(session, call_id)
    form = typed.check(TargetsForm)
    if form is None:
        return _targets_page(request, call, typed, status=422)
    given = {f"{kind}:{value}": int(getattr(form, _target_field(kind, value)) or 0)
             for kind, values in mixing.VALUES.items() for value in values}  # fmt: skip
    selecting.set_targets(session, call, given, by=viewer.known)
    return web.go_to(f"/staff/calls/{call.id}/select", gettext("The targets are saved."))


def _targets_page(request: Request, call: Call, typed: Typed, *, status: int = 200) -> Response:
    labels = mixing.labels()
    groups = []
    for kind, values in mixing.VALUES.items():
        looked_for = {value: call.targets.get(f"{kind}:{value}", 0) for value in values}
        rows = [(_target_field(kind, value), labels[value], number or "") for value, number in looked_for.items()]
        groups.append((sum(looked_for.values()), mixing.title_of(kind), rows))
    return web.render(request, "registrations/targets.html", status=status, typed=typed, call=call, groups=groups)
