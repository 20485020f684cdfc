"""Suggesting new words for an entry, with the difference to see before sending."""

from dataclasses import dataclass
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.comments import commenting
from backend.comments.commenting import TextMovedOn
from backend.comments.models import Kind, State
from backend.core import forms, tokens, web
from backend.core.db import SessionDep
from backend.core.errors import Refusal
from backend.core.forms import Line, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.releases import diff, rounds
from backend.releases import queries as release_queries
from backend.releases.models import Framework, ReleaseEntry, Round
from backend.sending import editing, in_place, receipts
from backend.submissions import asking, speaking
from backend.submissions import queries as submission_queries
from backend.submissions.models import PublishAs, SpeakingFor
from backend.suggestions import queries, suggesting
from backend.suggestions.suggesting import Suggested, Value

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
TakingPart = Annotated[Viewer, allow(Permission.TAKE_PART)]


class SuggestForm(forms.Form):
    """The words, or the terms, as they should be, and why."""

    speaking_for: SpeakingFor
    on_behalf_of: Line = ""
    replacement: Words = ""
    terms: list[str] = []
    body: Words = ""
    publish_as: PublishAs
    form_token: str
    revision: str = ""
    step: Literal["preview", "change", "autosave", "draft", "send"]

    mistakes = {
        "replacement": mark("Enter the words as they should be"),
        "terms": mark("Select terms from the list"),
        "body": mark("Enter why you suggest this"),
        **asking.MISTAKES,
    }


@dataclass(frozen=True)
class Field:
    """The part of an entry that a suggestion is for, as it stands in the round's release."""

    framework: Framework
    round_: Round
    line: ReleaseEntry
    name: str

    @property
    def label(self) -> str:
        """Its name on screen."""
        return diff.field_label(self.framework, self.name)

    @property
    def is_terms(self) -> bool:
        """Whether it is a list of terms."""
        return self.name.startswith("terms:")

    @property
    def value(self) -> Value:
        """What it says now."""
        return self.line.revision.content.value(self.name)

    @property
    def address(self) -> str:
        """Where the form is."""
        return f"/frameworks/{self.framework.slug}/entries/{self.line.entry.code}/suggest?{web.query(field=self.name)}"


@router.get("/frameworks/{slug}/entries/{code}/suggest")
def suggest(
    request: Request, slug: str, code: str, session: SessionDep, viewer: TakingPart, field: str = "title"
) -> Response:
    """The words as they are, to be made better."""
    return _form(request, session, viewer, _field(session, slug, code, field), Typed())


@router.post("/frameworks/{slug}/entries/{code}/suggest")
def send_suggestion(
    request: Request,
    slug: str,
    code: str,
    typed: TypedDep,
    session: SessionDep,
    viewer: TakingPart,
    field: str = "title",
) -> Response:
    """Show the difference, go back to the form, keep a draft, send, or add it to the organisation's feedback."""
    about = _field(session, slug, code, field)
    form = asking.check(typed, SuggestForm, viewer)
    value = _checked(session, about, form, typed) if form else None
    if web.wants_fragment(request):
        suggested = _suggested(about, form, value) if form and value is not None else None
        keep = partial(suggesting.begin, session, viewer, about.round_, **suggested) if suggested else None
        return in_place.save(request, session, viewer, typed, keep)
    if form is None or value is None or typed.mistakes:
        return _form(request, session, viewer, about, typed, status=422)
    if form.step == "change":
        return _form(request, session, viewer, about, typed)
    if form.step == "preview":
        return _preview(request, session, viewer, about, form, value, typed)
    limits.count(session, limits.SENDING, viewer.known)
    write = suggesting.suggest if form.step == "send" else suggesting.begin
    try:
        comment = write(session, viewer, about.round_, **_suggested(about, form, value))
    except TextMovedOn as moved:
        return editing.conflict(request, session, viewer, moved.comment, typed)
    if form.step != "send":
        return web.go_to(f"/comments/{comment.reference}", notice=gettext(editing.DRAFT_SAVED))
    if comment.state is not State.DRAFT:
        receipts.for_comment(session, comment)
    return web.go_to(f"/comments/{comment.reference}/sent")


def _field(session: Session, slug: str, code: str, name: str) -> Field:
    framework = release_queries.framework(session, slug)
    entry = release_queries.entry_of(session, framework, code)
    round_ = release_queries.find_round(session, framework)
    if round_ is None:
        raise rounds.RoundClosed()
    rounds.must_be_open(round_)
    suggesting.must_be_field(framework, name)
    return Field(framework, round_, commenting.line_of(session, round_, entry), name)


def _checked(session: Session, about: Field, form: SuggestForm, typed: Typed) -> Value | None:
    """The value as it would stand in the entry, or None with the mistake noted beside its field."""
    if form.revision != about.line.revision.digest:
        typed.mistake("", gettext("The words have changed since you opened this form. Read them again, then send."))
        return None
    value = tuple(form.terms) if about.is_terms else form.replacement
    if about.name == "title" and len(form.replacement) > 300:
        typed.mistake("replacement", gettext("Use 300 characters or fewer for a title"))
        return None
    if not form.body and form.step not in ("autosave", "draft"):
        typed.wrong("body", SuggestForm)
    try:
        return suggesting.checked_value(session, about.framework, about.line.revision, about.name, value)
    except Refusal as refusal:
        typed.mistake("terms" if about.is_terms else "replacement", refusal.message)
        return None


def _suggested(about: Field, form: SuggestForm, value: Value) -> Suggested:
    return {
        "entry": about.line.entry, "field": about.name, "value": value, "body": form.body,
        "form_token": form.form_token, "speaking_for": form.speaking_for, "on_behalf_of": form.on_behalf_of,
        "publish_as": form.publish_as,
    }  # fmt: skip


def _preview(
    request: Request,
    session: Session,
    viewer: Viewer,
    about: Field,
    form: SuggestForm,
    value: Value,
    typed: Typed,
) -> Response:
    labels = queries.term_labels(session, about.framework) if about.is_terms else {}
    who: dict[str, Any] = form.model_dump(include={"speaking_for", "publish_as", "on_behalf_of"})
    return web.render(
        request, "suggestions/suggestion_preview.html", about=about, body=form.body, typed=typed,
        kind=Kind.WRONG_MAPPING if about.is_terms else Kind.WORDING,
        change=queries.change(about.framework, about.line.revision, about.name, value, labels),
        byline=speaking.byline(session, about.round_, viewer, **who),
        for_organisation=speaking.is_for_an_organisation(form.speaking_for),
    )  # fmt: skip


def _form(
    request: Request, session: Session, viewer: Viewer, about: Field, typed: Typed, *, status: int = 200
) -> Response:
    labels = queries.term_labels(session, about.framework) if about.is_terms else {}
    return web.render(
        request, "suggestions/suggest.html", status=status, about=about, typed=typed,
        terms=list(labels.get(about.name.removeprefix("terms:"), {}).items()),
        form_token=typed.one("form_token") or tokens.secret(),
        choices=speaking.choices(viewer), chosen=submission_queries.find_choice(session, about.round_, viewer),
    )  # fmt: skip
