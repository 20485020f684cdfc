"""Documents for printing: PDF that a screen reader reads as well (PDF/UA), made of plain words and nothing else."""

import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cache

import typst
from fontTools.ttLib import TTFont  # type: ignore[import-untyped]
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from backend.core import i18n, text, tokens, web

LETTERS = web.STATIC / "vendor"
FACES = ("DejaVuSans.ttf", "DejaVuSans-Bold.ttf")
LONGEST_WORD = 45
"""Characters without a space after which a line may break, because the page ends."""

UNBROKEN = re.compile(rf"(\S{{{LONGEST_WORD}}})(?=\S)")
BREAK_HERE = "\u200b"


@dataclass(frozen=True)
class Part:
    """A piece of a document: a `heading`, `words`, a `fact` with its name, `small` print, or the words of a `quote`."""

    kind: str
    words: str
    name: str = ""
    level: int = 2

    @property
    def printable(self) -> str:
        """The words as they are set: words too long for a line are broken, but not digests in small print."""
        return shown(self.words) if self.kind == "small" else printable(self.words)


@dataclass(frozen=True)
class Document:
    """What is to be printed. Its headings go down one level at a time, as PDF/UA demands."""

    title: str
    author: str
    footer: str
    parts: Sequence[Part]

    def as_json(self) -> str:
        """The document as data for the typesetter, with nothing in it that the typeface cannot show."""
        return tokens.canonical({
            "title": printable(self.title),
            "author": printable(self.author),
            "footer": printable(self.footer),
            "language": i18n.language.get(),
            "parts": [
                {"kind": part.kind, "words": part.printable, "name": printable(part.name), "level": part.level}
                for part in self.parts
            ],
        })  # fmt: skip


def pdf(document: str) -> bytes:
    """The document, given as data, as PDF/UA-1; the same document gives the same bytes."""
    source = (web.TEMPLATES / "paper.typ").read_bytes()
    with tempfile.TemporaryDirectory() as nothing:  # the typesetter can read files below its root, so there are none
        compiler = typst.Compiler(source, root=nothing, font_paths=_fonts(), sys_inputs={"document": document})
        made = compiler.compile(format="pdf", pdf_standards=["ua-1"])
    assert isinstance(made, bytes)
    return made


def printable(words: str) -> str:
    """The words as they can be shown, with a place to break wherever one of them is too long for a line."""
    return UNBROKEN.sub(rf"\1{BREAK_HERE}", shown(words))


def shown(words: str) -> str:
    """The words, with a code such as `[U+1F44D]` for each character that the typeface does not have."""
    known = _characters()
    plain = words.replace("\t", "    ")
    return "".join(
        character if character == "\n" or character in known else f"[U+{ord(character):04X}]" for character in plain
    )


class Printed(Response):
    """A document that is set in type when the answer is sent, after the request has given its database session back."""

    media_type = "application/pdf"

    def __init__(self, document: Document, name: str) -> None:
        super().__init__(headers={"Content-Disposition": f'attachment; filename="{name}"'})
        self.document = document.as_json()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Set it in type in a thread of its own, then send it."""
        self.body = await run_in_threadpool(pdf, self.document)
        self.headers["Content-Length"] = str(len(self.body))
        await super().__call__(scope, receive, send)


@cache
def _fonts() -> typst.Fonts:
    """Our typeface and no other: what a document looks like does not depend on the machine."""
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[str(LETTERS)])


@cache
def _characters() -> frozenset[str]:
    """Every character that all our faces have, but for those that control or turn round a line."""
    known = frozenset.intersection(*(_in(name) for name in FACES))
    return frozenset(character for character in known if not text.CONTROL.match(character))


def _in(name: str) -> frozenset[str]:
    with TTFont(LETTERS / name, lazy=True) as face:
        codes: Iterable[int] = face.getBestCmap()
        return frozenset(map(chr, codes))
