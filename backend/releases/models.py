"""Frameworks, their entries, and the releases in which exact revisions of them are published."""

from datetime import datetime

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, Relationship, UniqueConstraint

from backend.core import bilingual, clock, working_days
from backend.core.bilingual import WELSH, Bilingual, Said
from backend.core.db import Table, choice
from backend.core.i18n import language
from backend.releases.content import Canonical, EntryContent
from backend.releases.kinds import ReleaseState, RoundState, Scale


class Scheme(Bilingual, Table, table=True):
    """A controlled vocabulary, such as the code standards."""

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    title: str
    term_title: str
    description: str = ""
    source: str = ""

    terms: list["Term"] = Relationship(back_populates="scheme", sa_relationship_kwargs={"order_by": "Term.position"})


class Term(Bilingual, Table, table=True):
    """One concept of a scheme."""

    __table_args__ = (UniqueConstraint("scheme_id", "code"),)

    id: int = Field(default=None, primary_key=True)
    scheme_id: int = Field(foreign_key="scheme.id")
    code: str
    label: str
    description: str = ""
    group: str = ""
    position: int

    scheme: Scheme = Relationship(back_populates="terms")


class Framework(Bilingual, Table, table=True):
    """A body of guidance published as numbered entries."""

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)
    title: str
    code_prefix: str = Field(unique=True)
    summary: str
    notice: str
    """What every page says about the standing of the text, such as that it is illustrative."""
    is_reference: bool = False
    """Settled: published beside the others, and takes no rounds."""
    position: int = 0
    sections: list[dict[str, str]] = Field(sa_type=JSON)
    """The sections of its entries in order: `{"key": "mitigations", "label": "Mitigations"}`."""
    schemes: list[str] = Field(sa_type=JSON)
    """The slugs of the schemes that its entries use, in the order of the page."""
    grounds: list[dict[str, str]] = Field(default_factory=list, sa_type=JSON)
    """What a rating may rest on: `{"code": "research", "label": "Research"}`."""
    asks_for_welsh: bool = False
    """Whether a release of it is published only once every entry has its Welsh."""

    criteria: list["Criterion"] = Relationship(sa_relationship_kwargs={"order_by": "Criterion.position"})

    def section_label(self, key: str) -> Said:
        """The name of a section on screen; its key where it has none."""
        english = next((section["label"] for section in self.sections if section["key"] == key), key)
        return bilingual.in_language(english, self.welsh.get(f"section:{key}", ""))

    def ground_label(self, code: str) -> Said:
        """The name of what a rating may rest on; its code where it has none."""
        english = next((ground["label"] for ground in self.grounds if ground["code"] == code), code)
        return bilingual.in_language(english, self.welsh.get(f"ground:{code}", ""))


class Criterion(Bilingual, Table, table=True):
    """One question on which every entry of a framework is rated."""

    __table_args__ = (UniqueConstraint("framework_id", "code"),)

    id: int = Field(default=None, primary_key=True)
    framework_id: int = Field(foreign_key="framework.id")
    code: str
    label: str
    prompt: str
    scale: Scale = Field(sa_type=choice(Scale))
    is_core: bool = False
    about: str = "words"
    """`words` or `links`: where only links changed, a rating of the words carries over and one of links does not."""
    position: int


class Entry(Table, table=True):
    """One numbered item of a framework. Its code and address are for life."""

    id: int = Field(default=None, primary_key=True)
    framework_id: int = Field(foreign_key="framework.id", index=True)
    code: str = Field(unique=True)
    position: int

    framework: Framework = Relationship()


class Revision(Table, table=True):
    """The text of an entry at one moment, for ever."""

    __table_args__ = (UniqueConstraint("entry_id", "number"),)

    id: int = Field(default=None, primary_key=True)
    entry_id: int = Field(foreign_key="entry.id")
    number: int
    content: EntryContent = Field(sa_type=Canonical(EntryContent))
    digest: str = Field(index=True)
    words_digest: str
    parent_id: int | None = Field(default=None, foreign_key="revision.id")
    author_id: int | None = Field(default=None, foreign_key="person.id")
    message: str
    """Why it was made, in public words."""
    created_at: datetime = Field(default_factory=clock.now)

    entry: Entry = Relationship()
    translations: list["RevisionTranslation"] = Relationship(
        sa_relationship_kwargs={"order_by": "RevisionTranslation.number", "viewonly": True}
    )

    @property
    def translation(self) -> "RevisionTranslation | None":
        """The words in the reader's language, where that is not English and they are there."""
        return self.translations[-1] if language.get() == WELSH and self.translations else None

    @property
    def title(self) -> Said:
        """The title in the reader's language, where it is there."""
        return Said(self.translation.content.title, WELSH) if self.translation else Said(self.content.title)


