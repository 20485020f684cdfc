"""What has been sent: its reference, where it stands, and changing or taking it back."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.answers import queries as answer_queries
from backend.comments import commenting, queries
from backend.comments.models import Comment, CommentText, State
from backend.core import forms, web
from backend.core.db import SessionDep
from backend.core.errors import NotFound, Refusal
from backend.core.forms import After, SomeWords, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Anyone, Permission, Viewer, allow
from backend.ratings import queries as rating_queries
from backend.releases import activity
from backend.sending import receipts, tracking
from backend.submissions import asking, crediting
from backend.submissions import queries as submission_queries
from backend.submissions.models import PublishAs
from backend.suggestions import queries as suggestion_queries
from backend.suggestions import suggesting
from backend.suggestions.models import Suggestion
from backend.suggestions.suggesting import Value

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
TakingPart = Annotated[Viewer, allow(Permission.TAKE_PART)]


class EditForm(forms.Form):
    """Other words for a point, and what may be published of it."""

    replacement: Words = ""
    terms: list[str] = []
    body: SomeWords
    publish_as: PublishAs
    seen: int
    """The number of the text that the author was reading."""
    step: Literal["preview", "change", "send"]

    mistakes = {
        "replacement": mark("Enter the words as they should be"),
        "terms": mark("Select terms from the list"),
        "body": mark("Enter your point"),
        **asking.MISTAKES,
    }


@router.get("/comments/{reference}/sent")
def sent(request: Request, reference: str, session: SessionDep, viewer: TakingPart) -> Response:
    """The reference, and what happens next."""
    comment = _own(session, viewer, reference)
    panel = submission_queries.panel(session, comment.submission)
    return web.render(
        request, "sending/sent.html", comment=comment, next_entry=submission_queries.next_of(panel, comment.entry)
    )


@router.get("/comments/{reference}")
def comment(request: Request, reference: str, session: SessionDep, viewer: Anyone) -> Response:
    """A point and where it stands; its author and their colleagues also see what is not public."""
    comment = queries.comment(session, reference)
    is_own = comment.submission.voice in submission_queries.voices(viewer)
    if comment.state is State.WITHDRAWN and (is_own or queries.was_public(session, comment)):
        raise commenting.PointWithdrawn()
    if not is_own and comment.state is not State.PUBLISHED:
        raise NotFound()
    framework = comment.round.release.framework
    activity.shows(request, viewer, framework, activity.of_points(framework.slug))
    decision = answer_queries.published_decision(session, comment)
    changes = suggestion_queries.changes(session, [comment])
    [point] = queries.points(session, [comment], changes=changes, decisions={comment.id: decision} if decision else {})
    return web.render(
        request, "sending/comment.html", comment=comment, point=point, steps=tracking.steps(comment, decision),
        is_own=is_own, state=tracking.told(comment.state),
        texts=queries.texts(session, comment) if is_own else [], change=changes.get(comment.id),
        check=queries.find_check(session, comment) if is_own else None,
        is_changeable=is_own and comment.round.is_open and comment.state in commenting.CHANGEABLE,
    )  # fmt: skip


@router.get("/comments/{reference}/edit")
def edit(request: Request, reference: str, session: SessionDep, viewer: TakingPart) -> Response:
    """The words as they are, to be written anew."""
    comment = _own(session, viewer, reference)
    commenting.must_be_changeable(session, comment, viewer)
    return _edit(request, session, comment, Typed())


@router.post("/comments/{reference}/edit")
def save_edit(request: Request, reference: str, typed: TypedDep, session: SessionDep, viewer: TakingPart) -> Response:
    """Show what will appear, go back to the form, or send the other words."""
    comment = _own(session, viewer, reference)
    try:
        commenting.must_be_changeable(session, comment, viewer)
    except Refusal as refusal:
        words = [typed.one(name) for name in ("replacement", "body") if typed.one(name).strip()]
        return web.render(
            request, "comments/not_sent.html", status=refusal.status, heading=refusal.heading,
            message=refusal.message, words=words,
        )  # fmt: skip
    form = asking.check(typed, EditForm, viewer)
    suggestion = session.get(Suggestion, comment.id)
    value = _value(session, suggestion, form, typed) if form and suggestion else None
    if form is None or typed.mistakes:
        return _edit(request, session, comment, typed, status=422)
    if form.step == "change":
        return _edit(request, session, comment, typed)
    if form.step == "preview":
        return _preview(request, session, comment, form, suggestion, value, typed)
    was_draft = comment.state is State.DRAFT
    try:
        commenting.edit(
            session, comment, by=viewer, seen=form.seen, body=form.body, publish_as=form.publish_as,
            replacement=suggesting.written(value) if value is not None else None,
        )  # fmt: skip
    except commenting.TextMovedOn:
        return _edit(request, session, comment, typed, status=409, template="sending/edit_conflict.html")
    receipts.for_comment(session, comment)
    if was_draft:
        return web.go_to(f"/comments/{comment.reference}/sent")
    return web.go_to(
        f"/comments/{comment.reference}", notice=gettext("Your words have been changed. They wait to be checked.")
    )


@router.get("/comments/{reference}/withdraw")
def withdraw(request: Request, reference: str, session: SessionDep, viewer: TakingPart) -> Response:
    """What taking the point back means, before it is done."""
    comment = _own(session, viewer, reference)
    commenting.must_be_changeable(session, comment, viewer)
    text = queries.words_of(session, [comment])[comment.id]
    return web.render(request, "sending/withdraw.html", comment=comment, text=text)


@router.post("/comments/{reference}/withdraw")
def withdraw_comment(request: Request, reference: str, session: SessionDep, viewer: TakingPart) -> Response:
    """Take the point back."""
    comment = _own(session, viewer, reference)
    commenting.withdraw(session, comment, by=viewer)
    return web.go_to(
        "/my-feedback", notice=gettext("Point %(reference)s has been withdrawn.") % {"reference": comment.reference}
    )


@router.get("/my-feedback")
def my_feedback(
    request: Request, session: SessionDep, viewer: TakingPart, state: str = "", after: After = None
) -> Response:
    """Everything that one's organisation and oneself have said, and where it stands."""
    voices = submission_queries.voices(viewer)
    found = queries.by_voices(
        session, voices, states=tracking.FILTERS.get(state, ()), after=after, limit=queries.PAGE + 1
    )
    comments = found[: queries.PAGE]
    return web.render(
        request, "sending/my_feedback.html", block="results", comments=comments,
        words=queries.words_of(session, comments), told=tracking.told,
        decisions=answer_queries.published_decisions(session, comments),
        ratings=[] if after or state else rating_queries.by_voices(session, voices), viewer_voices=voices,
        state=state if state in tracking.FILTERS else "", filters=tracking.FILTER_LABELS,
        after=comments[-1].id if len(found) > queries.PAGE else None,
    )  # fmt: skip


