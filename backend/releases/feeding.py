"""Feeds for feed readers, as Atom."""

from collections.abc import Iterable
from datetime import UTC, datetime
from urllib.parse import urlsplit

from fastapi.responses import Response

from backend.core import web
from backend.core.config import settings

SINCE = datetime(2026, 1, 1, tzinfo=UTC)
"""The date in the tags of feeds: addresses, which must never change, even if the site moves."""


def atom(template: str, moments: Iterable[datetime | None], **context: object) -> Response:
    """A feed made from the template; it was updated at the latest of these moments."""
    base = settings().base_url.rstrip("/")
    written = (
        web.templates()
        .env.get_template(template)
        .render(
            updated=max((moment for moment in moments if moment), default=SINCE),
            base=base,
            tag=f"tag:{urlsplit(base).hostname},{SINCE.year}:",
            **context,
        )
    )
    return Response(written, media_type="application/atom+xml", headers={"Cache-Control": "public, max-age=300"})
