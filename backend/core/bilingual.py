"""Words that staff write in both languages: the English in its column, the Welsh beside it, each marked as such."""

from dataclasses import dataclass

from markupsafe import Markup, escape
from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from backend.core.i18n import language

ENGLISH, WELSH = "en", "cy"


class Bilingual(SQLModel):
    """A table some of whose texts have Welsh beside them."""

    welsh: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    """The Welsh of its texts, by the name of their column. What is not there is shown in English, and marked so."""


@dataclass(frozen=True)
class Said:
    """Some words and the language that they are in. In a template it marks them where the page speaks another one."""

    words: str
    lang: str

    @property
    def attribute(self) -> Markup:
        """What an element that holds the words says of them: nothing where they are in the language of the page."""
        return Markup("") if self.lang == language.get() else Markup(' lang="{}"').format(self.lang)

    def __str__(self) -> str:
        return self.words

    def __html__(self) -> str:
        return Markup("<span{}>{}</span>").format(self.attribute, self.words) if self.attribute else escape(self.words)


def said(row: Bilingual, name: str) -> Said:
    """The text of this column in the reader's language, or else in English."""
    return in_language(getattr(row, name), row.welsh.get(name, ""))


def in_language(english: str, welsh: str) -> Said:
    """The one of two wordings that the reader's language asks for, where it is there."""
    return Said(welsh, WELSH) if welsh and language.get() == WELSH else Said(english, ENGLISH)
