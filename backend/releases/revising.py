"""Working on a draft release: open it, revise entries, add one, retire one, and freeze it for ever."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import func
from sqlmodel import Session, select

from backend.audit import log
from backend.core import clock, db, tokens
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.models import Person
from backend.releases import activity, queries
from backend.releases.content import EntryContent
from backend.releases.kinds import ReleaseState
from backend.releases.models import Entry, Framework, Release, ReleaseEntry, Retirement, Revision, RevisionTerm


class DraftExists(Refusal):
    """A framework has one draft at a time."""

    title = mark("There is a draft already")
    words = mark("This framework has a draft release. Publish it before you open another.")


class NumberTaken(Refusal):
    """Release numbers are used once."""

    status = 422
    title = mark("That number is taken")
    words = mark("There is a release %(number)s already. Choose another number.")


class NotADraft(Refusal):
    """A published release never changes."""

    title = mark("This release is published")
    words = mark("A published release never changes. Make your change in the draft of the next one.")


class DraftMovedOn(Refusal):
    """Somebody else has changed the entry in the draft since it was read."""

    title = mark("Somebody else has changed this entry")
    words = mark("The draft has moved on since you opened it. Nothing of yours has been lost: compare the two texts.")


class UnknownTerm(Refusal):
    """A term that none of the framework's schemes has."""

    status = 422
    title = mark("We do not know that term")
    words = mark("%(scheme)s has no term %(code)s.")


class NoTitle(Refusal):
    """Every entry has a title."""

    status = 422
    title = mark("The entry needs a title")
    words = mark("Enter a title.")


def open_draft(session: Session, framework: Framework, *, number: str, title: str, by: Person | None) -> Release:
    """Start the next release as a copy of the last one's manifest. Raises DraftExists or NumberTaken."""
    if queries.find_draft(session, framework):
        raise DraftExists()
    releases = queries.releases(session, framework)
    if any(release.number == number for release in releases):
        raise NumberTaken(number=number)
    last = releases[0] if releases else None
    draft = Release(
        framework_id=framework.id,
        number=number,
        title=title,
        position=last.position + 1 if last else 1,
        previous_id=last.id if last else None,
    )
    session.add(draft)
    session.flush()
    for line in queries.manifest(session, last) if last else []:
        session.add(ReleaseEntry(release_id=draft.id, entry_id=line.entry_id, revision_id=line.revision_id))
    log.record(session, "draft opened", f"release {framework.slug} {number}", by=by)
    session.flush()
    return draft


def add_entry(
    session: Session, draft: Release, *, code: str, content: EntryContent, by: Person | None, because: str
) -> Revision:
    """Put a new entry at the end of the draft. Raises NotADraft, UnknownTerm or NoTitle."""
    last = session.exec(select(func.max(Entry.position)).where(Entry.framework_id == draft.framework_id)).one()
    entry = Entry(framework_id=draft.framework_id, code=code, position=(last or 0) + 1)
    session.add(entry)
    session.flush()
    return revise(session, draft, entry, content, seen=None, by=by, because=because)


def revise(
    session: Session,
    draft: Release,
    entry: Entry,
    content: EntryContent,
    *,
    seen: Revision | None,
    by: Person | None,
    because: str,
) -> Revision:
    """Give the entry a new text in the draft, in place of the revision that the writer had seen.

    The same text again makes no revision. Raises DraftMovedOn where the draft holds another revision by now, and
    NotADraft, UnknownTerm or NoTitle.
    """
    must_be_draft(session, draft)
    terms = known_terms(session, draft.framework, content)
    line = session.get(ReleaseEntry, (draft.id, entry.id), with_for_update=True, populate_existing=True)
    if (line.revision_id if line else None) != (seen.id if seen else None):
        raise DraftMovedOn()
    if seen and seen.digest == content.digest:
        return seen
    latest = session.exec(select(func.max(Revision.number)).where(Revision.entry_id == entry.id)).one()
    revision = Revision(
        entry_id=entry.id,
        number=(latest or 0) + 1,
        content=content,
        digest=content.digest,
        words_digest=content.words_digest,
        parent_id=seen.id if seen else None,
        author_id=by.id if by else None,
        message=because,
    )
    session.add(revision)
    session.flush()
    session.add_all(RevisionTerm(revision_id=revision.id, term_id=term_id) for term_id in terms)
    if line:
        line.revision_id = revision.id
        session.add(line)
    else:
        session.add(ReleaseEntry(release_id=draft.id, entry_id=entry.id, revision_id=revision.id))
    session.flush()
    log.record(session, "entry revised", f"entry {entry.code}", by=by, release=draft.number, revision=revision.digest)
    return revision


def retire(
    session: Session, draft: Release, entry: Entry, *, because: str, superseded_by: Entry | None, by: Person | None
) -> None:
    """Take an entry out of the draft; its address and its text in earlier releases remain. Raises NotADraft."""
    must_be_draft(session, draft)
    line = session.get(ReleaseEntry, (draft.id, entry.id))
    if line:
        session.delete(line)
        session.add(
            Retirement(
                release_id=draft.id,
                entry_id=entry.id,
                because=because,
                superseded_by_id=superseded_by.id if superseded_by else None,
            )
        )
        session.flush()
        log.record(session, "entry retired", f"entry {entry.code}", by=by, release=draft.number)


def freeze(session: Session, draft: Release, *, by: Person | None, at: datetime | None = None) -> None:
    """Publish the manifest as it stands: from now on the database itself refuses to change it. Raises NotADraft.

    Whether it may be published is for the caller to ask; `publishing.publish` does. `at` is for a text that was
    published before it came here.
    """
    must_be_draft(session, draft)
    draft.digest = manifest_digest(session, draft)
    draft.state = ReleaseState.PUBLISHED
    draft.published_at = at or clock.now()
    session.add(draft)
    session.flush()
    activity.framework_changed(session, draft.framework)
    log.record(
        session, "release published", f"release {draft.framework.slug} {draft.number}", by=by, digest=draft.digest
    )


def manifest_digest(session: Session, release: Release) -> str:
    """The SHA-256 of the release: its names and introduction, the digest of every entry's text, and what left it.

    An entry that left stands there by its code, with the reason and the code of the one in its place.
    """
    lines: Mapping[str, str] = {line.entry.code: line.revision.digest for line in queries.manifest(session, release)}
    retirements = queries.retirements_between(session, release.previous, release).values()
    return tokens.digest(
        tokens.canonical(
            {
                "framework": release.framework.slug,
                "number": release.number,
                "title": release.title,
                "introduction": release.introduction,
                "entries": lines,
                "retirements": {
                    retirement.entry.code: [
                        retirement.because,
                        retirement.superseded_by.code if retirement.superseded_by else None,
                    ]
                    for retirement in retirements
                },
            }
        )
    )


def must_be_draft(session: Session, release: Release) -> None:
    """Go on only with a draft, and keep it one until this transaction ends. Raises NotADraft."""
    db.lock(session, release)
    if release.state is not ReleaseState.DRAFT:
        raise NotADraft()


def known_terms(session: Session, framework: Framework, content: EntryContent) -> list[int]:
    """The ids of the terms that the content uses. Raises NoTitle or UnknownTerm."""
    if not content.title:
        raise NoTitle()
    schemes = queries.schemes(session, framework)
    known = {(scheme.slug, term.code): term.id for scheme in schemes for term in scheme.terms}
    found = []
    for slug, codes in content.terms.items():
        for code in codes:
            if (slug, code) not in known:
                raise UnknownTerm(scheme=slug, code=code)
            found.append(known[slug, code])
    return found
