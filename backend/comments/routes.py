"""Commenting: write, see what will appear, send; then change it or take it back."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import AfterValidator
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.answers import queries as answer_queries
from backend.comments import commenting, drafting, queries
from backend.comments.commenting import Said, TextMovedOn
from backend.comments.models import OFFERED, Comment, Kind, State
from backend.core import forms, tokens, web
from backend.core.bilingual import said
from backend.core.db import SessionDep
from backend.core.errors import NotFound
from backend.core.forms import After, Line, SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Anyone, Permission, Viewer, allow
from backend.releases import activity, rounds
from backend.releases import queries as release_queries
from backend.releases.models import Entry, Framework, Question, ReleaseEntry, Round
from backend.sending import editing, in_place, receipts
from backend.submissions import asking, speaking
from backend.submissions import queries as submission_queries
from backend.submissions.models import PublishAs, SpeakingFor
from backend.suggestions import queries as suggestion_queries

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
TakingPart = Annotated[Viewer, allow(Permission.TAKE_PART)]


def _offered(kind: Kind) -> Kind:
    if kind not in OFFERED:
        raise ValueError
    return kind


class CommentForm(forms.Form):
    """A point, who makes it, and what may be published of it."""

    speaking_for: SpeakingFor
    on_behalf_of: Line = ""
    kind: Annotated[Kind, AfterValidator(_offered)]
    body: SomeWords
    publish_as: PublishAs
    form_token: str
    revision: str = ""
    step: Literal["preview", "change", "autosave", "draft", "send"]

    mistakes = {
        "kind": mark("Select what kind of point it is"),
        "body": mark("Enter your point"),
        **asking.MISTAKES,
    }


@dataclass(frozen=True)
class About:
    """What the address says that the point is about."""

    framework: Framework
    round_: Round | None
    entry: Entry | None
    section: str | None
    question: Question | None
    address: str

    @property
    def subject(self) -> str:
        """What it is about, in a heading."""
        if self.entry:
            return self.entry.code
        return said(self.question, "prompt") if self.question else said(self.framework, "title")

    def line(self, session: Session) -> ReleaseEntry | None:
        """The exact words, where it is about an entry. Raises RoundClosed or EntryNotInRelease."""
        if self.round_ is None:
            raise rounds.RoundClosed()
        rounds.must_be_open(self.round_)
        return commenting.line_of(session, self.round_, self.entry) if self.entry else None


def read_address(request: Request, session: Session) -> About:
    """What the address says. Raises NotFound for a framework, entry, section or question that there is not."""
    framework = release_queries.framework(session, request.path_params["slug"])
    round_ = release_queries.find_round(session, framework)
    code, asked = request.path_params.get("code"), request.path_params.get("question")
    entry = release_queries.entry(session, code) if code else None
    if entry and entry.framework_id != framework.id:
        raise NotFound()
    section = request.query_params.get("section") or None if entry else None
    if section and section not in {known["key"] for known in framework.sections}:
        raise NotFound()
    questions = round_.questions if round_ and asked else []
    question = next((each for each in questions if each.code == asked), None)
    if asked and question is None:
        raise NotFound()
    address = request.url.path + (f"?{web.query(section=section)}" if section else "")
    return About(framework, round_, entry, section, question, address)


@router.get("/frameworks/{slug}/comment")
@router.get("/frameworks/{slug}/questions/{question}/comment")
@router.get("/frameworks/{slug}/entries/{code}/comment")
def comment_form(request: Request, session: SessionDep, viewer: TakingPart) -> Response:
    """The words, and a form to say something about them."""
    return _form(request, session, viewer, read_address(request, session), Typed())


@router.post("/frameworks/{slug}/comment")
@router.post("/frameworks/{slug}/questions/{question}/comment")
@router.post("/frameworks/{slug}/entries/{code}/comment")
def send_comment(request: Request, typed: TypedDep, session: SessionDep, viewer: TakingPart) -> Response:
    """Show what will appear, go back to the form, keep a draft, send, or add it to the organisation's feedback."""
    about = read_address(request, session)
    line = about.line(session)
    form = asking.check(typed, CommentForm, viewer)
    if form and line and form.revision != line.revision.digest:
        typed.mistake("", gettext("The words have changed since you opened this form. Read them again, then send."))
    assert about.round_
    if web.wants_fragment(request):
        keep = partial(drafting.begin, session, viewer, about.round_, **_said(about, form)) if form else None
        return in_place.save(request, session, viewer, typed, keep)
    if form is None or typed.mistakes:
        return _form(request, session, viewer, about, typed, status=422)
    if form.step == "change":
        return _form(request, session, viewer, about, typed)
    if form.step == "preview":
        return _preview(request, session, viewer, about, form, typed)
    limits.count(session, limits.SENDING, viewer.known)
    said = _said(about, form)
    write = drafting.finish if form.step == "send" else drafting.begin
    try:
        comment = write(session, viewer, about.round_, **said)
    except TextMovedOn as moved:
        return editing.conflict(request, session, viewer, moved.comment, typed)
    if form.step != "send":
        return web.go_to(f"/comments/{comment.reference}", notice=gettext(editing.DRAFT_SAVED))
    if comment.state is not State.DRAFT:
        receipts.for_comment(session, comment)
    return web.go_to(f"/comments/{comment.reference}/sent")


