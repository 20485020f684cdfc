"""Checking that published text is what was published."""

from sqlmodel import Session, col, select

from backend.releases import revising
from backend.releases.models import Entry, Release, ReleaseState, Revision


def first_difference(session: Session) -> str | None:
    """The first revision or release that is not what its digest was made from, in words; None if all are whole."""
    revisions = select(Revision, Entry.code).join(Entry, col(Entry.id) == Revision.entry_id)
    for revision, code in session.exec(revisions.order_by(col(Revision.id)).execution_options(yield_per=500)):
        if (revision.content.digest, revision.content.words_digest) != (revision.digest, revision.words_digest):
            return f"revision {revision.number} of {code} is not the text that was written"
    frozen = select(Release).where(Release.state != ReleaseState.DRAFT).order_by(col(Release.id))
    for release in session.exec(frozen).all():
        if revising.manifest_digest(session, release) != release.digest:
            return f"release {release.framework.slug} {release.number} is not the list that was published"
    return None
