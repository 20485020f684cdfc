"""Rating an entry, and seeing what one has said of it."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import create_model
from sqlmodel import Session
from starlette.responses import Response

from backend.comments import commenting
from backend.comments.models import Kind
from backend.core import clock, forms, tokens, web
from backend.core.db import SessionDep
from backend.core.errors import Refusal
from backend.core.forms import Line, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.ratings import queries, rating
from backend.ratings.models import Rating
from backend.releases import queries as release_queries
from backend.releases import rounds
from backend.releases.models import Criterion, Framework, ReleaseEntry, Round
from backend.sending import receipts
from backend.submissions import asking, speaking
from backend.submissions import queries as submission_queries
from backend.submissions.models import PublishAs, SpeakingFor, Submission

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
TakingPart = Annotated[Viewer, allow(Permission.TAKE_PART)]

CANNOT_SAY = "cannot-say"


class RateForm(forms.Form):
    """A score for each question that was answered; the questions themselves are the framework's."""

    grounds: list[str] = []
    reason: Words = ""
    speaking_for: SpeakingFor
    on_behalf_of: Line = ""
    publish_as: PublishAs
    form_token: str
    revision: str = ""
    step: Literal["save", "change", "send"] = "save"

    mistakes = {
        "grounds": mark("Select what your view rests on from the list"),
        "reason": mark("Enter your reason"),
        **asking.MISTAKES,
    }


@lru_cache(maxsize=100)
def form_for(criteria: tuple[tuple[str, int, str], ...]) -> type[RateForm]:
    """The form with a field for each question; its order is that of the page."""
    fields: dict[str, Any] = {
        field: (Literal[("", CANNOT_SAY, *map(str, range(1, top + 1)))], "") for field, top, _ in criteria
    }
    words = {field: gettext(rating.NotOnTheScale.words) % {"criterion": label} for field, _, label in criteria}
    form = create_model("RateFormOfFramework", __base__=RateForm, **fields)
    form.mistakes = {**words, **RateForm.mistakes}
    return form


@dataclass(frozen=True)
class ToRate:
    """The exact words that are rated, in the round that asks."""

    framework: Framework
    round_: Round
    line: ReleaseEntry

    @property
    def address(self) -> str:
        """Where the form is."""
        return f"/frameworks/{self.framework.slug}/entries/{self.line.entry.code}/rate"


@router.get("/frameworks/{slug}/entries/{code}/rate")
def rate(request: Request, slug: str, code: str, session: SessionDep, viewer: TakingPart) -> Response:
    """The words, the questions about them, and what one has answered so far."""
    return _form(request, session, viewer, _to_rate(session, slug, code), Typed())


@router.post("/frameworks/{slug}/entries/{code}/rate")
def save_ratings(
    request: Request, slug: str, code: str, typed: TypedDep, session: SessionDep, viewer: TakingPart
) -> Response:
    """Save the scores; a reason is shown as it will appear before it is sent."""
    try:
        about = _to_rate(session, slug, code)
    except Refusal as refusal:
        if web.wants_fragment(request):
            return web.refusal_page(request, refusal)  # what was written is still on the page
        words = [typed.one("reason")] if typed.one("reason").strip() else []
        return web.render(
            request, "comments/not_sent.html", status=refusal.status, heading=refusal.heading,
            message=refusal.message, words=words,
        )  # fmt: skip
    form = asking.check(typed, form_for(_shape(about.framework)), viewer)
    if form and form.step == "change":
        return _form(request, session, viewer, about, typed)
    scores = _scores(about.framework, form) if form else {}
    if form:
        _find_mistakes(about, form, scores, typed)
    if web.wants_fragment(request):
        return _save_in_place(request, session, viewer, about, form, scores, typed)
    if form is None or typed.mistakes:
        return _form(request, session, viewer, about, typed, status=422)
    who: dict[str, Any] = form.model_dump(include={"speaking_for", "publish_as", "on_behalf_of"})
    if form.reason and form.step == "save":
        byline = speaking.byline(session, about.round_, viewer, **who)
        return web.render(
            request, "ratings/reason_preview.html", about=about, body=form.reason, kind=Kind.REASON, byline=byline,
            typed=typed,
        )  # fmt: skip
    _save(session, viewer, about, form, scores, who)
    notice = gettext("Your ratings have been saved.")
    if form.reason:
        comment = commenting.send(
            session, viewer, about.round_, kind=Kind.REASON, body=form.reason, entry=about.line.entry,
            form_token=form.form_token, **who,
        )  # fmt: skip
        receipts.for_comment(session, comment)
        notice += " " + gettext("Your reason has the reference %(reference)s.") % {"reference": comment.reference}
    return web.go_to(about.address, notice=notice)


