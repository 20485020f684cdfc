"""Reading about workshops, and watching what was recorded at them."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.comments import queries as comments
from backend.comments.models import State
from backend.core import middleware, web
from backend.core.db import Number, SessionDep
from backend.core.errors import NotFound
from backend.people.access import Anyone, Viewer
from backend.releases import feeding
from backend.workshops import at_the_table, hands, queries, showing, telling, videos
from backend.workshops import calendar_file as calendar
from backend.workshops.models import PlaceState

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/workshops")
def workshops(request: Request, session: SessionDep, viewer: Anyone) -> Response:
    """Every workshop, those to come and those that were held."""
    coming, past = queries.coming(session), queries.past(session)
    showing.shows(request, viewer, *coming)
    return web.render(request, "workshops/workshops.html", coming=coming, past=past)


@router.get("/workshops.atom")
def feed(session: SessionDep, viewer: Anyone, lang: feeding.Language = "en") -> Response:
    """Every workshop as a feed, the one announced last first."""
    listed = sorted([*queries.coming(session), *queries.past(session)], key=lambda each: -each.id)
    moments = [each.changed_at for each in listed]
    return feeding.atom("workshops", lang, moments, page="/workshops", workshops=listed)


@router.get("/workshops/{workshop_slug}.ics")
def calendar_file(workshop_slug: str, session: SessionDep, viewer: Anyone) -> Response:
    """The workshop as a file for calendars; it tells nobody how to join."""
    found = queries.workshop(session, workshop_slug)
    named = {"Content-Disposition": f'attachment; filename="{found.slug}.ics"'}
    return Response(calendar.written(found), media_type="text/calendar; charset=utf-8", headers=named)


@router.get("/workshops/{workshop_slug}")
def workshop(request: Request, workshop_slug: str, session: SessionDep, viewer: Anyone) -> Response:
    """What a workshop is or was about, with its sessions."""
    found = queries.workshop(session, workshop_slug)
    showing.shows(request, viewer, found, also=hands.told_at(session, found))
    notes = comments.by_voices(session, [at_the_table.voice_of(found)], states=[State.PUBLISHED])
    own = queries.find_own(session, found, viewer.person)
    booked = queries.number_of(session, found, PlaceState.BOOKED)
    return web.render(
        request, "workshops/workshop.html", workshop=found, place=own, left=max(0, (found.capacity or 0) - booked),
        before=queries.before(session, own) if own else 0,
        own_page=telling.page_of(own) if own else "", notes=notes, words=comments.words_of(session, notes),
        shows=hands.public(session, found), labels=hands.labels,
        runs_table=at_the_table.may_sit_at(session, found, viewer),
    )  # fmt: skip


@router.get("/workshops/{workshop_slug}/sessions/{session_number}/video")
def session_video(
    request: Request, workshop_slug: str, session_number: Number, session: SessionDep, viewer: Anyone
) -> Response:
    """A recording that plays when somebody asks for it, beside its summary and transcript."""
    return _video(request, session, viewer, workshop_slug, session_number, plays=False)


@router.post("/workshops/{workshop_slug}/sessions/{session_number}/video")
def play_video(
    request: Request, workshop_slug: str, session_number: Number, session: SessionDep, viewer: Anyone
) -> Response:
    """The same page with the player of the video host, for somebody who has just pressed play; nothing is kept."""
    return _video(request, session, viewer, workshop_slug, session_number, plays=True)


def _video(request: Request, session: Session, viewer: Viewer, slug: str, number: int, *, plays: bool) -> Response:
    found = queries.workshop(session, slug)
    part = queries.part(found, number)
    if part.video_id is None:
        raise NotFound()
    if plays:
        middleware.may_frame(request, videos.HOST)
    else:
        showing.shows(request, viewer, found)
    return web.render(
        request, "workshops/session_video.html", workshop=found, part=part,
        player=videos.player(part.video_id) if plays else None, here=request.url.path,
    )  # fmt: skip
