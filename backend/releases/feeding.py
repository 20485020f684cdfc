"""Feeds as Atom: one in each language, because feed readers ask without a cookie, and what they get is kept."""

from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Annotated, Literal
from urllib.parse import urlsplit

from fastapi import Query
from fastapi.responses import Response

from backend.core import i18n, text, web
from backend.core.config import settings

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
"""The date in the tags of feeds: addresses, which must never change, even if the site moves."""

Language = Annotated[Literal["en", "cy"], Query()]
"""The language of a feed, as its address asks for it."""


def atom(
    name: str, language: Language, moments: Iterable[datetime | None], *, page: str, **context: object
) -> Response:
    """The feed made from `templates/<name>/feed.xml`; it was updated at the latest of these moments.

    Characters that no XML may hold are shown as missing.
    """
    base = settings().base_url.rstrip("/")
    with i18n.speaking(language):
        written = (
            web.templates()
            .env.get_template(f"{name}/feed.xml")
            .render(
                name=name,
                language=language,
                at={code: f"{base}/{name}.atom{'' if code == 'en' else f'?lang={code}'}" for code in i18n.LANGUAGES},
                page=page,
                updated=max((moment for moment in moments if moment), default=SINCE),
                base=base,
                tag=f"tag:{urlsplit(base).hostname},{SINCE.year}:",
                **context,
            )
        )
    whole = text.CONTROL.sub("\N{REPLACEMENT CHARACTER}", written)
    return Response(whole, media_type="application/atom+xml", headers={"Cache-Control": "public, max-age=300"})
