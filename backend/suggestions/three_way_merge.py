"""Bringing two changes of one text together. Pure: values in, values out, and no words are ever lost."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher

from backend.releases.content import by_number

Value = str | tuple[str, ...]

LEVELS = (
    re.compile(r"\n{2,}"),  # paragraphs
    re.compile(r"\n"),  # lines; each item of a Markdown list is one
    re.compile(r"(?<=[.!?])\s+"),  # sentences
)
MOST_PARTS = 4_000
"""A text in more parts than this is compared as a whole at that level, so that no text takes long."""


@dataclass(frozen=True)
class Piece:
    """A stretch of the text in its three versions, and what they agree on; None where they do not."""

    base: str
    mine: str
    theirs: str
    agreed: str | None


@dataclass(frozen=True)
class Merged:
    """What came of a merge. The pieces, joined, are each of the three versions in full."""

    value: Value | None
    """The merged value; None where the two sides changed the same words in different ways."""
    pieces: tuple[Piece, ...] = ()
    """For texts: every stretch, in order."""

    @property
    def conflicts(self) -> tuple[Piece, ...]:
        """The stretches that both sides changed, in different ways."""
        return tuple(piece for piece in self.pieces if piece.agreed is None)


def merge(base: Value, mine: Value, theirs: Value) -> Merged:
    """Take what each side changed against the base: paragraph by paragraph, then line by line, then by sentence.

    Sets of terms always merge: what either side added is in, what either removed is out.
    """
    if isinstance(base, str) and isinstance(mine, str) and isinstance(theirs, str):
        pieces = tuple(_joined(_pieces(base, mine, theirs, 0)))
        agreed = [piece.agreed for piece in pieces if piece.agreed is not None]
        return Merged("".join(agreed) if len(agreed) == len(pieces) else None, pieces)
    was, here, there = set(base), set(mine), set(theirs)
    kept = (was & here & there) | (here - was) | (there - was)
    return Merged(tuple(sorted(kept, key=by_number)))


def _pieces(base: str, mine: str, theirs: str, level: int) -> Iterator[Piece]:
    agreed = _agreed(base, mine, theirs)
    if agreed is not None or level == len(LEVELS):
        yield Piece(base, mine, theirs, agreed)
        return
    parts = [_parts(text, level) for text in (base, mine, theirs)]
    if max(map(len, parts)) > MOST_PARTS:
        yield Piece(base, mine, theirs, None)
        return
    for stretch in _stretches(*parts):
        texts = ["".join(part) for part in stretch]
        # What is empty in one version was inserted or removed there: there is nothing finer to compare.
        if all(stretch):
            yield from _pieces(texts[0], texts[1], texts[2], level + 1)
        else:
            yield Piece(texts[0], texts[1], texts[2], _agreed(*texts))


def _agreed(base: str, mine: str, theirs: str) -> str | None:
    if mine == theirs or theirs == base:
        return mine
    return theirs if mine == base else None


def _parts(text: str, level: int) -> list[str]:
    """The text in parts and what stands between them; joined they are the text."""
    separator = LEVELS[level]
    parts, start = [], 0
    for found in separator.finditer(text):
        parts += [text[start : found.start()], found.group()]
        start = found.end()
    return [part for part in (*parts, text[start:]) if part]


def _stretches(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[tuple[list[str], list[str], list[str]]]:
    """Cut the three lists where all three agree: by turns a stretch that differs somewhere and one that is the same."""
    b = m = t = 0
    for start, end, in_mine, in_theirs in _same_in_all(base, mine, theirs):
        yield base[b:start], mine[m:in_mine], theirs[t:in_theirs]
        yield base[start:end], base[start:end], base[start:end]
        b, m, t = end, in_mine + end - start, in_theirs + end - start
    yield base[b:], mine[m:], theirs[t:]


def _same_in_all(base: list[str], mine: list[str], theirs: list[str]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of the base that stand in both others: from, to, and where they begin in each."""
    here = SequenceMatcher(None, base, mine).get_matching_blocks()
    there = SequenceMatcher(None, base, theirs).get_matching_blocks()
    i = j = 0
    while i < len(here) and j < len(there):
        start = max(here[i].a, there[j].a)
        end = min(here[i].a + here[i].size, there[j].a + there[j].size)
        if start < end:
            yield start, end, here[i].b + start - here[i].a, there[j].b + start - there[j].a
        if here[i].a + here[i].size < there[j].a + there[j].size:
            i += 1
        else:
            j += 1


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbours that agree become one piece, and empty ones go."""
    waiting: Piece | None = None
    for piece in pieces:
        if not (piece.base or piece.mine or piece.theirs):
            continue
        if waiting is None:
            waiting = piece
        elif waiting.agreed is not None and piece.agreed is not None:
            waiting = Piece(
                waiting.base + piece.base,
                waiting.mine + piece.mine,
                waiting.theirs + piece.theirs,
                waiting.agreed + piece.agreed,
            )
        else:
            yield waiting
            waiting = piece
    if waiting:
        yield waiting
