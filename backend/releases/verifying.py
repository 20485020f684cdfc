"""Recomputing every digest from what is stored, so that a change behind our back is found."""

from collections.abc import Iterator

from sqlalchemy import text
from sqlmodel import Session

from backend.core import tokens
from backend.core.i18n import gettext
from backend.releases.content import EntryContent


def first_difference(session: Session) -> str | None:
    """The first stored text or manifest that is not what its digest says, in words; None where all is as published.

    Reads the stored bytes themselves, not values made from them.
    """
    return next(_differences(session), None)


def _differences(session: Session) -> Iterator[str]:
    revisions = session.execute(
        text(
            "SELECT revision.number, content, digest, words_digest, entry.code FROM revision "
            "JOIN entry ON entry.id = revision.entry_id ORDER BY revision.id"
        )
    )
    for number, content, digest, words_digest, code in revisions:
        facts = {"code": code, "number": number}
        if tokens.digest(content) != digest:
            yield (
                gettext("The text of revision %(number)s of %(code)s is not the one that its digest was made of.")
                % facts
            )
        elif EntryContent.model_validate_json(content).words_digest != words_digest:
            yield gettext("The digest of the words of revision %(number)s of %(code)s is not right.") % facts
    releases = session.execute(
        text(
            "SELECT release.id, release.number, release.digest, framework.slug FROM release "
            "JOIN framework ON framework.id = release.framework_id WHERE state <> 'draft' ORDER BY release.id"
        )
    ).all()
    for release_id, number, digest, slug in releases:
        if _manifest_digest(session, release_id, number, slug) != digest:
            yield gettext(
                "The manifest of release %(number)s of %(framework)s is not the one that its digest was made of."
            ) % {"number": number, "framework": slug}


def _manifest_digest(session: Session, release_id: int, number: str, slug: str) -> str:
    lines = session.execute(
        text(
            "SELECT entry.code, revision.digest, revision.entry_id = release_entry.entry_id FROM release_entry "
            "JOIN entry ON entry.id = release_entry.entry_id "
            "JOIN revision ON revision.id = release_entry.revision_id WHERE release_id = :release_id"
        ),
        {"release_id": release_id},
    )
    entries = {code: digest if its_own else "" for code, digest, its_own in lines}
    return tokens.digest(tokens.canonical({"framework": slug, "number": number, "entries": entries}))
