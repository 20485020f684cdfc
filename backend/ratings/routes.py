"""Rating an entry, and seeing what one has said of it."""

from functools import lru_cache
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import create_model
from sqlmodel import Session
from starlette.responses import Response

from backend.accounts import limits
from backend.comments import drafting
from backend.comments.models import Kind, State
from backend.core import clock, forms, tokens, web
from backend.core.db import SessionDep
from backend.core.forms import Line, Typed, TypedDep, Words
from backend.core.i18n import gettext, language, mark
from backend.people.access import Permission, Viewer, allow
from backend.ratings import asked, queries, rating
from backend.ratings.asked import ToRate
from backend.ratings.rating import AnswerMovedOn
from backend.releases.models import Criterion, Framework
from backend.sending import receipts
from backend.submissions import asking, speaking
from backend.submissions import queries as submission_queries
from backend.submissions.models import PublishAs, SpeakingFor, Submission

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
TakingPart = Annotated[Viewer, allow(Permission.TAKE_PART)]

CANNOT_SAY = "cannot-say"


class RateForm(forms.Form):
    """A score for each question that was answered; the questions themselves are the framework's."""

    speaking_for: SpeakingFor
    on_behalf_of: Line = ""
    publish_as: PublishAs
    grounds: list[str] = []
    reason: Words = ""
    form_token: str
    revision: str = ""
    seen: str = ""
    """The marks of the answers that were on the page."""
    step: Literal["save", "change", "send"] = "save"

    mistakes = {
        "grounds": mark("Select what your view rests on from the list"),
        "reason": mark("Enter your reason"),
        **asking.MISTAKES,
    }


@lru_cache(maxsize=100)
def form_for(criteria: tuple[tuple[str, int, str], ...], code: str) -> type[RateForm]:
    """The form with a field for each question, with its mistakes in this language; its order is that of the page."""
    fields: dict[str, Any] = {
        field: (Literal[("", CANNOT_SAY, *map(str, range(1, top + 1)))], "") for field, top, _ in criteria
    }
    words = {field: gettext(rating.NotOnTheScale.words) % {"criterion": label} for field, _, label in criteria}
    form = create_model("RateFormOfFramework", __base__=RateForm, **fields)
    form.mistakes = {**words, **RateForm.mistakes}
    return form


@router.get("/frameworks/{slug}/entries/{code}/rate")
def rate(request: Request, slug: str, code: str, session: SessionDep, viewer: TakingPart) -> Response:
    """The words, the questions about them, and what one has answered so far."""
    return _form(request, session, viewer, asked.to_rate(session, slug, code), Typed())


@router.post("/frameworks/{slug}/entries/{code}/rate")
def save_ratings(
    request: Request, slug: str, code: str, typed: TypedDep, session: SessionDep, viewer: TakingPart
) -> Response:
    """Save the scores; a reason is shown as it will appear before it is sent or added."""
    about = asked.to_rate(session, slug, code)
    form = asking.check(typed, form_for(_shape(about.framework), language.get()), viewer)
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
            typed=typed, for_organisation=speaking.is_for_an_organisation(form.speaking_for),
        )  # fmt: skip
    limits.count(session, limits.SENDING, viewer.known)
    try:
        submission = _save(session, viewer, about, form, scores, who)
    except AnswerMovedOn as moved:
        return _conflict(request, session, viewer, about, scores, typed, moved)
    notice = gettext("Your ratings have been saved.")
    if submission.organisation_id is not None:
        notice += " " + gettext("They are sent when your lead or a deputy signs them off.")
    if form.reason:
        notice += " " + _send_reason(session, viewer, about, form, who)
    return web.go_to(about.address, notice=notice)


