"""Checking that what the owed pages say, and said, is still what was written."""

import json

from sqlmodel import Session, col, select

from backend.audit.models import AuditEvent
from backend.core.i18n import gettext, mark
from backend.pages import writing
from backend.pages.models import OwedPage, PageVersion

CHANGED = mark("Version %(number)s of the %(page)s is not what was written.")
GONE = mark("Version %(number)s of the %(page)s is gone, though it was written.")


def first_difference(session: Session) -> str | None:
    """The first version of a page that is not as the record has it, in words, or None if all are.

    Of versions from before the record kept digests it is only checked that they are there.
    """
    rows = session.exec(select(OwedPage.slug, PageVersion).join(PageVersion).order_by(col(PageVersion.id)))
    found = {(writing.subject(slug), version.number): version.digest for slug, version in rows}
    events = session.exec(select(AuditEvent).where(AuditEvent.action == writing.WRITTEN))
    details = [(event.subject, json.loads(event.detail)) for event in events]
    written = {(subject, detail["version"]): detail.get("digest") for subject, detail in details}
    for key in {**written, **found}:
        if key not in found:
            return _said(GONE, key)
        if key not in written or written[key] not in (None, found[key]):
            return _said(CHANGED, key)
    return None


def _said(words: str, key: tuple[str, int]) -> str:
    return gettext(words) % {"page": key[0], "number": key[1]}
