"""What a public body owes its readers, in versions: what was said when, for ever."""

from datetime import UTC, datetime
from enum import StrEnum

from sqlmodel import Field, Relationship, UniqueConstraint

from backend.core import clock, tokens
from backend.core.bilingual import Said, in_language
from backend.core.db import Table
from backend.core.i18n import mark
from backend.people.models import Person


class Owed(StrEnum):
    """The pages that are owed, by their addresses. Staff write what they say, not which there are."""

    PRIVACY = "privacy"
    TERMS = "terms"
    ACCESSIBILITY = "accessibility-statement"
    INFORMATION = "freedom-of-information"
    USE = "use-of-feedback"
    MODERATION = "moderation-policy"
    CONTACT = "contact"

    @property
    def label(self) -> str:
        """What links to the page say."""
        return {
            "privacy": mark("Privacy"),
            "terms": mark("Terms of use"),
            "accessibility-statement": mark("Accessibility statement"),
            "freedom-of-information": mark("Freedom of information"),
            "use-of-feedback": mark("How feedback may be used"),
            "moderation-policy": mark("How points are checked"),
            "contact": mark("Contact us"),
        }[self.value]


class OwedPage(Table, table=True):
    """One of the pages; whoever writes a version of it locks this row."""

    id: int = Field(default=None, primary_key=True)
    slug: str = Field(unique=True)


class PageVersion(Table, table=True):
    """What a page says from one moment on, until a version with a higher number holds. Append-only."""

    __table_args__ = (UniqueConstraint("page_id", "number"),)

    id: int = Field(default=None, primary_key=True)
    page_id: int = Field(foreign_key="owed_page.id")
    number: int
    holds_from: datetime
    title: str
    body: str
    """Markdown, in which `{authority}` and the like stand for settings."""
    because: str
    """Why it was changed, for everybody to read."""
    welsh_title: str
    welsh_body: str
    welsh_because: str
    """The Welsh is empty in versions alone that were written before it was asked for."""
    written_at: datetime = Field(default_factory=clock.now)
    author_id: int | None = Field(default=None, foreign_key="person.id", index=True)
    """Who wrote it, for staff; None for the drafts that come with the platform."""

    author: Person | None = Relationship()

    @property
    def digest(self) -> str:
        """Of all that the version says, and since when: the record keeps it, so that no change of it goes unseen."""
        texts = (self.title, self.body, self.because, self.welsh_title, self.welsh_body, self.welsh_because)
        return tokens.digest(tokens.canonical([self.number, self.holds_from.astimezone(UTC).isoformat(), *texts]))

    @property
    def reason(self) -> Said:
        """Why it was changed, in the reader's language where it is there."""
        return in_language(self.because, self.welsh_because)