def _save(
    session: Session, viewer: Viewer, about: ToRate, form: RateForm, scores: dict[str, int | None], who: dict[str, Any]
) -> Submission:
    submission = speaking.speak(session, about.round_, viewer, **who)
    seen = dict(each.split(":", 1) for each in form.seen.split() if ":" in each)
    rating.rate(
        session, submission, about.line.revision, scores, by=viewer.known, speaking_for=form.speaking_for,
        grounds=form.grounds, seen=seen,
    )  # fmt: skip
    if submission.organisation_id is None:
        standing = queries.current(session, submission.voice, about.line.revision)
        receipts.for_ratings(session, submission, about.line, standing, to=viewer.known)
    return submission


def _send_reason(session: Session, viewer: Viewer, about: ToRate, form: RateForm, who: dict[str, Any]) -> str:
    """Send the reason, or add it to the organisation's feedback; what to tell its author."""
    comment = drafting.finish(
        session, viewer, about.round_, kind=Kind.REASON, body=form.reason, entry=about.line.entry,
        form_token=form.form_token, **who,
    )  # fmt: skip
    told = {"reference": comment.reference}
    if comment.state is State.DRAFT:
        return gettext("Your reason, %(reference)s, has been added to your organisation’s feedback.") % told
    receipts.for_comment(session, comment)
    return gettext("Your reason has the reference %(reference)s.") % told


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
    mistakes = list(typed.mistakes.values())
    typed.mistakes = {}
    answered, is_unsigned, status = [], False, 422
    if form and not mistakes:
        who: dict[str, Any] = form.model_dump(include={"speaking_for", "publish_as", "on_behalf_of"})
        limits.count(session, limits.SENDING, viewer.known)
        try:
            is_unsigned, status = _save(session, viewer, about, form, scores, who).organisation_id is not None, 200
        except AnswerMovedOn as moved:
            answered, status = _answered_differently(session, viewer, about, scores, moved), 409
    return web.render(
        request, "ratings/saved.html", block="saved", status=status, mistakes=mistakes, at=clock.now(),
        answered=answered, is_unsigned=is_unsigned,
    )  # fmt: skip


def _conflict(
    request: Request,
    session: Session,
    viewer: Viewer,
    about: ToRate,
    scores: dict[str, int | None],
    typed: Typed,
    moved: AnswerMovedOn,
) -> Response:
    """A colleague's answers and one's own, to choose between."""
    answered = _answered_differently(session, viewer, about, scores, moved)
    kept = {name: values for name, values in typed.values.items() if name not in ("seen", "step")}
    return web.render(
        request, "ratings/rate_conflict.html", status=409, about=about, answered=answered, kept=kept,
        seen=asked.marks(session, about, f"organisation:{viewer.organisation.id}" if viewer.organisation else ""),
    )  # fmt: skip


def _answered_differently(
    session: Session, viewer: Viewer, about: ToRate, scores: dict[str, int | None], moved: AnswerMovedOn
) -> list[dict[str, Any]]:
    """Each question that a colleague has answered meanwhile: who, when and what, and what this person answers."""
    voice = f"organisation:{viewer.organisation.id}" if viewer.organisation else ""
    wanted = {criterion.id for criterion in moved.criteria}
    return [
        {
            "criterion": each.criterion,
            "by": each.author.name,
            "at": each.rated_at,
            "theirs": receipts.score_label(each.criterion.scale, each.score),
            "mine": receipts.score_label(each.criterion.scale, scores[each.criterion.code]),
        }
        for each in queries.current(session, voice, about.line.revision)
        if each.criterion_id in wanted
    ]


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
        typed.wrong("grounds", RateForm)
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
        is_unchanged=about.is_unchanged(standing),
        grounds=queries.grounds(standing),
        seen=asked.marks(session, about, chosen.voice) if chosen else "",
        choices=speaking.choices(viewer), form_token=typed.one("form_token") or tokens.secret(),
        next_entry=_next(session, chosen, about), spoken_for=asked.spoken_for(chosen, standing),
    )  # fmt: skip


def _next(session: Session, chosen: Submission | None, about: ToRate) -> Any:
    panel = submission_queries.panel(session, chosen) if chosen else []
    return submission_queries.next_of(panel, about.line.entry)
