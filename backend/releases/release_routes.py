"""Reading releases: the list, each one as it was, and what changed between two."""

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response
from sqlmodel import Session

from backend.core import web
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.people.access import Anyone
from backend.releases import activity, comparing, queries, reading
from backend.releases.comparing import EntryChange
from backend.suggestions import prompting
from backend.suggestions.prompting import Prompt

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


@router.get("/frameworks/{slug}/releases")
def releases(request: Request, slug: str, session: SessionDep, viewer: Anyone) -> Response:
    """Every release of a framework, the newest first."""
    framework = queries.framework(session, slug)
    activity.shows(request, viewer, framework)
    listed = queries.releases(session, framework)
    return web.render(request, "releases/releases.html", framework=framework, releases=listed)


@router.get("/frameworks/{slug}/releases/{number}")
def release(request: Request, slug: str, number: str, session: SessionDep, viewer: Anyone) -> Response:
    """A release: its notes, made from what changed and why, and its entries as they were."""
    framework = queries.framework(session, slug)
    release = queries.release(session, framework, number)
    activity.shows(request, viewer, framework, activity.of_points(slug))
    previous = release.previous
    changes = comparing.between(session, previous, release) if previous else []
    return web.render(
        request,
        "releases/release.html",
        framework=framework,
        release=release,
        previous=previous,
        newest=queries.shown_release(session, framework),
        changes=changes,
        causes=_causes(session, changes),
        lines=queries.manifest(session, release),
    )


@router.get("/frameworks/{slug}/releases/{number}/entries/{code}")
def release_entry(request: Request, slug: str, number: str, code: str, session: SessionDep, viewer: Anyone) -> Response:
    """An entry as it was in that release, for ever."""
    framework = queries.framework(session, slug)
    release = queries.release(session, framework, number)
    entry = queries.entry_of(session, framework, code)
    if code != entry.code:
        return RedirectResponse(f"/frameworks/{slug}/releases/{number}/entries/{entry.code}", 307)
    activity.shows(request, viewer, framework, activity.of_entry(entry.code))
    read = reading.entry_as_read(session, framework, entry, release)
    if read is None:
        raise NotFound()
    return web.render(
        request,
        "releases/release_entry.html",
        read=read,
        causes=prompting.prompted_by(session, read.latest_revisions).get(entry.id, []),
        term_name=reading.term_name,
    )


@router.get("/frameworks/{slug}/compare/{numbers}")
def comparison(request: Request, slug: str, numbers: str, session: SessionDep, viewer: Anyone) -> Response:
    """Every change from one release to another, as `0.1...0.2`, field by field, with what caused it."""
    framework = queries.framework(session, slug)
    first, dots, second = numbers.partition("...")
    if not dots:
        raise NotFound()
    old = queries.release(session, framework, first)
    new = queries.release(session, framework, second)
    if old.position > new.position:
        return RedirectResponse(f"/frameworks/{slug}/compare/{new.number}...{old.number}", 307)
    activity.shows(request, viewer, framework, activity.of_points(slug))
    changes = comparing.between(session, old, new)
    return web.render(
        request,
        "releases/comparison.html",
        framework=framework,
        old=old,
        new=new,
        releases=queries.releases(session, framework),
        changes=changes,
        causes=_causes(session, changes),
        labels=reading.labels_of(queries.schemes(session, framework)),
    )


def _causes(session: Session, changes: list[EntryChange]) -> dict[int, list[Prompt]]:
    return prompting.prompted_by(session, [revision for change in changes for revision in change.revisions])
