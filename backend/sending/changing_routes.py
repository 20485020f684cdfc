"""Changing one's own words and taking them back: drafts at will, what was sent while the round is open."""

from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import AfterValidator
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.comments import commenting, drafting, queries
from backend.comments.commenting import TextMovedOn
from backend.comments.models import OFFERED, Comment, Kind, State
from backend.core import forms, web
from backend.core.db import SessionDep
from backend.core.errors import Refusal
from backend.core.forms import Line, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.sending import editing, in_place, receipts
from backend.submissions import asking, signing, speaking
from backend.submissions.models import PublishAs, SpeakingFor
from backend.suggestions import queries as suggestion_queries
from backend.suggestions import suggesting
from backend.suggestions.models import Suggestion
from backend.suggestions.suggesting import Value

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
TakingPart = Annotated[Viewer, allow(Permission.TAKE_PART)]
Known = Annotated[Viewer, allow(Permission.ACCOUNT)]
"""Who no longer takes part still takes back what they said themselves."""
NO_REASON = mark("Enter why you suggest this")


def _offered(kind: Kind) -> Kind:
    if kind not in OFFERED:
        raise ValueError
    return kind


class EditForm(forms.Form):
    """Other words for a point, who makes it while it is a draft, and what may be published of it."""

    speaking_for: SpeakingFor | None = None
    on_behalf_of: Line = ""
    kind: Annotated[Kind, AfterValidator(_offered)] | None = None
    replacement: Words = ""
    terms: list[str] = []
    body: Words = ""
    publish_as: PublishAs
    form_token: str = ""
    seen: int
    """The number of the text that the author was reading."""
    step: Literal["preview", "change", "autosave", "draft", "send"]

    mistakes = {
        "kind": mark("Select what kind of point it is"),
        "replacement": mark("Enter the words as they should be"),
        "terms": mark("Select terms from the list"),
        "body": mark("Enter your point"),
        **asking.MISTAKES,
    }


@router.get("/comments/{reference}/edit")
def edit(request: Request, reference: str, session: SessionDep, viewer: TakingPart) -> Response:
    """The words as they are, to be written anew."""
    comment = editing.own(session, viewer, reference)
    if drafting.is_discarded(comment):
        raise drafting.DraftDiscarded()
    commenting.must_be_changeable(session, comment, viewer)
    if not editing.may_change(comment, viewer):
        return web.go_to(f"/comments/{comment.reference}")  # it says who can
    return _edit(request, session, viewer, comment, Typed())


@router.post("/comments/{reference}/edit")
def save_edit(request: Request, reference: str, typed: TypedDep, session: SessionDep, viewer: TakingPart) -> Response:
    """Show what will appear, go back to the form, keep a draft, send the other words or add them to the feedback."""
    comment = editing.own(session, viewer, reference)
    if drafting.is_discarded(comment):
        raise drafting.DraftDiscarded()
    commenting.must_be_changeable(session, comment, viewer)
    form = asking.check(typed, EditForm, viewer)
    suggestion = session.get(Suggestion, comment.id)
    value = _value(session, suggestion, form, typed) if form and suggestion else None
    if comment.state is not State.DRAFT:
        if typed.one("form_token"):
            return _sent_meanwhile(comment, form, value)
        signing.must_sign(comment.submission, viewer)
    elif form and form.speaking_for not in (None, *editing.choices(session, comment, viewer)):
        typed.mistake("speaking_for", gettext(drafting.ColleaguesToo.words))
    if form and not form.body and (suggestion is None or form.step in ("preview", "send")):
        if suggestion:
            typed.mistake("body", gettext(NO_REASON))
        else:
            typed.wrong("body", EditForm)
    if web.wants_fragment(request):
        if comment.state is not State.DRAFT:
            raise drafting.AlreadySent(comment)
        keep = partial(_save_draft, session, viewer, comment, form, value) if form else None
        return in_place.save(request, session, viewer, typed, keep)
    if form is None or typed.mistakes:
        return _edit(request, session, viewer, comment, typed, status=422)
    if form.step == "change":
        return _edit(request, session, viewer, comment, typed)
    if form.step == "preview":
        return _preview(request, session, viewer, comment, form, suggestion, value, typed)
    limits.count(session, limits.SENDING, viewer.known)
    try:
        return _save(session, viewer, comment, form, value)
    except TextMovedOn as moved:
        return editing.conflict(request, session, viewer, moved.comment, typed)


