"""What differs between two texts, word by word, and between two contents, field by field."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from typing import Any, Literal

from diff_match_patch import diff_match_patch
from sqlalchemy.orm import object_session

from backend.core import clock
from backend.core.i18n import gettext
from backend.releases import queries
from backend.releases.content import EntryContent, by_number
from backend.releases.models import Framework

SECONDS = 0.5
"""The longest that one comparison may search for the shortest difference; after that it settles for a longer one."""

TOKEN = re.compile(r"\s+|\w+(?:['’-]\w+)*|[^\w\s]")
Kind = Literal["same", "added", "removed"]
KINDS: dict[int, Kind] = {-1: "removed", 0: "same", 1: "added"}


@dataclass(frozen=True)
class Piece:
    """A run of text that both have, or only one of them."""

    kind: Kind
    text: str


@dataclass(frozen=True)
class FieldChange:
    """One field that differs: `title`, `section:<key>` or `terms:<scheme>`. For terms, each piece is one code."""

    field: str
    old: str | tuple[str, ...]
    new: str | tuple[str, ...]
    pieces: list[Piece]

    @property
    def is_terms(self) -> bool:
        """Whether the field is a list of terms."""
        return self.field.startswith("terms:")


def words(old: str, new: str) -> list[Piece]:
    """The pieces that make the old text (same and removed) and the new one (same and added), in reading order.

    Whole paragraphs are matched first, then words. Takes about `SECONDS` at the most.
    """
    return list(_words(old, new))


@lru_cache(maxsize=4096)
def _words(old: str, new: str) -> tuple[Piece, ...]:
    deadline = clock.now().timestamp() + SECONDS
    pieces: list[Piece] = []
    for is_same, run in groupby(
        _compared(old.splitlines(keepends=True), new.splitlines(keepends=True), deadline),
        key=lambda piece: piece.kind == "same",
    ):
        if is_same:
            pieces += run
        else:
            found = list(run)
            pieces += _compared(
                TOKEN.findall(_joined(found, "removed")), TOKEN.findall(_joined(found, "added")), deadline
            )
    return tuple(pieces)


def apply(pieces: Iterable[Piece]) -> str:
    """The new text: what stayed and what was added."""
    return "".join(piece.text for piece in pieces if piece.kind != "removed")


def fields(old: EntryContent | None, new: EntryContent | None) -> list[FieldChange]:
    """Every field that differs, the title first, then sections and terms; None is an entry that is not there."""
    before = old.fields() if old else {}
    after = new.fields() if new else {}
    names = list(dict.fromkeys([*after, *before]))
    return [_change(name, before.get(name), after.get(name)) for name in names if before.get(name) != after.get(name)]


def in_page_order(framework: Framework, changes: Iterable[FieldChange]) -> list[FieldChange]:
    """The changes in the order in which the framework shows its fields."""
    order = ["title"]
    order += [f"section:{section['key']}" for section in framework.sections]
    order += [f"terms:{slug}" for slug in framework.schemes]
    place = {name: number for number, name in enumerate(order)}
    return sorted(changes, key=lambda change: (place.get(change.field, len(order)), change.field))


def field_label(framework: Framework, field: str) -> str:
    """The name of a field on screen; the field itself where the framework has no such section or scheme."""
    kind, _, key = field.partition(":")
    if kind == "section":
        return framework.section_label(key)
    if kind == "terms":
        session: Any = object_session(framework)
        return queries.scheme_titles(session).get(key, key)
    return gettext("Title")


def _change(name: str, old: Any, new: Any) -> FieldChange:
    if name.startswith("terms:"):
        old, new = old or (), new or ()
        return FieldChange(name, old, new, _terms(old, new))
    old, new = old or "", new or ""
    return FieldChange(name, old, new, words(old, new))


def _terms(old: tuple[str, ...], new: tuple[str, ...]) -> list[Piece]:
    return [
        Piece("same" if code in old and code in new else "added" if code in new else "removed", code)
        for code in sorted({*old, *new}, key=by_number)
    ]


def _joined(pieces: Iterable[Piece], kind: Kind) -> str:
    return "".join(piece.text for piece in pieces if piece.kind == kind)


def _compared(old: Sequence[str], new: Sequence[str], deadline: float) -> list[Piece]:
    """Compare two lists of tokens, each token written as one character for the search."""
    known: dict[str, str] = {}
    for token in (*old, *new):
        known.setdefault(token, chr(0x10000 + len(known)))
    tokens = {character: token for token, character in known.items()}
    search = diff_match_patch()
    found = search.diff_main(
        "".join(known[token] for token in old), "".join(known[token] for token in new), False, deadline
    )
    search.diff_cleanupSemantic(found)
    return [Piece(KINDS[kind], "".join(tokens[character] for character in run)) for kind, run in found if run]
