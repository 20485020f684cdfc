"""Taking part: who one speaks for, and the panel of entries to look at."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.responses import Response

from backend.comments import commenting
from backend.comments import queries as comment_queries
from backend.core import forms, web
from backend.core.db import SessionDep
from backend.core.forms import Line, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.ratings import queries as rating_queries
from backend.releases import queries as release_queries
from backend.releases import rounds
from backend.releases.models import Entry, ReleaseEntry, Round
from backend.submissions import asking, looking, queries, speaking
from backend.submissions.models import PublishAs, SpeakingFor, Submission

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
TakingPart = Annotated[Viewer, allow(Permission.TAKE_PART)]
HOW = "/my-panel/how-you-take-part"


class HowForm(forms.Form):
    """Who is speaking, and what may be published."""

    speaking_for: SpeakingFor
    on_behalf_of: Line = ""
    publish_as: PublishAs
    step: Literal["preview", "change", "save"]

    mistakes = asking.MISTAKES


class EntriesForm(forms.Form):
    """The codes of the entries of a panel."""

    entries: list[str] = []

    mistakes = {"entries": mark("Select entries from the list")}


@router.get("/my-panel")
def my_panel(request: Request, session: SessionDep, viewer: TakingPart) -> Response:
    """The round, and how far one has come in it."""
    framework = release_queries.consulted_framework(session)
    round_ = release_queries.find_round(session, framework)
    submission = queries.find_choice(session, round_, viewer) if round_ else None
    return web.render(
        request, "submissions/my_panel.html", framework=framework, round_=round_, submission=submission,
        lines=_progress(session, submission) if submission else [],
    )  # fmt: skip


@router.get(HOW)
def how_you_take_part(request: Request, session: SessionDep, viewer: TakingPart) -> Response:
    """Who one speaks for and what may be published, with nothing chosen beforehand."""
    return _how(request, session, viewer, _open_round(session), Typed())


@router.post(HOW)
def choose_how(request: Request, typed: TypedDep, session: SessionDep, viewer: TakingPart) -> Response:
    """Show what would stand under each point, then keep the choice."""
    round_ = _open_round(session)
    form = asking.check(typed, HowForm, viewer)
    if form is None:
        return _how(request, session, viewer, round_, typed, status=422)
    if form.step == "change":
        return _how(request, session, viewer, round_, typed)
    who: dict[str, Any] = form.model_dump(include={"speaking_for", "publish_as", "on_behalf_of"})
    if form.step == "preview":
        byline = speaking.byline(session, round_, viewer, **who)
        return web.render(request, "submissions/how_preview.html", form=form, byline=byline, typed=typed, address=HOW)
    speaking.choose(session, round_, viewer, **who)
    return web.go_to("/my-panel", notice=gettext("Your choice has been saved. You can change it on every form."))


@router.get("/my-panel/entries")
def panel_entries(request: Request, session: SessionDep, viewer: TakingPart) -> Response:
    """Every entry of the release, to be chosen from."""
    round_ = _open_round(session)
    submission = queries.find_choice(session, round_, viewer)
    if submission is None:
        return web.go_to(HOW)
    return _choose(request, session, round_, submission, Typed())


@router.post("/my-panel/entries")
def choose_entries(request: Request, typed: TypedDep, session: SessionDep, viewer: TakingPart) -> Response:
    """Make the selected entries the panel."""
    round_ = _open_round(session)
    submission = queries.find_choice(session, round_, viewer)
    if submission is None:
        return web.go_to(HOW)
    form = typed.check(EntriesForm)
    known = {line.entry.code: line.entry for line in release_queries.manifest(session, round_.release)}
    if form and not set(form.entries) <= known.keys():
        typed.wrong("entries", EntriesForm)
    if form is None or typed.mistakes:
        return _choose(request, session, round_, submission, typed, status=422)
    looking.choose_entries(session, submission, [known[code] for code in form.entries])
    return web.go_to("/my-panel", notice=gettext("Your panel has been saved."))


@router.get("/my-panel/entries/{code}")
def panel_entry(request: Request, code: str, session: SessionDep, viewer: TakingPart) -> Response:
    """One entry of the panel: its words, what can be said about it, and what has been said."""
    round_ = _open_round(session)
    entry = release_queries.entry_of(session, round_.release.framework, code)
    line = commenting.line_of(session, round_, entry)
    submission = queries.find_choice(session, round_, viewer)
    panel = queries.panel(session, submission) if submission else []
    return web.render(
        request, "submissions/panel_entry.html", framework=round_.release.framework, round_=round_, line=line,
        submission=submission, progress=_of(session, submission, [line])[0] if submission else None,
        own=comment_queries.by_voices(session, [submission.voice], round_=round_, entry=entry) if submission else [],
        place=next((n for n, each in enumerate(panel, start=1) if each.entry_id == entry.id), 0), total=len(panel),
    )  # fmt: skip


@router.post("/my-panel/entries/{code}/looked-at")
def note_looked_at(request: Request, code: str, session: SessionDep, viewer: TakingPart) -> Response:
    """Note that the entry is done with, and go on to the next one."""
    round_ = _open_round(session)
    entry = release_queries.entry_of(session, round_.release.framework, code)
    commenting.line_of(session, round_, entry)
    submission = queries.find_choice(session, round_, viewer)
    if submission is None:
        return web.go_to(HOW)
    looking.note_looked_at(session, submission, entry)
    next_entry = queries.next_of(queries.panel(session, submission), entry)
    if next_entry is None:
        return web.go_to("/my-panel", notice=gettext("You have looked at every entry of your panel. Thank you."))
    return web.go_to(f"/my-panel/entries/{next_entry.code}")


def _open_round(session: Session) -> Round:
    round_ = release_queries.find_round(session, release_queries.consulted_framework(session))
    if round_ is None:
        raise rounds.RoundClosed()
    rounds.must_be_open(round_)
    return round_


def _progress(session: Session, submission: Submission) -> list[dict[str, Any]]:
    chosen = {line.entry_id for line in queries.panel(session, submission)}
    manifest = release_queries.manifest(session, submission.round.release)
    return _of(session, submission, [line for line in manifest if line.entry_id in chosen])


def _of(session: Session, submission: Submission, lines: list[ReleaseEntry]) -> list[dict[str, Any]]:
    """How far the voice has come with each entry, in three reads however many there are."""
    looked_at = {line.entry_id for line in queries.panel(session, submission) if line.looked_at}
    commented = comment_queries.entries_of(session, submission)
    rated = rating_queries.rated_entries(session, submission.voice, lines)
    return [
        {
            "line": line,
            "looked_at": line.entry_id in looked_at,
            "commented": line.entry_id in commented,
            "rated": line.entry_id in rated,
        }
        for line in lines
    ]


def _how(
    request: Request, session: Session, viewer: Viewer, round_: Round, typed: Typed, *, status: int = 200
) -> Response:
    return web.render(
        request, "submissions/how_you_take_part.html", status=status, typed=typed, round_=round_, address=HOW,
        choices=speaking.choices(viewer), chosen=queries.find_choice(session, round_, viewer),
    )  # fmt: skip


def _choose(
    request: Request, session: Session, round_: Round, submission: Submission, typed: Typed, *, status: int = 200
) -> Response:
    lines = release_queries.manifest(session, round_.release)
    entries: list[Entry] = [line.entry for line in queries.panel(session, submission)]
    return web.render(
        request, "submissions/panel_entries.html", status=status, typed=typed, round_=round_,
        options=[(line.entry.code, line.revision.title.after(f"{line.entry.code}: ")) for line in lines],
        values=[entry.code for entry in entries],
    )  # fmt: skip
