"""Checking that what was published with each release is still what was published."""

import json
from collections.abc import Iterator

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.audit.models import AuditEvent
from backend.core.i18n import gettext, mark
from backend.publishing import sealing
from backend.releases.kinds import ReleaseState
from backend.releases.models import Release

DIFFERS = {
    "decisions": mark("The decisions published with %(release)s are not those that were made."),
    "answers": mark("The answers published with %(release)s are not those that were given."),
    "causes": mark("The causes of the changes in %(release)s are not those that were published."),
    "ratings": mark("The ratings given before %(release)s are not those that were given."),
}


def first_difference(session: Session) -> str | None:
    """The first thing published with a release that is not what it was, in words, or None if all is as published."""
    return next(_differences(session), None)


def _differences(session: Session) -> Iterator[str]:
    releases = {
        sealing.subject(release): release
        for release in session.exec(
            select(Release).where(Release.state != ReleaseState.DRAFT).options(joinedload(Release.framework))  # type: ignore[arg-type]
        )
    }
    events = session.exec(select(AuditEvent).where(AuditEvent.action == sealing.ACTION).order_by(col(AuditEvent.id)))
    for event in events.all():
        if event.subject not in releases:
            yield gettext("There is no %(release)s, though it was published.") % {"release": event.subject}
            continue
        published, found = json.loads(event.detail), sealing.digests(session, releases[event.subject])
        for what, words in DIFFERS.items():
            if found[what] != published.get(what):
                yield gettext(words) % {"release": event.subject}
