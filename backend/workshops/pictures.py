"""Addresses of entries as pictures for the camera of a phone."""

import io

import segno
from markupsafe import Markup

from backend.core.config import settings
from backend.releases.models import Entry


def address_of(entry: Entry) -> str:
    """The short address of an entry, as a phone opens it."""
    return f"{settings().base_url.rstrip('/')}/{entry.code}"


def picture(entry: Entry) -> Markup:
    """The address as SVG without styles of its own."""
    drawn = io.BytesIO()
    segno.make(address_of(entry), error="m").save(
        drawn, kind="svg", xmldecl=False, svgns=False, omitsize=True, dark="#0b0c0c", light="#fff", svgclass="app-qr",
        lineclass=None, border=4,
    )  # fmt: skip
    return Markup(drawn.getvalue().decode())  # noqa: S704  # drawn by segno; nothing typed is in it