@router.post("/preview")
def preview_words(request: Request, typed: TypedDep, viewer: TakingPart) -> Response:
    """The words as they will look, while they are being written."""
    return web.render(request, "comments/words_preview.html", block="words", body=typed.one("body"))


@router.get("/frameworks/{slug}/entries/{code}/points")
def entry_points(
    request: Request, slug: str, code: str, session: SessionDep, viewer: Anyone, after: After = None
) -> Response:
    """The published points about an entry, page by page."""
    framework = release_queries.framework(session, slug)
    entry = release_queries.entry_of(session, framework, code)
    activity.shows(request, viewer, framework, activity.of_entry(entry.code))
    comments = queries.published_on(session, entry, after=after, limit=queries.PAGE + 1)
    return web.render(
        request, "comments/entry_points.html", block="points", framework=framework, entry=entry,
        points=page_of(session, comments), more=f"/frameworks/{slug}/entries/{entry.code}/points",
    )  # fmt: skip


@router.get("/frameworks/{slug}/points")
def framework_points(request: Request, slug: str, session: SessionDep, viewer: Anyone, after: After = None) -> Response:
    """The published points about the framework as a whole and the questions of its last round."""
    framework = release_queries.framework(session, slug)
    round_ = release_queries.find_round(session, framework)
    if round_ is None:
        raise NotFound()
    activity.shows(request, viewer, framework, activity.of_points(framework.slug))
    comments = queries.published_in(session, round_, after=after, limit=queries.PAGE + 1)
    return web.render(
        request, "comments/framework_points.html", block="points", framework=framework, round_=round_,
        points=page_of(session, comments), more=f"/frameworks/{slug}/points",
    )  # fmt: skip


def page_of(session: Session, comments: Sequence[Comment]) -> queries.Points:
    """A page of points with the changes they suggest and what was decided on them."""
    return queries.page(
        session,
        comments,
        changes=suggestion_queries.changes(session, comments),
        decisions=answer_queries.published_decisions(session, comments),
    )


def _said(about: About, form: CommentForm) -> Said:
    return {
        "kind": form.kind, "body": form.body, "entry": about.entry, "section": about.section,
        "question": about.question, "form_token": form.form_token, "speaking_for": form.speaking_for,
        "on_behalf_of": form.on_behalf_of, "publish_as": form.publish_as,
    }  # fmt: skip


def _preview(
    request: Request, session: Session, viewer: Viewer, about: About, form: CommentForm, typed: Typed
) -> Response:
    assert about.round_
    byline = speaking.byline(
        session, about.round_, viewer, speaking_for=form.speaking_for, publish_as=form.publish_as,
        on_behalf_of=form.on_behalf_of,
    )  # fmt: skip
    return web.render(
        request, "comments/comment_preview.html", about=about, line=about.line(session), form=form, byline=byline,
        typed=typed, for_organisation=speaking.is_for_an_organisation(form.speaking_for),
    )  # fmt: skip


def _form(
    request: Request, session: Session, viewer: Viewer, about: About, typed: Typed, *, status: int = 200
) -> Response:
    line = about.line(session)
    assert about.round_
    return web.render(
        request, "comments/comment_form.html", status=status, typed=typed, about=about, line=line,
        subject=about.subject,
        kinds=[(kind.value, gettext(kind.label)) for kind in OFFERED],
        form_token=typed.one("form_token") or tokens.secret(),
        choices=speaking.choices(viewer), chosen=submission_queries.find_choice(session, about.round_, viewer),
    )  # fmt: skip
