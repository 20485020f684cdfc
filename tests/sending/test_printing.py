"""Receipts on paper: the exact words, readable by a screen reader, whatever anybody wrote."""

from io import BytesIO
from typing import Any

import pytest
from pypdf import PdfReader
from sqlmodel import Session

from backend.core import paper
from backend.core.i18n import language
from backend.core.paper import Document, Part
from tests import factories
from tests.browsing import Visitor
from tests.sending.team import Team, make_team

HOSTILE = '#read("/etc/passwd") #include "x.typ" $x^2$ *bold* _it_ <label> @ref // c /* d */ ``` = head \\ ~ --- #{1+1}'
STRANGE = "👍 👨‍👩‍👧 中文 \ue000 \ufffe \u202e end"


@pytest.fixture
def team(session: Session) -> Team:
    """Brightplay, which has signed off a point, a suggestion and ratings in one part, and a point in another."""
    team = make_team(session)
    team.draft(session, f"First point.\n\n  Indented: tŷ’s “words”.\n{HOSTILE}\n{STRANGE}")
    team.suggest(session, "Other words.")
    team.rate(session, None, entry=2)
    factories.sign_everything(session, team.submission, team.lead)
    team.draft(session, "مرحبا بالعالم", entry=1)
    factories.sign_everything(session, team.submission, team.deputy)
    session.commit()
    return team


def read(content: bytes) -> tuple[PdfReader, str]:
    reader = PdfReader(BytesIO(content))
    return reader, "\n".join(page.extract_text() for page in reader.pages)


def squeezed(words: str) -> str:
    return "".join(words.replace("\u200b", "").split())


def test_the_receipt_is_a_page_with_all_that_was_sent(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.member).get(f"/organisation/feedback/{team.submission.reference}/parts/1")
    for words in ("Part 1 has been sent", team.submission.reference, "3 items of Brightplay, signed off by Lea Lead",
                  "First point.", "Cannot say", "What happens next", "SHA-256 of the list of this part"):  # fmt: skip
        assert words in visitor.text, words
    assert team.drafts[0].digest in visitor.text
    assert "مرحبا" not in visitor.text
    visitor.follow("Everything that was sent")
    assert "It was sent in 2 parts" in visitor.text and "مرحبا" in visitor.text and "Dee Deputy" in visitor.text


def test_the_printed_copy_is_tagged_and_says_what_it_is(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.member)
    reference = team.submission.reference
    visitor.get(f"/organisation/feedback/{reference}/parts/1").follow("Download this part (PDF)")
    response = visitor.response
    assert response.headers["content-type"] == "application/pdf"
    assert response.headers["content-disposition"] == f'attachment; filename="{reference}-part-1.pdf"'
    reader, words = read(response.content)
    root: Any = reader.trailer["/Root"]
    assert "/StructTreeRoot" in root and root["/MarkInfo"]["/Marked"] and root["/Lang"] == "en"
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    assert reader.metadata and reader.metadata.title == "Feedback of Brightplay: First round"
    assert b"pdfuaid:part" in root["/Metadata"].get_data()
    for said in (reference, "3 items, signed off by Lea Lead", "First point.", "Indented: tŷ’s “words”.", "Cannot say",
                 "Other words.", "Brightplay", "Mo Member", team.drafts[0].reference):  # fmt: skip
        assert said in words, said
    assert team.drafts[0].digest in squeezed(words)


def test_what_looks_like_code_stays_words(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(f"/organisation/feedback/{team.submission.reference}/parts/1.pdf")
    _, words = read(visitor.response.content)
    assert squeezed(HOSTILE) in squeezed(words)
    assert "root:" not in words
    assert "[U+1F44D]" in words and "[U+4E2D]" in words and "[U+202E]" in words


def test_all_parts_are_one_document(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(f"/organisation/feedback/{team.submission.reference}")
    visitor.follow("Download everything (PDF)")
    _, words = read(visitor.response.content)
    assert "Part 1" in words and "Part 2" in words and "Dee Deputy" in words


@pytest.mark.parametrize("ending", ["", ".pdf", "/parts/1", "/parts/1.pdf"])
def test_it_is_for_the_organisation_alone(ending: str, visitor: Visitor, session: Session, team: Team) -> None:
    address = f"/organisation/feedback/{team.submission.reference}{ending}"
    other = make_team(session, name="Openfeed", round_=team.round_)
    staff = factories.make_staff(session)
    session.commit()
    assert visitor.sign_in(session, team.member).get(address).status == 200
    assert visitor.sign_in(session, other.lead).get(address).status == 404
    assert visitor.sign_in(session, staff).get(address).status == 403
    visitor.client.cookies.clear()
    assert "sign-in" in visitor.get(address).path


@pytest.mark.parametrize("ending", ["/parts/0", "/parts/3", "/parts/99999999999999999999", "/parts/x", "/parts/3.pdf"])
def test_a_part_that_is_not_there_is_not_found(ending: str, visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.member).get(f"/organisation/feedback/{team.submission.reference}{ending}")
    assert visitor.status in (404, 422)


def test_the_same_document_gives_the_same_bytes() -> None:
    made = Document("Title", "Author", "Footer", [Part("heading", "One"), Part("quote", HOSTILE)]).as_json()
    assert paper.pdf(made) == paper.pdf(made)


@pytest.mark.parametrize(
    "words",
    ["", " ", "\n\n\n", "x" * 20_000, "\u0301", "\u00ad", "\u200b\u200d\ufeff", "\t\ttabs", "שלום עולם",
     "".join(map(chr, range(0x20))), "\u0000\u0007", "👍" * 500, "}\n\n#[", '"\\"'],
)  # fmt: skip
def test_nothing_that_anybody_can_write_breaks_it(words: str) -> None:
    parts = [Part("heading", words or "-"), *(Part(kind, words, name=words) for kind in ("words", "fact", "small"))]
    made = paper.pdf(Document(words or "-", words, words, [*parts, Part("quote", words)]).as_json())
    assert made.startswith(b"%PDF")


def test_a_long_word_stays_on_the_page() -> None:
    shown = paper.printable("x" * 200)
    assert max(map(len, shown.split("\u200b"))) == paper.LONGEST_WORD and shown.replace("\u200b", "") == "x" * 200


def test_a_document_says_which_language_it_is_in(monkeypatch: pytest.MonkeyPatch) -> None:
    token = language.set("cy")
    try:
        written = Document("Teitl", "Awdur", "", []).as_json()
    finally:
        language.reset(token)
    reader, _ = read(paper.pdf(written))
    root: Any = reader.trailer["/Root"]
    assert root["/Lang"] == "cy"
