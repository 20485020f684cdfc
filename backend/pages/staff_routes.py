"""Writing the pages that are owed, for administrators."""

from datetime import date, datetime, time
from typing import Annotated, ClassVar, Literal

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator
from sqlmodel import Session
from starlette.responses import Response

from backend.core import clock, web
from backend.core.db import SessionDep
from backend.core.forms import Form, Line, SomeLine, SomeWords, Typed, TypedDep, Words
from backend.core.i18n import gettext, mark
from backend.pages import filling, queries, writing
from backend.pages.models import Owed, PageVersion
from backend.pages.sections import sections
from backend.people.access import Permission, Viewer, allow
from backend.releases import diff

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)
Writing = Annotated[Viewer, allow(Permission.WRITE_PAGES)]


class VersionForm(Form):
    """What the page is to say, from when, and why."""

    title: SomeLine
    body: SomeWords
    welsh_title: Line = ""
    welsh_body: Words = ""
    holds_from: Annotated[date | None, BeforeValidator(lambda value: value or None)] = None
    because: SomeWords
    seen: int
    step: Literal["preview", "change", "publish"] = "preview"

    mistakes: ClassVar = {
        "title": mark("Enter a title of up to 300 characters"),
        "body": mark("Enter what the page says"),
        "welsh_title": mark("Enter a title of up to 300 characters, or none"),
        "holds_from": mark("Enter a day, or leave it empty for now"),
        "because": mark("Enter why the page changes. Everybody may read it"),
    }

    @property
    def words(self) -> writing.Words:
        """What the version says."""
        return writing.Words(self.title, self.body, self.welsh_title, self.welsh_body)

    @property
    def moment(self) -> datetime | None:
        """When it begins to hold: at the beginning of a day in the future, or None for now."""
        if self.holds_from is None or self.holds_from == clock.today():
            return None
        return datetime.combine(self.holds_from, time(), clock.LONDON)


@router.get("/staff/pages")
def staff_pages(request: Request, session: SessionDep, viewer: Writing) -> Response:
    """Every page that is owed: what holds, and what will."""
    listed = [(page, versions[::-1], queries.find_current(versions)) for page, versions in _all(session)]
    return web.render(request, "pages/staff_pages.html", listed=listed)


@router.get("/staff/pages/{page:owed}")
def write_page(request: Request, page: Owed, session: SessionDep, viewer: Writing) -> Response:
    """A form with the last text in it."""
    return _form(request, session, page, Typed())


@router.post("/staff/pages/{page:owed}")
def write(request: Request, page: Owed, typed: TypedDep, session: SessionDep, viewer: Writing) -> Response:
    """Show what is to be published, or publish it; where somebody was faster, show both texts and lose neither."""
    form = typed.check(VersionForm)
    if form is None:
        return _form(request, session, page, typed, status=422)
    if form.step == "change":
        return _form(request, session, page, typed)
    try:
        writing.must_be_showable(form.words)
        if form.moment and form.moment < clock.now():
            raise writing.InThePast()
        if form.step == "preview":
            return _preview(request, session, page, typed, form)
        version = writing.write(
            session, page, form.words, holds_from=form.moment, because=form.because, by=viewer.known, seen=form.seen
        )
    except writing.CannotBeFilled as refusal:
        for name in ("title", "body", "welsh_title", "welsh_body"):
            if filling.unknown(getattr(form, name)):
                typed.mistake(name, refusal.message)
    except writing.HalfInWelsh as refusal:
        typed.mistake("welsh_body" if form.welsh_title else "welsh_title", refusal.message)
    except writing.InThePast as refusal:
        typed.mistake("holds_from", refusal.message)
    except writing.PageMovedOn:
        return _form(request, session, page, typed, status=409, mine=form)
    if typed.mistakes:
        return _form(request, session, page, typed, status=422)
    return web.go_to("/staff/pages", gettext("Version %(number)s is saved.") % {"number": version.number})


def _all(session: Session) -> list[tuple[Owed, list[PageVersion]]]:
    return [(page, queries.versions(session, page)) for page in Owed]


def _last(session: Session, page: Owed) -> PageVersion | None:
    return next(reversed(queries.versions(session, page)), None)


def _form(
    request: Request,
    session: Session,
    page: Owed,
    typed: Typed,
    *,
    status: int = 200,
    mine: VersionForm | None = None,
) -> Response:
    last = _last(session, page)
    number = last.number if last else 0
    differences = []
    if mine and last:
        both = [(gettext("English"), last.title, last.body, mine.title, mine.body),
                (gettext("Welsh"), last.welsh_title, last.welsh_body, mine.welsh_title, mine.welsh_body)]  # fmt: skip
        differences = [
            (language, theirs, diff.words(f"{title}\n\n{theirs}".strip(), f"{own_title}\n\n{own}".strip()))
            for language, title, theirs, own_title, own in both
            if (title, theirs) != (own_title, own)
        ]
    return web.render(
        request, "pages/write_page.html", status=status, typed=typed, page=page, last=last, moved_on=mine is not None,
        waits=bool(last and last.holds_from > clock.now()), differences=differences,
        seen=number if mine else typed.one("seen", number), openings=list(filling.OPEN), today=clock.today(),
    )  # fmt: skip


def _preview(request: Request, session: Session, page: Owed, typed: Typed, form: VersionForm) -> Response:
    last = _last(session, page)
    languages = [("en", form.title, form.body), ("cy", form.welsh_title, form.welsh_body)]
    filled = [(code, filling.filled(title), filling.filled(body)) for code, title, body in languages if body]
    return web.render(
        request, "pages/preview.html", typed=typed, page=page, moment=form.moment, because=form.because,
        shown=[(code, title, sections(body)) for code, title, body in filled],
        pieces=diff.words(last.body, form.body) if last else [],
    )  # fmt: skip