def _own(session: Session, viewer: Viewer, reference: str) -> Comment:
    comment = queries.comment(session, reference)
    if comment.submission.voice not in submission_queries.voices(viewer):
        raise NotFound()
    return comment


def _value(session: Session, suggestion: Suggestion, form: EditForm, typed: Typed) -> Value | None:
    """What the suggestion proposes now, or None with the mistake noted beside its field."""
    base, is_terms = suggestion.base_revision, suggestion.field.startswith("terms:")
    try:
        return suggesting.checked_value(
            session, base.entry.framework, base, suggestion.field, tuple(form.terms) if is_terms else form.replacement
        )
    except Refusal as refusal:
        typed.mistake("terms" if is_terms else "replacement", refusal.message)
        return None


def _preview(
    request: Request,
    session: Session,
    comment: Comment,
    form: EditForm,
    suggestion: Suggestion | None,
    value: Value | None,
    typed: Typed,
) -> Response:
    framework = comment.round.release.framework
    change = None
    if suggestion and value is not None:
        labels = suggestion_queries.term_labels(session, framework)
        change = suggestion_queries.change(framework, suggestion.base_revision, suggestion.field, value, labels)
    byline = crediting.credit(
        comment.submission.organisation or comment.submission.person, round_id=comment.round_id,
        speaking_for=comment.speaking_for, publish_as=form.publish_as, on_behalf_of=comment.on_behalf_of,
        among=crediting.participants(session, [comment.round_id]),
    )  # fmt: skip
    return web.render(
        request, "sending/edit_preview.html", comment=comment, body=form.body, kind=comment.kind, byline=byline,
        change=change, typed=typed,
    )  # fmt: skip


def _edit(
    request: Request,
    session: Session,
    comment: Comment,
    typed: Typed,
    *,
    status: int = 200,
    template: str = "sending/edit.html",
) -> Response:
    text: CommentText = queries.words_of(session, [comment])[comment.id]
    suggestion = session.get(Suggestion, comment.id)
    field = suggestion.field if suggestion else ""
    framework = comment.round.release.framework
    labels: dict[str, Any] = suggestion_queries.term_labels(session, framework) if field.startswith("terms:") else {}
    return web.render(
        request, template, status=status, comment=comment, text=text, typed=typed, field=field,
        field_label=tracking.field_label(framework, field), value=suggesting.read(text.replacement),
        terms=list(labels.get(field.removeprefix("terms:"), {}).items()),
    )  # fmt: skip
