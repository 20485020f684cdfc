"""What one has said: its reference, and where it stands."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.answers import queries as answer_queries
from backend.comments import commenting, drafting, queries
from backend.comments.models import Comment, State
from backend.core import web
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.core.forms import After
from backend.following import queries as following
from backend.people.access import Anyone, Permission, Viewer, allow
from backend.ratings import queries as rating_queries
from backend.releases import activity
from backend.sending import editing, tracking
from backend.submissions import queries as submission_queries
from backend.submissions import speaking
from backend.suggestions import queries as suggestion_queries

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
TakingPart = Annotated[Viewer, allow(Permission.TAKE_PART)]
Known = Annotated[Viewer, allow(Permission.ACCOUNT)]
"""Who no longer takes part still reads, and takes back, what they said themselves."""


@router.get("/comments/{reference}/sent")
def sent(request: Request, reference: str, session: SessionDep, viewer: TakingPart) -> Response:
    """The reference, and what happens next."""
    comment = editing.own(session, viewer, reference)
    stage = tracking.stages(session, [comment], queries.written(session, [comment]))[comment.id]
    if stage not in (State.HELD, tracking.Stage.READY):
        return web.go_to(f"/comments/{comment.reference}")
    panel = submission_queries.panel(session, comment.submission)
    return web.render(
        request, "sending/sent.html", comment=comment, signers=editing.signers(session, comment),
        for_organisation=comment.state is State.DRAFT,
        next_entry=submission_queries.next_of(panel, comment.entry),
    )  # fmt: skip


@router.get("/comments/{reference}")
def comment(request: Request, reference: str, session: SessionDep, viewer: Anyone) -> Response:
    """A point and where it stands; its author and their colleagues also see what is not public."""
    comment = queries.comment(session, reference)
    is_own = comment.submission.voice in submission_queries.voices(viewer)
    if is_own and drafting.is_discarded(comment):
        raise drafting.DraftDiscarded()
    if comment.state is State.WITHDRAWN and (is_own or queries.was_public(session, comment)):
        raise commenting.PointWithdrawn()
    if not is_own and comment.state is not State.PUBLISHED:
        raise NotFound()
    if comment.state is State.DRAFT:
        return _draft(request, session, viewer, comment)
    framework = comment.round.release.framework
    activity.shows(request, viewer, framework, activity.of_points(framework.slug))
    decision = answer_queries.published_decision(session, comment)
    changes = suggestion_queries.changes(session, [comment])
    [point] = queries.points(session, [comment], changes=changes, decisions={comment.id: decision} if decision else {})
    return web.render(
        request, "sending/comment.html", comment=comment, point=point, steps=tracking.steps(comment, decision),
        follows=_follows(session, viewer, comment),
        is_own=is_own, stage=tracking.told(comment.state),
        texts=queries.texts(session, comment) if is_own else [], change=changes.get(comment.id),
        check=queries.find_check(session, comment) if is_own else None,
        is_open=is_own and comment.round.is_open and comment.state in commenting.CHANGEABLE,
        may_change=is_own and editing.may_change(comment, viewer),
        signers=editing.signers(session, comment) if is_own else [],
    )  # fmt: skip


def _follows(session: Session, viewer: Viewer, comment: Comment) -> bool | None:
    """Whether the viewer follows the point; None where it cannot be followed, because it is not public."""
    return following.find_follows(session, viewer, comment) if comment.state is State.PUBLISHED else None


def _draft(request: Request, session: Session, viewer: Viewer, comment: Comment) -> Response:
    """A draft, who wrote it last, and what can be done with it."""
    words = queries.written(session, [comment])
    returned = tracking.sent_back(session, [comment])
    byline = speaking.byline_in(
        session, comment.submission, speaking_for=comment.speaking_for, publish_as=comment.publish_as,
        on_behalf_of=comment.on_behalf_of,
    )  # fmt: skip
    return web.render(
        request, "sending/draft.html", comment=comment, draft=words[comment.id], byline=byline,
        change=suggestion_queries.changes(session, [comment]).get(comment.id),
        stage=tracking.stages(session, [comment], words)[comment.id], sent_back=returned.get(comment.id),
        signers=editing.signers(session, comment), for_organisation=comment.submission.organisation_id is not None,
    )  # fmt: skip


@router.get("/my-feedback")
def my_feedback(request: Request, session: SessionDep, viewer: Known, state: str = "", after: After = None) -> Response:
    """Everything that one's organisation and oneself have said, and where it stands."""
    voices = submission_queries.voices(viewer)
    found = queries.by_voices(
        session, voices, states=tracking.FILTERS.get(state, ()), after=after, limit=queries.PAGE + 1
    )
    comments = found[: queries.PAGE]
    words = queries.written(session, comments)
    return web.render(
        request, "sending/my_feedback.html", block="results", comments=comments, words=words,
        stages=tracking.stages(session, comments, words),
        decisions=answer_queries.published_decisions(session, comments),
        ratings=[] if after or state else rating_queries.by_voices(session, voices), viewer_voices=voices,
        state=state if state in tracking.FILTERS else "", filters=tracking.FILTER_LABELS,
        after=comments[-1].id if len(found) > queries.PAGE else None,
    )  # fmt: skip
