"""Deciding on the points of a round, one by one or many together."""

from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from sqlmodel import Session, col, select
from starlette.responses import Response

from backend.accounts import limits
from backend.answers import answering, choosing, deciding, finding, queries
from backend.answers.finding import Filters
from backend.answers.models import Answer, Outcome
from backend.comments import independence, moderation
from backend.comments.models import Comment, Kind
from backend.core import forms, web
from backend.core.db import RowNumber, SessionDep
from backend.core.errors import NotFound
from backend.core.forms import Line, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.releases import queries as release_queries
from backend.releases import reading
from backend.releases.models import Release
from backend.suggestions import proposals

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Deciding = Annotated[Viewer, allow(Permission.DECIDE)]
Publishing = Annotated[Viewer, allow(Permission.PUBLISH, confirmed=True)]
Choice = Annotated[str, Query(max_length=200)]
STATUSES = {
    "": mark("All points"),
    "undecided": mark("Undecided"),
    "drafted": mark("Drafted"),
    "final": mark("Final"),
}


class DecideForm(forms.Form):
    """A decision on one point."""

    outcome: Outcome
    reason: Words
    entry: Line = ""
    field: Line = ""
    step: Literal["decide"]

    mistakes = {
        "outcome": mark("Select what you decide"),
        "reason": mark("Enter the reason. It is published with the decision"),
        "entry": mark("Enter the code of an entry"),
    }


class AttachForm(forms.Form):
    """An answer for one point."""

    answer: Line
    step: Literal["attach"]

    mistakes = {"answer": mark("Select an answer")}


class TakeBackForm(forms.Form):
    """Undo a decision."""

    step: Literal["take-back"]


class TogetherForm(forms.Form):
    """The same decision, or the same answer, for several points."""

    points: Annotated[list[Line], Field(min_length=1)]
    answer: Line = ""
    outcome: Line = ""
    reason: Words = ""
    step: Literal["decide", "attach"]

    mistakes = {"points": mark("Select the points that this is for")}


@router.get("/staff/decide", dependencies=[limits.limited(limits.SEARCH, field="q")])
def decide(
    request: Request,
    session: SessionDep,
    viewer: Deciding,
    entry: Choice = "",
    place: Annotated[str | None, Query(max_length=100)] = None,
    kind: Choice = "",
    status: Choice = "",
    outcome: Choice = "",
    q: Choice = "",
    after: RowNumber = 0,
) -> Response:
    """All points that the draft release has to answer."""
    filters = Filters(
        entry=entry.strip(),
        place=place,
        kind=Kind(kind) if kind in set(Kind) else None,
        status=status if status in STATUSES else "",
        outcome=Outcome(outcome) if outcome in set(Outcome) else None,
        q=q.strip().replace("\0", ""),
    )
    return _list(request, session, Typed(), filters, after)


@router.post("/staff/decide/together")
def decide_together(request: Request, typed: TypedDep, session: SessionDep, viewer: Deciding) -> Response:
    """Attach the selected points to an answer, or decide them alike."""
    draft = choosing.draft(session, release_queries.consulted_framework(session))
    form = typed.check(TogetherForm)
    answer = None
    if form:
        answer = _answer(session, draft, form.answer) if form.step == "attach" else None
        if form.step == "attach" and answer is None:
            typed.mistake("answer", gettext("Select an answer"))
        if form.step == "decide" and form.outcome not in set(Outcome):
            typed.mistake("outcome", gettext("Select what you decide"))
        if form.step == "decide" and not form.reason:
            typed.mistake("reason", gettext("Enter the reason. It is published with the decision"))
    if form is None or typed.mistakes:
        return _list(request, session, typed, Filters(), 0, status=422)
    comments = session.exec(
        select(Comment).where(col(Comment.reference).in_(form.points)).order_by(col(Comment.id))
    ).all()
    if len(comments) != len(set(form.points)):
        raise NotFound()
    if answer:
        answering.attach(session, answer, comments, viewer.known)
    else:
        deciding.decide_all(
            session, comments, outcome=Outcome(form.outcome), reason=form.reason, release=draft, by=viewer.known
        )
    return web.go_to(
        "/staff/decide?status=undecided", gettext("%(number)s points decided.") % {"number": len(comments)}
    )


@router.post("/staff/decide/make-final")
def make_final(request: Request, session: SessionDep, viewer: Publishing) -> Response:
    """Make every drafted decision final."""
    made = deciding.make_final(
        session, choosing.draft(session, release_queries.consulted_framework(session)), viewer.known
    )
    return web.go_to("/staff/release/publish", gettext("%(number)s decisions made final.") % {"number": made})


