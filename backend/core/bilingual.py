"""Words that staff write in both languages: the English in its column, the Welsh beside it, each marked as such."""

from collections.abc import Mapping
from typing import Protocol

from markupsafe import Markup, escape
from sqlalchemy import JSON
from sqlmodel import Field, SQLModel

from backend.core.i18n import language

ENGLISH, WELSH = "en", "cy"


class Bilingual(SQLModel):
    """A table some of whose texts have Welsh beside them."""

    welsh: dict[str, str] = Field(default_factory=dict, sa_type=JSON)
    """The Welsh of its texts, by the name of their column. What is not there is shown in English, and marked so."""


class Said(str):
    """Some words and the language that they are in. On a page that speaks another one, they are marked."""

    __slots__ = ("lang",)
    lang: str

    def __new__(cls, words: str, lang: str = ENGLISH) -> "Said":
        """Some words in a language, English unless it is said."""
        made = super().__new__(cls, words)
        made.lang = lang
        return made

    @property
    def attribute(self) -> Markup:
        """What an element that holds the words says of them: nothing where they are in the language of the page."""
        return Markup("") if self.lang == language.get() else Markup(' lang="{}"').format(self.lang)

    @property
    def words(self) -> str:
        """The words alone, for where no element can stand, such as in an attribute or the choices of a list."""
        return str.__str__(self)

    def after(self, lead: str) -> "Said":
        """The same, with something before it that is in no language, such as a number."""
        return Said(lead + self.words, self.lang)

    def __html__(self) -> str:
        return Markup("<span{}>{}</span>").format(self.attribute, self.words) if self.attribute else escape(self.words)


class InBoth(Protocol):
    """Whatever has texts with Welsh beside them: a row, or what is kept of one."""

    @property
    def welsh(self) -> Mapping[str, str]:
        """The Welsh of its texts, by their name."""


def said(row: InBoth, name: str) -> Said:
    """The text of this name in the reader's language, or else in English."""
    return in_language(getattr(row, name), row.welsh.get(name, ""))


def in_language(english: str, welsh: str) -> Said:
    """The one of two wordings that the reader's language asks for, where it is there."""
    return Said(welsh, WELSH) if welsh and language.get() == WELSH else Said(english)
