"""The pages that are owed, for everybody: what they say, what they said before, and what changed."""

from dataclasses import dataclass
from datetime import datetime

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse
from sqlmodel import Session
from starlette.convertors import StringConvertor, register_url_convertor
from starlette.responses import Response

from backend.core import caching, i18n, web
from backend.core import cookies as device
from backend.core.bilingual import WELSH
from backend.core.db import Number, RowNumber, SessionDep
from backend.core.errors import NotFound
from backend.pages import filling, queries, writing
from backend.pages.models import Owed, PageVersion
from backend.pages.sections import Section, sections
from backend.people.access import Anyone, Viewer
from backend.releases import diff
from backend.workshops import videos

router = APIRouter(include_in_schema=False, default_response_class=HTMLResponse)


class OwedConvertor(StringConvertor):
    """The address of a page that is owed, and of no other page."""

    regex = "|".join(Owed)


register_url_convertor("owed", OwedConvertor())


@dataclass(frozen=True)
class Shown:
    """A version in one language, with the settings filled in."""

    version: PageVersion
    language: str

    @property
    def is_welsh(self) -> bool:
        """Whether the words are Welsh."""
        return self.language == WELSH

    @property
    def title(self) -> str:
        """The heading of the page."""
        return filling.filled(self.version.welsh_title if self.is_welsh else self.version.title, self.language)

    @property
    def body(self) -> str:
        """The text, still in Markdown."""
        return filling.filled(self.version.welsh_body if self.is_welsh else self.version.body, self.language)

    @property
    def sections(self) -> list[Section]:
        """The text as the page shows it."""
        return sections(self.body)


def shown(version: PageVersion, language: str = "") -> Shown:
    """The version in that language, or that of the page; in English where it is not there in Welsh."""
    wanted = language or i18n.language.get()
    return Shown(version, WELSH if wanted == WELSH and version.welsh_body else "en")


@router.get("/{page:owed}")
def owed_page(request: Request, page: Owed, session: SessionDep, viewer: Anyone) -> Response:
    """What the page says now, and since when."""
    versions = queries.versions(session, page)
    _depends(request, viewer, page, queries.next_change(versions))
    current = queries.find_current(versions)
    if current is None:
        raise queries.NotWritten()
    return web.render(request, "pages/owed_page.html", page=page, shown=shown(current))


@router.get("/cookies")
def cookies(request: Request, viewer: Anyone) -> Response:
    """Everything that the site keeps on a device."""
    host = videos.HOST.removeprefix("https://")
    return web.render(request, "pages/cookies.html", cookies=device.COOKIES, video_host=host)


@router.get("/{page:owed}/versions")
def page_versions(
    request: Request,
    page: Owed,
    session: SessionDep,
    viewer: Anyone,
    old: RowNumber = 0,
    new: RowNumber = 0,
) -> Response:
    """Every version that holds or has held, and what changed between two of them."""
    held = _held(request, session, viewer, page)
    numbers = {version.number: version for version in held}
    newer = numbers.get(new, held[0])
    older = numbers.get(old, held[1] if len(held) > 1 else held[0])
    before, after = shown(older), shown(newer)
    if before.language != after.language:
        before, after = shown(older, "en"), shown(newer, "en")
    return web.render(
        request, "pages/page_versions.html", block="difference", page=page, held=held, before=before, after=after,
        pieces=diff.words(f"{before.title}\n\n{before.body}", f"{after.title}\n\n{after.body}"),
    )  # fmt: skip


@router.get("/{page:owed}/versions/{version}")
def page_version(request: Request, page: Owed, version: Number, session: SessionDep, viewer: Anyone) -> Response:
    """One version, as it was read while it held."""
    held = _held(request, session, viewer, page)
    found = next((each for each in held if each.number == version), None)
    if found is None:
        raise NotFound()
    following = next((each for each in reversed(held) if each.number > version), None)
    return web.render(request, "pages/page_version.html", page=page, shown=shown(found), following=following)


def _held(request: Request, session: Session, viewer: Viewer, page: Owed) -> list[PageVersion]:
    _depends(request, viewer, page, queries.next_change(queries.versions(session, page)))
    return queries.held(session, page)


def _depends(request: Request, viewer: Viewer, page: Owed, until: datetime | None) -> None:
    if not viewer.is_signed_in:
        caching.depends(request, writing.counter(page), until=until)