@router.get("/staff/decide/{reference}")
def decide_point(request: Request, reference: str, session: SessionDep, viewer: Deciding) -> Response:
    """One point, what was decided on it, and a form to decide."""
    return _point(request, session, viewer, moderation.comment(session, reference), Typed())


@router.post("/staff/decide/{reference}")
def decide_one(request: Request, reference: str, typed: TypedDep, session: SessionDep, viewer: Deciding) -> Response:
    """Decide one point, attach it to an answer, or take the decision back."""
    comment = moderation.comment(session, reference)
    draft = choosing.draft(session, comment.round.release.framework)
    step = typed.one("step")
    notice = gettext("Point %(reference)s is decided.")
    if step == "take-back":
        if typed.check(TakeBackForm) is None:
            return _point(request, session, viewer, comment, typed, status=422)
        deciding.take_back(session, [comment], release=draft, by=viewer.known)
        notice = gettext("Point %(reference)s is undecided again.")
    elif step == "attach":
        attach = typed.check(AttachForm)
        answer = _answer(session, draft, attach.answer) if attach else None
        if answer is None:
            typed.mistake("answer", gettext("Select an answer"))
            return _point(request, session, viewer, comment, typed, status=422)
        answering.attach(session, answer, [comment], viewer.known)
    else:
        form = typed.check(DecideForm)
        place = choosing.place(session, draft, form.entry, form.field, typed) if form else None
        if form and not form.reason:
            typed.mistake("reason", gettext("Enter the reason. It is published with the decision"))
        if form is None or typed.mistakes:
            return _point(request, session, viewer, comment, typed, status=422)
        deciding.decide_all(
            session, [comment], outcome=form.outcome, reason=form.reason, release=draft, by=viewer.known, place=place
        )
    return web.go_to(f"/staff/decide/{comment.reference}", notice % {"reference": comment.reference})


def _answer(session: Session, draft: Release, typed: str) -> Answer | None:
    known = {str(answer.id): answer for answer in queries.answers(session, draft)}
    return known.get(typed)


def _list(
    request: Request, session: Session, typed: Typed, filters: Filters, after: int, *, status: int = 200
) -> Response:
    framework = release_queries.consulted_framework(session)
    draft = release_queries.find_draft(session, framework)
    if draft is None:
        return web.render(request, "answers/no_draft.html")
    rows, next_after = finding.listed(session, draft, filters, after=after)
    chosen = {
        "entry": filters.entry, "place": filters.place, "kind": filters.kind, "status": filters.status,
        "outcome": filters.outcome, "q": filters.q,
    }  # fmt: skip
    return web.render(
        request,
        "answers/decide.html",
        block="results",
        status=status,
        typed=typed,
        draft=draft,
        framework=framework,
        progress=queries.progress(session, draft),
        rows=rows,
        filters=filters,
        is_filtered=any(value not in (None, "") for value in chosen.values()) or after > 0,
        groups=finding.groups(session, draft),
        fields=dict(choosing.fields(framework)),
        next_page=_next(chosen, next_after),
        statuses=[(value, gettext(label)) for value, label in STATUSES.items()],
        **_choices(session, draft),
    )


def _next(chosen: dict[str, Any], after: int | None) -> str:
    if after is None:
        return ""
    return web.query(**{name: value for name, value in chosen.items() if value not in (None, "")}, after=str(after))


def _point(
    request: Request, session: Session, viewer: Viewer, comment: Comment, typed: Typed, *, status: int = 200
) -> Response:
    framework = comment.round.release.framework
    draft = release_queries.find_draft(session, framework)
    point = proposals.staff_points(session, [comment])[0]
    decision = queries.current_decisions(session, [comment]).get(comment.id)
    return web.render(
        request,
        "answers/decide_point.html",
        status=status,
        typed=typed,
        draft=draft,
        framework=framework,
        point=point,
        labels={framework.id: reading.labels_of(release_queries.schemes(session, framework))},
        decision=decision,
        history=queries.history(session, comment),
        is_own=independence.is_own(viewer.known, comment),
        is_open=draft is not None and (decision is None or decision.release_id == draft.id or _was_carried(decision)),
        fields=choosing.fields(framework),
        **_choices(session, draft),
    )


def _was_carried(decision: Any) -> bool:
    return bool(decision.outcome is Outcome.CARRIED)


def _choices(session: Session, draft: Release | None) -> dict[str, Any]:
    answers = queries.answers(session, draft) if draft else []
    return {
        "answers": [("", gettext("Select an answer")), *((str(answer.id), answer.title) for answer in answers)],
        "outcomes": [(outcome.value, gettext(outcome.label)) for outcome in Outcome],
        "kinds": [("", gettext("All kinds")), *((kind.value, gettext(kind.label)) for kind in Kind)],
    }