class RevisionTranslation(Table, table=True):
    """The words of a revision in another language, in one of the wordings that they have had."""

    __table_args__ = (UniqueConstraint("revision_id", "language", "number"),)

    id: int = Field(default=None, primary_key=True)
    revision_id: int = Field(foreign_key="revision.id")
    language: str
    number: int
    """From 1; the last one counts."""
    content: EntryContent = Field(sa_type=Canonical(EntryContent))
    """Title and sections; the terms are those of the revision."""
    digest: str
    author_id: int | None = Field(default=None, foreign_key="person.id")
    created_at: datetime = Field(default_factory=clock.now)


class RevisionTerm(Table, table=True):
    """An index row: this revision uses this term."""

    revision_id: int = Field(foreign_key="revision.id", primary_key=True)
    term_id: int = Field(foreign_key="term.id", primary_key=True, index=True)


class Release(Bilingual, Table, table=True):
    """A numbered manifest of exact revisions."""

    __table_args__ = (
        UniqueConstraint("framework_id", "number"),
        Index("one_draft", "framework_id", unique=True, sqlite_where=text("state = 'draft'"),
              postgresql_where=text("state = 'draft'")),
    )  # fmt: skip

    id: int = Field(default=None, primary_key=True)
    framework_id: int = Field(foreign_key="framework.id", index=True)
    number: str
    title: str
    introduction: str = ""
    position: int
    """Its place among the framework's releases, from 1."""
    previous_id: int | None = Field(default=None, foreign_key="release.id")
    state: ReleaseState = Field(default=ReleaseState.DRAFT, sa_type=choice(ReleaseState))
    digest: str | None = None
    published_at: datetime | None = Field(default=None, index=True)
    withdrawn_at: datetime | None = None
    withdrawn_because: str | None = None

    framework: Framework = Relationship()
    previous: "Release" = Relationship(sa_relationship_kwargs={"remote_side": "Release.id"})


class ReleaseEntry(Table, table=True):
    """One line of a manifest: this release holds exactly this revision of this entry."""

    release_id: int = Field(foreign_key="release.id", primary_key=True)
    entry_id: int = Field(foreign_key="entry.id", primary_key=True, index=True)
    revision_id: int = Field(foreign_key="revision.id", index=True)

    release: Release = Relationship()
    entry: Entry = Relationship()
    revision: Revision = Relationship()


class Retirement(Table, table=True):
    """An entry left this release, for a stated reason."""

    release_id: int = Field(foreign_key="release.id", primary_key=True)
    entry_id: int = Field(foreign_key="entry.id", primary_key=True, index=True)
    because: str
    superseded_by_id: int | None = Field(default=None, foreign_key="entry.id")

    entry: Entry = Relationship(sa_relationship_kwargs={"foreign_keys": "Retirement.entry_id"})
    superseded_by: Entry = Relationship(sa_relationship_kwargs={"foreign_keys": "Retirement.superseded_by_id"})


WORKING_DAYS_TO_SIGN = 2
"""How long after the closing of a round an organisation may still sign off what it had drafted by then."""


class Round(Bilingual, Table, table=True):
    """A window in which a published release is open for feedback."""

    id: int = Field(default=None, primary_key=True)
    release_id: int = Field(foreign_key="release.id", index=True)
    title: str
    opens_at: datetime
    closes_at: datetime = Field(index=True)
    answer_by: datetime
    """By when every point is to be answered: twelve weeks after closing unless changed, with a public reason."""
    use_statement: str
    """How the authority may use what it is told."""
    can_change: str
    cannot_change: str
    times_changed_because: str = ""
    """The public reason, where a time was changed after the round had opened."""

    release: Release = Relationship()
    questions: list["Question"] = Relationship(sa_relationship_kwargs={"order_by": "Question.position"})

    @property
    def state(self) -> RoundState:
        """Planned, open or closed, to the second, by our clock."""
        now = clock.now()
        if now < self.opens_at:
            return RoundState.PLANNED
        return RoundState.OPEN if now < self.closes_at else RoundState.CLOSED

    @property
    def is_open(self) -> bool:
        """Whether feedback can be sent now."""
        return self.state is RoundState.OPEN

    @property
    def signing_ends_at(self) -> datetime:
        """Until when what was drafted before the closing can be signed off, for everyone alike."""
        return working_days.after(self.closes_at, WORKING_DAYS_TO_SIGN)

    @property
    def can_be_signed(self) -> bool:
        """Whether an organisation can sign off what it has drafted."""
        return self.opens_at <= clock.now() < self.signing_ends_at


class Question(Bilingual, Table, table=True):
    """Something a round asks about the framework as a whole."""

    __table_args__ = (UniqueConstraint("round_id", "code"),)

    id: int = Field(default=None, primary_key=True)
    round_id: int = Field(foreign_key="round.id")
    code: str
    prompt: str
    hint: str = ""
    position: int
