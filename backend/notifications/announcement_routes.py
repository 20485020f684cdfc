"""Staff announce something at the top of pages, and take it away again."""

from datetime import datetime
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import AfterValidator, Field, StringConstraints
from starlette.responses import Response

from backend.core import clock, web
from backend.core.db import Number, SessionDep
from backend.core.forms import Form, Line, SomeLine, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.notifications import announcing, queries
from backend.notifications.models import Scope
from backend.people.access import Permission, Viewer, allow

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Announcing = Annotated[Viewer, allow(Permission.ANNOUNCE)]


def _on_a_uk_clock(moment: datetime) -> datetime:
    return moment.replace(tzinfo=clock.LONDON)


Moment = Annotated[datetime, Field(gt=datetime(2000, 1, 1), lt=datetime(2200, 1, 1)), AfterValidator(_on_a_uk_clock)]
"""A day and a time on a UK clock, as browsers send it: 2026-12-01T09:00."""


class AnnouncementForm(Form):
    """What is announced, to whom, and for how long."""

    words: Annotated[SomeLine, StringConstraints(max_length=announcing.LONGEST)]
    welsh_words: Annotated[Line, StringConstraints(max_length=announcing.LONGEST)] = ""
    scope: Scope
    starts_at: Moment
    ends_at: Moment

    mistakes: ClassVar = {
        "words": mark("Enter what you announce, on one line"),
        "welsh_words": mark("Enter the Welsh on one line, or leave it out"),
        "scope": mark("Select who the announcement is for"),
        "starts_at": mark("Enter the day and time from which it is shown, such as 2026-12-01T09:00"),
        "ends_at": mark("Enter the day and time until which it is shown, such as 2026-12-02T17:00"),
    }


@router.get("/staff/announcements")
def staff_announcements(request: Request, session: SessionDep, viewer: Announcing) -> Response:
    """What is announced, will be, and was lately."""
    return web.render(
        request, "notifications/staff_announcements.html", coming=queries.announcements(session),
        past=queries.past_announcements(session),
    )  # fmt: skip


@router.get("/staff/announcements/new")
def new_announcement(request: Request, viewer: Announcing) -> Response:
    """A form for an announcement."""
    return _new(request, Typed())


@router.post("/staff/announcements/new")
def announce(request: Request, typed: TypedDep, session: SessionDep, viewer: Announcing) -> Response:
    """Show it on every page of those whom it is for."""
    form = typed.check(AnnouncementForm)
    if form is not None:
        try:
            announcing.announce(
                session, form.words, welsh=form.welsh_words, to=form.scope, starts_at=form.starts_at,
                ends_at=form.ends_at, by=viewer.known,
            )  # fmt: skip
        except announcing.NoTimeToShow as refusal:
            typed.mistake("ends_at", refusal.message)
    if form is None or typed.mistakes:
        return _new(request, typed, status=422)
    return web.go_to("/staff/announcements", notice=gettext("The announcement is written. It ends by itself."))


@router.post("/staff/announcements/{announcement_id}/stop")
def stop_announcement(announcement_id: Number, session: SessionDep, viewer: Announcing) -> Response:
    """Take it away at once."""
    announcing.stop(session, queries.announcement(session, announcement_id), by=viewer.known)
    return web.go_to("/staff/announcements", notice=gettext("The announcement is not shown any more."))


def _new(request: Request, typed: Typed, *, status: int = 200) -> Response:
    return web.render(
        request, "notifications/new_announcement.html", status=status, typed=typed,
        scopes=[(each.value, gettext(each.label)) for each in Scope], longest=announcing.LONGEST,
        starts_at=clock.in_london(clock.now()).strftime("%Y-%m-%dT%H:%M"),
    )  # fmt: skip
