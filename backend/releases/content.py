"""The content of an entry as one frozen value, and its digests."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, field_validator
from sqlalchemy import Text
from sqlalchemy.types import TypeDecorator

from backend.core import text, tokens


class EntryContent(BaseModel):
    """What an entry says: a title, sections of Markdown, and terms of the framework's schemes.

    Equal content has equal canonical JSON: texts are normalised, empty sections and schemes are left out, the codes
    of a scheme are sorted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    sections: dict[str, str] = {}
    terms: dict[str, tuple[str, ...]] = {}

    @field_validator("title")
    @classmethod
    def _title(cls, title: str) -> str:
        return " ".join(text.normalised(title).split())

    @field_validator("sections")
    @classmethod
    def _sections(cls, sections: dict[str, str]) -> dict[str, str]:
        return {key: clean for key, words in sections.items() if (clean := text.normalised(words))}

    @field_validator("terms")
    @classmethod
    def _terms(cls, terms: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        return {scheme: tuple(sorted(set(codes), key=by_number)) for scheme, codes in terms.items() if codes}

    def canonical(self) -> str:
        """The one JSON text of this content."""
        return tokens.canonical(self.model_dump(mode="json"))

    @property
    def digest(self) -> str:
        """The SHA-256 of the canonical text."""
        return tokens.digest(self.canonical())

    @property
    def words_digest(self) -> str:
        """The SHA-256 of title and sections alone: the same where only terms differ."""
        return tokens.digest(tokens.canonical({"title": self.title, "sections": self.sections}))

    def fields(self) -> dict[str, str | tuple[str, ...]]:
        """Every field that has a value, by its name: `title`, `section:<key>`, `terms:<scheme>`."""
        return {
            "title": self.title,
            **{f"section:{key}": words for key, words in self.sections.items()},
            **{f"terms:{scheme}": codes for scheme, codes in self.terms.items()},
        }

    def value(self, field: str) -> str | tuple[str, ...]:
        """The value of one field; empty where there is none. Raises KeyError for a name that no field can have."""
        kind, _, key = field.partition(":")
        if field == "title":
            return self.title
        values: dict[str, str | tuple[str, ...]] = {
            "section": self.sections.get(key, ""),
            "terms": self.terms.get(key, ()),
        }
        return values[kind]

    def with_field(self, field: str, value: str | tuple[str, ...]) -> Self:
        """The same content with another value in one field. Raises KeyError as `value` does."""
        return self.with_fields({field: value})

    def with_fields(self, values: Mapping[str, str | tuple[str, ...]]) -> Self:
        """The same content with other values in some fields. Raises KeyError as `value` does."""
        data: dict[str, Any] = {"title": self.title, "sections": dict(self.sections), "terms": dict(self.terms)}
        for field, value in values.items():
            kind, _, key = field.partition(":")
            if field == "title":
                data["title"] = value
            else:
                data[{"section": "sections", "terms": "terms"}[kind]][key] = value
        return type(self).model_validate(data)


def by_number(code: str) -> tuple[int, str]:
    """Sort codes as people count: 2 before 10, numbers before words."""
    return (int(code), "") if code.isdigit() else (10**9, code)


class Canonical(TypeDecorator[Any]):
    """A frozen Pydantic model kept as canonical JSON text, so that a digest never depends on the database."""

    impl = Text
    cache_ok = True

    def __init__(self, model: type[EntryContent]) -> None:
        super().__init__()
        self.model = model

    def process_bind_param(self, value: Any, dialect: Any) -> Any:
        """To the database."""
        return None if value is None else self.model.model_validate(value).canonical()

    def process_result_value(self, value: Any, dialect: Any) -> Any:
        """From the database."""
        return None if value is None else _read(self.model, value)


@lru_cache(maxsize=2000)
def _read(model: type[EntryContent], stored: str) -> EntryContent:
    """The same text is the same value, and pages that list entries read hundreds of them."""
    return model.model_validate_json(stored)
