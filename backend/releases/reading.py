"""One entry as people read it: its text, where its words came from, and what became of it."""

from dataclasses import dataclass

from sqlmodel import Session

from backend.core.bilingual import WELSH
from backend.core.i18n import language
from backend.releases import citing, comparing, diff, queries, translating
from backend.releases.diff import FieldChange
from backend.releases.models import (
    Entry,
    Framework,
    Release,
    ReleaseEntry,
    Retirement,
    Revision,
    RevisionTranslation,
    Scheme,
    Term,
)


@dataclass(frozen=True)
class Section:
    """A section with words in it."""

    key: str
    label: str
    words: str
    lang: str = "en"
    english: str = ""
    """Where the words are in another language: the English, which feedback is given on."""


@dataclass(frozen=True)
class LastChange:
    """How the words came to be as they are: what changed from `previous` to `release`, and why."""

    release: Release
    previous: Release | None
    fields: list[FieldChange]
    revisions: list[Revision]

    @property
    def reasons(self) -> list[str]:
        """Why, in the words of each revision on the way."""
        return comparing.reasons_of(self.revisions)


@dataclass(frozen=True)
class EntryAsRead:
    """Everything that a page about an entry in one release shows of it."""

    framework: Framework
    entry: Entry
    release: Release
    line: ReleaseEntry
    newest: Release
    schemes: list[Scheme]
    terms: list[tuple[Scheme, list[Term]]]
    sections: list[Section]
    history: list[ReleaseEntry]
    change: LastChange | None
    retirement: Retirement | None
    retired_with: Release | None
    citation: str
    translation: RevisionTranslation | None = None
    """The words in the language of the page, where it is not English and they are there."""

    @property
    def title(self) -> str:
        """The entry's title, in the language of the page where it is there."""
        return self.translation.content.title if self.translation else self.line.revision.content.title

    @property
    def lang(self) -> str:
        """The language that the words of the entry are in."""
        return self.translation.language if self.translation else "en"

    @property
    def latest_revisions(self) -> list[Revision]:
        """The revisions that made the last change; none where there was no change."""
        return self.change.revisions if self.change else []

    @property
    def labels(self) -> dict[str, dict[str, str]]:
        """The name of every term, by scheme and code."""
        return labels_of(self.schemes)


def entry_as_read(session: Session, framework: Framework, entry: Entry, release: Release) -> EntryAsRead | None:
    """The entry in this release, or None where the release does not hold it."""
    history = queries.history(session, entry)
    line = next((line for line in history if line.release_id == release.id), None)
    if line is None:
        return None
    schemes = queries.schemes(session, framework)
    retirement, retired_with = queries.find_retirement(session, entry) or (None, None)
    translation = translating.find(session, line.revision) if language.get() == WELSH else None
    return EntryAsRead(
        framework=framework,
        entry=entry,
        release=release,
        line=line,
        newest=queries.shown_release(session, framework),
        schemes=schemes,
        terms=queries.terms_of(schemes, line.revision.content),
        sections=sections_of(framework, line.revision.content.sections, translation),
        history=history,
        change=_last_change(session, framework, entry, line, history),
        retirement=retirement,
        retired_with=retired_with,
        citation=citing.citation(line, release),
        translation=translation,
    )


def last_release_with(session: Session, entry: Entry) -> Release | None:
    """The newest release that holds the entry, or None where none ever did."""
    history = queries.history(session, entry)
    return history[0].release if history else None


def sections_of(
    framework: Framework, words: dict[str, str], translation: RevisionTranslation | None = None
) -> list[Section]:
    """The sections that have words, in the order of the framework, each in the other language where it is there."""
    other = translation.content.sections if translation else {}
    labels = {section["key"]: section["label"] for section in framework.sections}
    keys = [key for key in labels if key in words] + [key for key in words if key not in labels]
    return [
        Section(key, labels.get(key, key), other[key], translation.language, words[key])
        if translation and key in other
        else Section(key, labels.get(key, key), words[key])
        for key in keys
    ]


def labels_of(schemes: list[Scheme]) -> dict[str, dict[str, str]]:
    """The name of every term, by scheme and code; numbers stand before the name."""
    return {scheme.slug: {term.code: term_name(term) for term in scheme.terms} for scheme in schemes}


def term_name(term: Term) -> str:
    """A term as people say it: `7. Default settings`, or its label alone where the code is not a number."""
    return f"{term.code}. {term.label}" if term.code.isdigit() else term.label


def _last_change(
    session: Session, framework: Framework, entry: Entry, line: ReleaseEntry, history: list[ReleaseEntry]
) -> LastChange | None:
    earlier = [other for other in history if other.release.position <= line.release.position]
    same = [other for other in earlier if other.revision_id == line.revision_id]
    before = next((other for other in earlier if other.revision_id != line.revision_id), None)
    release = same[-1].release
    if before is None:
        if release.previous_id is None:
            return None
        return LastChange(release, None, [], _revisions(session, None, release, entry))
    fields = diff.in_page_order(framework, diff.fields(before.revision.content, line.revision.content))
    return LastChange(release, before.release, fields, _revisions(session, before.release, release, entry))


def _revisions(session: Session, old: Release | None, new: Release, entry: Entry) -> list[Revision]:
    return queries.revisions_between(session, old, new, entry).get(entry.id, [])
