"""Recomputing every digest from what is stored, so that a change behind our back is found."""

from collections import defaultdict
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
    terms = _terms(session)
    revisions = session.execute(
        text(
            "SELECT revision.id, revision.number, content, digest, words_digest, entry.code FROM revision "
            "JOIN entry ON entry.id = revision.entry_id ORDER BY revision.id"
        )
    )
    for revision_id, number, content, digest, words_digest, code in revisions:
        facts = {"code": code, "number": number}
        if tokens.digest(content) != digest:
            yield (
                gettext("The text of revision %(number)s of %(code)s is not the one that its digest was made of.")
                % facts
            )
            continue
        said = EntryContent.model_validate_json(content)
        if said.words_digest != words_digest:
            yield gettext("The digest of the words of revision %(number)s of %(code)s is not right.") % facts
        if {(scheme, term) for scheme, used in said.terms.items() for term in used} != terms[revision_id]:
            yield gettext("The terms listed for revision %(number)s of %(code)s are not those in its text.") % facts
    releases = session.execute(
        text(
            "SELECT release.id, release.number, release.digest, framework.slug, release.title, introduction "
            "FROM release JOIN framework ON framework.id = release.framework_id "
            "WHERE state <> 'draft' ORDER BY release.id"
        )
    ).all()
    for release_id, number, digest, slug, title, introduction in releases:
        facts = {"framework": slug, "number": number, "title": title, "introduction": introduction}
        if _manifest_digest(session, release_id, facts) != digest:
            yield gettext(
                "The manifest of release %(number)s of %(framework)s is not the one that its digest was made of."
            ) % {"number": number, "framework": slug}


def _terms(session: Session) -> dict[int, set[tuple[str, str]]]:
    """By revision, the terms that it is found by."""
    rows = session.execute(
        text(
            "SELECT revision_id, scheme.slug, term.code FROM revision_term "
            "JOIN term ON term.id = revision_term.term_id JOIN scheme ON scheme.id = term.scheme_id"
        )
    )
    found: dict[int, set[tuple[str, str]]] = defaultdict(set)
    for revision_id, scheme, code in rows:
        found[revision_id].add((scheme, code))
    return found


def _manifest_digest(session: Session, release_id: int, facts: dict[str, str]) -> str:
    lines = session.execute(
        text(
            "SELECT entry.code, revision.digest, revision.entry_id = release_entry.entry_id FROM release_entry "
            "JOIN entry ON entry.id = release_entry.entry_id "
            "JOIN revision ON revision.id = release_entry.revision_id WHERE release_id = :release_id"
        ),
        {"release_id": release_id},
    )
    entries = {code: digest if its_own else "" for code, digest, its_own in lines}
    left = session.execute(
        text(
            "SELECT entry.code, because, other.code FROM retirement JOIN entry ON entry.id = retirement.entry_id "
            "LEFT JOIN entry AS other ON other.id = superseded_by_id WHERE release_id = :release_id"
        ),
        {"release_id": release_id},
    )
    retirements = {code: [because, superseding] for code, because, superseding in left}
    return tokens.digest(tokens.canonical({**facts, "entries": entries, "retirements": retirements}))
