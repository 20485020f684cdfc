"""The words of an entry in Welsh: beside the English, and no new revision, so that nothing is rated or said anew."""

from sqlmodel import Session, col, select

from backend.audit import log
from backend.core import clock, db
from backend.core.bilingual import WELSH
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.releases import activity
from backend.releases.content import EntryContent
from backend.releases.models import ReleaseEntry, Revision, RevisionTranslation


class TranslationMovedOn(Refusal):
    """Somebody else has saved the Welsh since it was read."""

    title = mark("Somebody else has changed the Welsh")
    words = mark("The Welsh has changed since you opened it. Nothing of yours has been lost: compare the two texts.")


class NoTitleInWelsh(Refusal):
    """An entry is found by its title in either language."""

    status = 422
    title = mark("The entry needs a Welsh title")
    words = mark("Enter the title in Welsh")


def translate(
    session: Session, revision: Revision, content: EntryContent, *, seen: int, by: Person | None
) -> RevisionTranslation:
    """Keep the Welsh of a revision, as the wording after the one that was seen; the former ones are kept.

    Saving the same changes nothing. Raises NoTitleInWelsh or TranslationMovedOn.
    """
    if not content.title:
        raise NoTitleInWelsh()
    content = EntryContent(title=content.title, sections=content.sections)
    before = find(session, revision)
    if before is not None and before.digest == content.digest:
        return before
    translation = RevisionTranslation(
        revision_id=revision.id,
        language=WELSH,
        number=seen + 1,
        content=content,
        digest=content.digest,
        author_id=by.id if by else None,
        created_at=clock.now(),
    )
    if (before.number if before else 0) != seen or not db.add_once(
        session, translation, "revision_id", "language", "number"
    ):
        raise TranslationMovedOn()
    activity.words_changed(session, revision.entry.framework, revision.entry)
    log.record(
        session, "entry translated", f"entry {revision.entry.code}", by=by, language=WELSH, revision=revision.digest,
        translation=translation.digest,
    )  # fmt: skip
    return translation


def find(session: Session, revision: Revision) -> RevisionTranslation | None:
    """The Welsh of a revision as it is now."""
    its = (RevisionTranslation.revision_id == revision.id, RevisionTranslation.language == WELSH)
    return session.exec(
        select(RevisionTranslation).where(*its).order_by(col(RevisionTranslation.number).desc()).limit(1)
    ).first()


def find_earlier(session: Session, revision: Revision) -> RevisionTranslation | None:
    """The Welsh of the nearest former revision that has some: what a translator goes on from."""
    while revision.parent_id is not None:
        revision = session.get_one(Revision, revision.parent_id)
        if found := find(session, revision):
            return found
    return None


def untranslated(session: Session, lines: list[ReleaseEntry]) -> list[ReleaseEntry]:
    """The lines of a manifest whose words have no Welsh."""
    wanted = [line.revision_id for line in lines]
    there = set(
        session.exec(
            select(RevisionTranslation.revision_id).where(
                col(RevisionTranslation.revision_id).in_(wanted), RevisionTranslation.language == WELSH
            )
        )
    )
    return [line for line in lines if line.revision_id not in there]