@router.get("/comments/{reference}/withdraw")
def withdraw(request: Request, reference: str, session: SessionDep, viewer: Known) -> Response:
    """What taking the point back means, before it is done."""
    comment = editing.own(session, viewer, reference)
    if drafting.is_discarded(comment):
        raise drafting.DraftDiscarded()
    commenting.must_be_changeable(session, comment, viewer)
    if comment.state is State.DRAFT:
        return web.go_to(f"/comments/{comment.reference}/discard")
    if not editing.may_change(comment, viewer):
        return web.go_to(f"/comments/{comment.reference}")
    text = queries.words_of(session, [comment])[comment.id]
    return web.render(request, "sending/withdraw.html", comment=comment, text=text)


@router.post("/comments/{reference}/withdraw")
def withdraw_comment(request: Request, reference: str, session: SessionDep, viewer: Known) -> Response:
    """Take the point back."""
    comment = editing.own(session, viewer, reference)
    commenting.withdraw(session, comment, by=viewer)
    return web.go_to(
        "/my-feedback", notice=gettext("Point %(reference)s has been withdrawn.") % {"reference": comment.reference}
    )


@router.get("/comments/{reference}/discard")
def discard(request: Request, reference: str, session: SessionDep, viewer: Known) -> Response:
    """What throwing the draft away means, before it is done."""
    comment = editing.own(session, viewer, reference)
    draft = drafting.must_be_draft(session, comment)
    return web.render(
        request, "sending/discard.html", comment=comment, draft=draft,
        for_organisation=comment.submission.organisation_id is not None,
    )  # fmt: skip


@router.post("/comments/{reference}/discard")
def discard_draft(request: Request, reference: str, session: SessionDep, viewer: Known) -> Response:
    """Throw the draft away."""
    comment = editing.own(session, viewer, reference)
    drafting.discard(session, comment, by=viewer)
    return web.go_to(
        "/my-feedback", notice=gettext("Draft %(reference)s has been thrown away.") % {"reference": comment.reference}
    )


def _sent_meanwhile(comment: Comment, form: EditForm | None, value: Value | None) -> Response:
    """The form of a draft comes again after it was sent. Raises AlreadySent if it says something else."""
    replacement = suggesting.written(value) if value is not None else None
    if form is None or commenting.digest_of(form.body, replacement) != comment.digest:
        raise drafting.AlreadySent(comment)
    return web.go_to(f"/comments/{comment.reference}/sent")


def _save(session: Session, viewer: Viewer, comment: Comment, form: EditForm, value: Value | None) -> Response:
    """Keep the draft, and with the last button send it or offer it; or send other words in place of those sent."""
    if comment.state is not State.DRAFT:
        commenting.edit(
            session, comment, by=viewer, seen=form.seen, body=form.body, publish_as=form.publish_as,
            replacement=suggesting.written(value) if value is not None else None,
        )  # fmt: skip
        receipts.for_comment(session, comment, to=viewer.known)
        return web.go_to(
            f"/comments/{comment.reference}", notice=gettext("Your words have been changed. They wait to be checked.")
        )
    _save_draft(session, viewer, comment, form, value)
    if form.step != "send":
        return web.go_to(f"/comments/{comment.reference}", notice=gettext(editing.DRAFT_SAVED))
    if comment.submission.organisation_id is not None:
        drafting.offer(session, comment, by=viewer)
    else:
        drafting.send(session, comment, by=viewer)
        receipts.for_comment(session, comment)
    return web.go_to(f"/comments/{comment.reference}/sent")


def _save_draft(session: Session, viewer: Viewer, comment: Comment, form: EditForm, value: Value | None) -> None:
    drafting.save(
        session, comment, by=viewer, seen=form.seen, form=form.form_token, body=form.body,
        replacement=suggesting.written(value) if value is not None else None, kind=form.kind,
        speaking_for=form.speaking_for, on_behalf_of=form.on_behalf_of, publish_as=form.publish_as,
    )  # fmt: skip


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
    viewer: Viewer,
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
    is_draft = comment.state is State.DRAFT
    speaking_for = comment.speaking_for
    if is_draft and form.speaking_for:
        speaking_for = form.speaking_for
        byline = speaking.byline(
            session, comment.round, viewer, speaking_for=speaking_for, publish_as=form.publish_as,
            on_behalf_of=form.on_behalf_of,
        )  # fmt: skip
    else:
        byline = speaking.byline_in(
            session, comment.submission, speaking_for=speaking_for, publish_as=form.publish_as,
            on_behalf_of=comment.on_behalf_of,
        )  # fmt: skip
    return web.render(
        request, "sending/edit_preview.html", comment=comment, body=form.body, kind=form.kind or comment.kind,
        byline=byline, change=change, typed=typed, is_draft=is_draft,
        for_organisation=speaking.is_for_an_organisation(speaking_for),
    )  # fmt: skip


def _edit(
    request: Request, session: Session, viewer: Viewer, comment: Comment, typed: Typed, *, status: int = 200
) -> Response:
    return web.render(request, "sending/edit.html", status=status, **editing.facts(session, comment, viewer, typed))
