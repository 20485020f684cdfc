"""Writing the pages that are owed, for administrators."""

from datetime import date, datetime, time
from typing import Annotated, ClassVar

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from pydantic import BeforeValidator
from sqlmodel import Session
from starlette.responses import Response

from backend.core import clock, web
from backend.core.db import SessionDep
from backend.core.forms import Form, SomeLine, SomeWords, Typed, TypedDep
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
    welsh_title: SomeLine
    welsh_body: SomeWords
    holds_from: Annotated[date | None, BeforeValidator(lambda value: value or None)] = None
    because: SomeWords
    welsh_because: SomeWords
    seen: int

    mistakes: ClassVar = {
        "title": mark("Enter a title of up to 300 characters"),
        "body": mark("Enter what the page says"),
        "welsh_title": mark("Enter a title in Welsh of up to 300 characters"),
        "welsh_body": mark("Enter what the page says in Welsh: it is published in both languages"),
        "holds_from": mark("Enter a day, or leave it empty for now"),
        "because": mark("Enter why the page changes. Everybody may read it"),
        "welsh_because": mark("Enter why the page changes, in Welsh. Everybody may read it"),
    }

    @property
    def words(self) -> writing.Words:
        """What the version says."""
        return writing.Words(self.title, self.body, self.because, self.welsh_title, self.welsh_body, self.welsh_because)

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
    return web.render(request, "pages/staff_pages.html", listed=listed, good_until=queries.good_until)


@router.get("/staff/pages/{page:owed}")
def write_page(request: Request, page: Owed, session: SessionDep, viewer: Writing) -> Response:
    """A form with the last text in it."""
    return _form(request, session, page, Typed())


@router.post("/staff/pages/{page:owed}/preview")
def preview(request: Request, page: Owed, typed: TypedDep, session: SessionDep, viewer: Writing) -> Response:
    """Show what is to be published."""
    form = _checked(typed)
    if form is None:
        return _form(request, session, page, typed, status=422)
    last = _last(session, page)
    languages = [("en", form.title, form.body), ("cy", form.welsh_title, form.welsh_body)]
    return web.render(
        request, "pages/preview.html", typed=typed, page=page, form=form,
        shown=[(code, filling.filled(title, code), sections(filling.filled(body, code)))
               for code, title, body in languages],
        pieces=diff.words(last.body, form.body) if last else [],
    )  # fmt: skip


@router.post("/staff/pages/{page:owed}/change")
def change(request: Request, page: Owed, typed: TypedDep, session: SessionDep, viewer: Writing) -> Response:
    """Go back from the preview to the form, with everything in it."""
    return _form(request, session, page, typed)


@router.post("/staff/pages/{page:owed}/publish")
def publish(request: Request, page: Owed, typed: TypedDep, session: SessionDep, viewer: Writing) -> Response:
    """Publish it; where somebody was faster, show both texts and lose neither."""
    form = _checked(typed)
    if form is None:
        return _form(request, session, page, typed, status=422)
    try:
        version = writing.write(session, page, form.words, holds_from=form.moment, by=viewer.known, seen=form.seen)
    except writing.PageMovedOn:
        return _form(request, session, page, typed, status=409, mine=form)
    return web.go_to("/staff/pages", gettext("Version %(number)s is saved.") % {"number": version.number})


def _checked(typed: Typed) -> VersionForm | None:
    """The form, where the rule would take it; or else None, with what to do beside its fields."""
    form = typed.check(VersionForm)
    if form is None:
        return None
    try:
        writing.must_be_writable(form.words, form.moment)
    except writing.CannotBeFilled as refusal:
        for name in ("title", "body", "welsh_title", "welsh_body"):
            if filling.unknown(getattr(form, name)):
                typed.mistake(name, refusal.message)
    except writing.InThePast as refusal:
        typed.mistake("holds_from", refusal.message)
    return None if typed.mistakes else form


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
    return web.render(
        request, "pages/write_page.html", status=status, typed=typed, page=page, last=last, moved_on=mine is not None,
        waits=bool(last and last.holds_from > clock.now()), differences=_differences(last, mine),
        seen=number if mine else typed.one("seen", number), openings=list(filling.OPEN), today=clock.today(),
    )  # fmt: skip


def _differences(last: PageVersion | None, mine: VersionForm | None) -> list[tuple[str, str, list[diff.Piece]]]:
    """For each language in which the two say something else: its name, their text, and the way from theirs to mine."""
    if last is None or mine is None:
        return []
    both = [(gettext("English"), last.title, last.body, mine.title, mine.body),
            (gettext("Welsh"), last.welsh_title, last.welsh_body, mine.welsh_title, mine.welsh_body)]  # fmt: skip
    return [
        (language, theirs, diff.words(f"{title}\n\n{theirs}".strip(), f"{own_title}\n\n{own}".strip()))
        for language, title, theirs, own_title, own in both
        if (title, theirs) != (own_title, own)
    ]
