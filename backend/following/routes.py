"""Following something, stopping, and seeing what one follows."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.comments import queries as comment_queries
from backend.comments.models import State
from backend.core import web
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.core.i18n import gettext
from backend.following import queries, subscribing
from backend.following.models import Subscription
from backend.people.access import Permission, Viewer, allow
from backend.releases import queries as release_queries
from backend.releases import reading
from backend.releases.models import Entry, Framework

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Known = Annotated[Viewer, allow(Permission.ACCOUNT)]


@router.get("/account/following")
def following(request: Request, session: SessionDep, viewer: Known) -> Response:
    """Everything that the person follows, and how often they are told."""
    followed = queries.subscriptions(session, viewer.known)
    return web.render(
        request, "following/following.html", followed=followed, person=viewer.known,
        titles=_titles(session, followed), published=State.PUBLISHED,
    )  # fmt: skip


@router.post("/frameworks/{slug}/follow")
def follow_framework(request: Request, slug: str, session: SessionDep, viewer: Known) -> Response:
    """Be told what each release changes."""
    framework = release_queries.framework(session, slug)
    subscribing.follow(session, viewer.known, framework)
    return _followed(request, f"/frameworks/{framework.slug}", gettext("You follow this framework."))


@router.post("/frameworks/{slug}/stop-following")
def stop_following_framework(request: Request, slug: str, session: SessionDep, viewer: Known) -> Response:
    """Hear no more of the framework as a whole."""
    framework = release_queries.framework(session, slug)
    subscribing.stop(session, viewer.known, framework)
    return _stopped(request, f"/frameworks/{framework.slug}")


@router.post("/frameworks/{slug}/entries/{code}/follow")
def follow_entry(request: Request, slug: str, code: str, session: SessionDep, viewer: Known) -> Response:
    """Be told when a release changes the entry."""
    entry = _entry(session, slug, code)
    subscribing.follow(session, viewer.known, entry)
    return _followed(request, f"/frameworks/{slug}/entries/{entry.code}", gettext("You follow this entry."))


@router.post("/frameworks/{slug}/entries/{code}/stop-following")
def stop_following_entry(request: Request, slug: str, code: str, session: SessionDep, viewer: Known) -> Response:
    """Hear no more of the entry."""
    entry = _entry(session, slug, code)
    subscribing.stop(session, viewer.known, entry)
    return _stopped(request, f"/frameworks/{slug}/entries/{entry.code}")


@router.post("/comments/{reference}/follow")
def follow_comment(request: Request, reference: str, session: SessionDep, viewer: Known) -> Response:
    """Be told what is decided on a public point."""
    comment = comment_queries.comment(session, reference)
    if comment.state is not State.PUBLISHED:
        raise NotFound()
    subscribing.follow(session, viewer.known, comment)
    return _followed(request, f"/comments/{comment.reference}", gettext("You follow this point."))


@router.post("/comments/{reference}/stop-following")
def stop_following_comment(request: Request, reference: str, session: SessionDep, viewer: Known) -> Response:
    """Hear no more of a point, also of one that is not public any more."""
    comment = comment_queries.comment(session, reference)
    if comment.state is not State.PUBLISHED and not queries.find_subscription(session, viewer.known, comment):
        raise NotFound()
    subscribing.stop(session, viewer.known, comment)
    return _stopped(request, f"/comments/{comment.reference}")


def _entry(session: Session, slug: str, code: str) -> Entry:
    """An entry that has been published. Raises NotFound."""
    entry = release_queries.entry_of(session, release_queries.framework(session, slug), code)
    if reading.last_release_with(session, entry) is None:
        raise NotFound()
    return entry


def _followed(request: Request, page: str, notice: str) -> Response:
    return web.go_to(_back(request, page), notice=notice)


def _stopped(request: Request, page: str) -> Response:
    return web.go_to(_back(request, page), notice=gettext("You do not follow it any more."))


def _back(request: Request, page: str) -> str:
    """To where the button was pressed: the page of the thing, or the list of what is followed."""
    here = web.address_of(request)
    return page if here == "/" else here


def _titles(session: Session, followed: Sequence[Subscription]) -> dict[int, str]:
    """What the followed entries are called now; one that has left its framework is in no list."""
    frameworks: dict[int, Framework] = {
        each.entry.framework_id: each.entry.framework for each in followed if each.entry
    }
    return {
        line.entry_id: line.revision.content.title
        for framework in frameworks.values()
        for line in release_queries.manifest(session, release_queries.shown_release(session, framework))
    }