def _save(
    session: Session, viewer: Viewer, about: ToRate, form: RateForm, scores: dict[str, int | None], who: dict[str, Any]
) -> None:
    submission = speaking.speak(session, about.round_, viewer, **who)
    rating.rate(session, submission, about.line.revision, scores, by=viewer.known, grounds=form.grounds)
    standing = queries.current(session, submission.voice, about.line.revision)
    receipts.for_ratings(session, submission, about.line, standing, to=viewer.known)


def _save_in_place(
    request: Request,
    session: Session,
    viewer: Viewer,
    about: ToRate,
    form: RateForm | None,
    scores: dict[str, int | None],
    typed: Typed,
) -> Response:
    """Save what has just been selected, and say so; a reason waits until it is sent."""
    is_right = form is not None and not typed.mistakes
    if form and is_right:
        who: dict[str, Any] = form.model_dump(include={"speaking_for", "publish_as", "on_behalf_of"})
        _save(session, viewer, about, form, scores, who)
    mistakes = list(typed.mistakes.values())
    typed.mistakes = {}
    return web.render(
        request, "ratings/saved.html", block="saved", status=200 if is_right else 422, mistakes=mistakes, at=clock.now()
    )


def _to_rate(session: Session, slug: str, code: str) -> ToRate:
    framework = release_queries.framework(session, slug)
    entry = release_queries.entry_of(session, framework, code)
    round_ = release_queries.find_round(session, framework)
    if round_ is None:
        raise rounds.RoundClosed()
    rounds.must_be_open(round_)
    return ToRate(framework, round_, commenting.line_of(session, round_, entry))


def field_of(criterion: Criterion) -> str:
    """The name of the question's field in the form."""
    return "score_" + criterion.code.replace("-", "_")


def _shape(framework: Framework) -> tuple[tuple[str, int, str], ...]:
    return tuple((field_of(each), len(each.scale.labels), each.label) for each in framework.criteria)


def _scores(framework: Framework, form: RateForm) -> dict[str, int | None]:
    given = {criterion.code: getattr(form, field_of(criterion)) for criterion in framework.criteria}
    return {code: None if value == CANNOT_SAY else int(value) for code, value in given.items() if value}


def _find_mistakes(about: ToRate, form: RateForm, scores: dict[str, int | None], typed: Typed) -> None:
    if not scores:
        typed.mistake(field_of(about.framework.criteria[0]), gettext(rating.NothingRated.words))
    if not set(form.grounds) <= {ground["code"] for ground in about.framework.grounds}:
        typed.mistake("grounds", gettext(RateForm.mistakes["grounds"]))
    if form.revision != about.line.revision.digest:
        typed.mistake("", gettext("The words have changed since you opened this form. Read them again, then save."))


def _form(
    request: Request, session: Session, viewer: Viewer, about: ToRate, typed: Typed, *, status: int = 200
) -> Response:
    chosen: Submission | None = submission_queries.find_choice(session, about.round_, viewer)
    standing = queries.current(session, chosen.voice, about.line.revision) if chosen else []
    return web.render(
        request, "ratings/rate.html", status=status, about=about, typed=typed, chosen=chosen,
        standing={field_of(each.criterion): each for each in standing}, field_of=field_of,
        is_unchanged=_is_unchanged(about, standing),
        grounds=queries.grounds(session, chosen.voice, about.line.revision) if chosen else [],
        choices=speaking.choices(viewer), form_token=typed.one("form_token") or tokens.secret(),
        next_entry=_next(session, chosen, about),
    )  # fmt: skip


def _is_unchanged(about: ToRate, standing: list[Rating]) -> bool:
    """Whether the ratings were given before this round opened, on words that are still the same."""
    return bool(standing) and all(each.rated_at < about.round_.opens_at for each in standing)


def _next(session: Session, chosen: Submission | None, about: ToRate) -> Any:
    panel = submission_queries.panel(session, chosen) if chosen else []
    return submission_queries.next_of(panel, about.line.entry)
