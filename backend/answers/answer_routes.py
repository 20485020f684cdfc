"""Writing answers, and attaching points to them."""

from typing import Annotated, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import Field
from sqlmodel import Session, col, select
from starlette.responses import Response

from backend.answers import answering, choosing, queries
from backend.answers.models import Answer, Outcome
from backend.comments.models import Comment
from backend.core import forms, web
from backend.core.db import Number, SessionDep
from backend.core.forms import Line, SomeWords, Typed, TypedDep
from backend.core.i18n import gettext, mark
from backend.people.access import Permission, Viewer, allow
from backend.releases import queries as release_queries
from backend.releases.kinds import ReleaseState
from backend.releases.models import Release
from backend.suggestions import proposals

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Deciding = Annotated[Viewer, allow(Permission.DECIDE)]


class AnswerForm(forms.Form):
    """What people said and what was done about it."""

    title: Annotated[Line, Field(min_length=1)]
    you_said: SomeWords
    we_did: SomeWords
    outcome: Outcome
    entry: Line = ""
    field: Line = ""
    step: Literal["preview", "save"]

    mistakes = {
        "title": mark("Enter a title of up to 300 characters"),
        "you_said": mark("Enter what people said"),
        "we_did": mark("Enter what we did and why. It is the reason of every decision"),
        "outcome": mark("Select an outcome"),
        "entry": mark("Enter the code of an entry"),
    }


class DetachForm(forms.Form):
    """Points to take away from an answer."""

    points: Annotated[list[Line], Field(min_length=1)]

    mistakes = {"points": mark("Select the points to take away")}


@router.get("/staff/answers")
def staff_answers(request: Request, session: SessionDep, viewer: Deciding) -> Response:
    """The answers of the draft release."""
    framework = release_queries.consulted_framework(session)
    draft = release_queries.find_draft(session, framework)
    if draft is None:
        return _no_draft(request)
    return web.render(
        request,
        "answers/staff_answers.html",
        draft=draft,
        answers=queries.answers(session, draft),
        counts=queries.attached_counts(session, draft),
        progress=queries.progress(session, draft),
    )


@router.get("/staff/answers/new")
def new_answer(request: Request, session: SessionDep, viewer: Deciding) -> Response:
    """A form to write an answer."""
    draft = choosing.draft(session, release_queries.consulted_framework(session))
    return _form(request, session, draft, None, Typed())


@router.post("/staff/answers/new")
def write_answer(request: Request, typed: TypedDep, session: SessionDep, viewer: Deciding) -> Response:
    """Show the answer as it will appear, or keep it."""
    draft = choosing.draft(session, release_queries.consulted_framework(session))
    form = typed.check(AnswerForm)
    place = choosing.place(session, draft, form.entry, form.field, typed) if form else None
    if form is None or typed.mistakes:
        return _form(request, session, draft, None, typed, status=422)
    if form.step == "preview":
        return _form(request, session, draft, None, typed, preview=form)
    answer = answering.write(
        session,
        draft,
        by=viewer.known,
        entry=place.entry if place else None,
        field=place.field if place else None,
        **form.model_dump(include={"title", "you_said", "we_did", "outcome"}),
    )
    return web.go_to(f"/staff/answers/{answer.id}", gettext("The answer is kept as a draft. Now attach points to it."))


@router.get("/staff/answers/{answer_id}")
def answer(request: Request, answer_id: Number, session: SessionDep, viewer: Deciding) -> Response:
    """An answer, the points attached to it, and a form to change it."""
    found = queries.answer(session, answer_id)
    return _form(request, session, found.release, found, Typed())


@router.post("/staff/answers/{answer_id}")
def edit_answer(
    request: Request, answer_id: Number, typed: TypedDep, session: SessionDep, viewer: Deciding
) -> Response:
    """Change a drafted answer; the points attached to it are decided anew."""
    found = queries.answer(session, answer_id)
    form = typed.check(AnswerForm)
    place = choosing.place(session, found.release, form.entry, form.field, typed) if form else None
    if form is None or typed.mistakes:
        return _form(request, session, found.release, found, typed, status=422)
    if form.step == "preview":
        return _form(request, session, found.release, found, typed, preview=form)
    answering.edit(
        session,
        found,
        by=viewer.known,
        entry=place.entry if place else None,
        field=place.field if place else None,
        **form.model_dump(include={"title", "you_said", "we_did", "outcome"}),
    )
    return web.go_to(f"/staff/answers/{found.id}", gettext("The answer has been changed."))


@router.post("/staff/answers/{answer_id}/detach")
def detach_points(
    request: Request, answer_id: Number, typed: TypedDep, session: SessionDep, viewer: Deciding
) -> Response:
    """Take points away from the answer; they are undecided again."""
    found = queries.answer(session, answer_id)
    form = typed.check(DetachForm)
    if form is None:
        mistakes = typed.mistakes
        return _form(request, session, found.release, found, Typed(mistakes=mistakes), status=422)
    comments = session.exec(select(Comment).where(col(Comment.reference).in_(form.points))).all()
    answering.detach(session, found, comments, viewer.known)
    return web.go_to(f"/staff/answers/{found.id}", gettext("The points are undecided again."))


def _no_draft(request: Request) -> Response:
    return web.render(request, "answers/no_draft.html")


def _form(
    request: Request,
    session: Session,
    draft: Release,
    answer: Answer | None,
    typed: Typed,
    *,
    preview: AnswerForm | None = None,
    status: int = 200,
) -> Response:
    attached = queries.attached(session, answer) if answer else []
    return web.render(
        request,
        "answers/answer.html",
        status=status,
        typed=typed,
        draft=draft,
        answer=answer,
        preview=preview or answer,
        is_draft=draft.state is ReleaseState.DRAFT,
        points=proposals.staff_points(session, attached),
        outcomes=[(outcome.value, gettext(outcome.label)) for outcome in Outcome],
        fields=choosing.fields(draft.framework),
    )
