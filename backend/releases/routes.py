"""Reading frameworks and their entries as they stand now."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session
from starlette.convertors import StringConvertor, register_url_convertor

from backend.accounts import limits
from backend.answers import queries as answers
from backend.comments import queries as comments
from backend.comments.models import Comment
from backend.core import web
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.following import queries as following
from backend.people.access import Anyone, Permission, Viewer
from backend.ratings import tallies
from backend.releases import activity, filtering, queries, reading
from backend.releases.models import Framework, Release, Round
from backend.submissions import queries as submissions
from backend.submissions.models import PanelEntry
from backend.suggestions import prompting
from backend.suggestions import queries as suggestions

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class CodeConvertor(StringConvertor):
    """An entry's code in an address: letters, a hyphen, a number."""

    regex = "[A-Za-z]{2,12}-[0-9]{1,4}"


class NumberConvertor(StringConvertor):
    """A release's number in an address."""

    regex = "[0-9A-Za-z]+(?:[.][0-9A-Za-z]+)*"


register_url_convertor("code", CodeConvertor())
register_url_convertor("number", NumberConvertor())


@router.get("/frameworks")
def frameworks(request: Request, session: SessionDep, viewer: Anyone) -> Response:
    """Every framework with its current release."""
    listed = queries.frameworks(session)
    for framework in listed:
        activity.shows(request, viewer, framework, activity.SITE)
    shown = [(framework, queries.find_current(session, framework)) for framework in listed]
    return web.render(request, "releases/frameworks.html", shown=shown)


@router.get("/frameworks/{slug}", dependencies=[limits.limited(limits.SEARCH, field="q")])
def framework(
    request: Request,
    slug: str,
    session: SessionDep,
    viewer: Anyone,
    term: Annotated[list[str] | None, Query()] = None,
    q: str = "",
) -> Response:
    """The contents of a framework, filtered by terms and words."""
    framework = queries.framework(session, slug)
    round_ = queries.find_round(session, framework)
    schemes = queries.schemes(session, framework)
    filters = filtering.read(schemes, term or [], q)
    activity.shows(request, viewer, framework, until=queries.next_moment(round_))
    release = queries.shown_release(session, framework)
    lines = queries.manifest(session, release)
    return web.render(
        request,
        "releases/framework.html",
        block="results",
        framework=framework,
        follows=following.find_follows(session, viewer, framework),
        release=release,
        round_=open_round(round_, release),
        viewer_may_say=may_say(viewer),
        filters=filters,
        options=filtering.options(lines, schemes, filters),
        lines=filtering.matching(lines, filters),
        of=len(lines),
        term_name=reading.term_name,
    )


@router.get("/frameworks/{slug}/entries/{code}")
def entry(request: Request, slug: str, code: str, session: SessionDep, viewer: Anyone) -> Response:
    """An entry as in the current release; one that has left says so, and shows its last words."""
    framework = queries.framework(session, slug)
    entry = queries.entry_of(session, framework, code)
    if code != entry.code:
        return RedirectResponse(f"/frameworks/{slug}/entries/{entry.code}", 307)
    round_ = queries.find_round(session, framework)
    activity.shows(request, viewer, framework, activity.of_entry(entry.code), until=queries.next_moment(round_))
    release = queries.shown_release(session, framework)
    read = reading.entry_as_read(session, framework, entry, release)
    if read is None:
        return _retired_entry(request, session, framework, code)
    return web.render(
        request,
        "releases/entry.html",
        read=read,
        follows=following.find_follows(session, viewer, entry),
        round_=open_round(round_, release),
        viewer_may_say=may_say(viewer),
        panel=_panel(session, viewer, open_round(round_, release)),
        causes=prompting.prompted_by(session, read.latest_revisions).get(entry.id, []),
        term_name=reading.term_name,
        points=points_of(session, comments.published_on(session, entry, limit=comments.PAGE + 1)),
        competing=points_of(session, suggestions.competing(session, entry)).items,
        ratings=None if framework.is_reference else tallies.shown(session, framework, read.line.revision),
    )


@router.get("/{code:code}")
def short_address(code: str, session: SessionDep, viewer: Anyone) -> Response:
    """`/CCHF-07`, in any case: the entry as it stands."""
    entry = queries.entry(session, code)
    return RedirectResponse(f"/frameworks/{entry.framework.slug}/entries/{entry.code}", 307)


@router.get("/{code:code}@{number:number}")
def cited_address(code: str, number: str, session: SessionDep, viewer: Anyone) -> Response:
    """`/CCHF-07@0.2`: the entry as it was in that release, for ever."""
    entry = queries.entry(session, code)
    release = queries.release(session, entry.framework, number)
    if queries.find_line(session, release, entry) is None:
        raise NotFound()
    return RedirectResponse(f"/frameworks/{entry.framework.slug}/releases/{release.number}/entries/{entry.code}", 307)


def _retired_entry(request: Request, session: Session, framework: Framework, code: str) -> Response:
    entry = queries.entry_of(session, framework, code)
    last = reading.last_release_with(session, entry)
    read = reading.entry_as_read(session, framework, entry, last) if last else None
    if read is None:
        raise NotFound()
    return web.render(request, "releases/retired_entry.html", read=read, term_name=reading.term_name)


def _panel(session: Session, viewer: Viewer, round_: Round | None) -> list[PanelEntry]:
    """The panel of someone who takes part in the open round, so that the page can say how far they are."""
    if round_ is None or not viewer.may(Permission.TAKE_PART):
        return []
    submission = submissions.find_choice(session, round_, viewer)
    return submissions.panel(session, submission) if submission else []


def points_of(session: Session, found: list[Comment]) -> comments.Points:
    """Public points with the changes they suggest and what was decided on them."""
    changes = suggestions.changes(session, found)
    return comments.page(session, found, changes=changes, decisions=answers.published_decisions(session, found))


def may_say(viewer: Viewer) -> bool:
    """Whether the page offers to comment, rate and suggest: to participants, and to those who may sign in as one."""
    return not viewer.is_signed_in or viewer.may(Permission.TAKE_PART)


def open_round(round_: Round | None, release: Release) -> Round | None:
    """The round, where this release is open for feedback in it now."""
    return round_ if round_ and round_.is_open and round_.release_id == release.id else None
