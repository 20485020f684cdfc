"""What differs between two texts."""

import time

from hypothesis import given
from hypothesis import strategies as st
from sqlmodel import Session

from backend.releases import diff
from backend.releases.diff import Piece
from tests import factories

TEXTS = st.one_of(
    st.text(),
    st.lists(
        st.sampled_from(["a", "child’s", "location", "off", " ", "\n", "\n\n", ".", "- ", "ŷ", "😀"]), max_size=60
    ).map("".join),
)


def old_of(pieces: list[Piece]) -> str:
    return "".join(piece.text for piece in pieces if piece.kind != "added")


@given(TEXTS, TEXTS)
def test_the_pieces_hold_both_texts_whole(old: str, new: str) -> None:
    pieces = diff.words(old, new)
    assert diff.apply(pieces) == new
    assert old_of(pieces) == old


@given(TEXTS)
def test_the_same_text_has_nothing_added_or_removed(text: str) -> None:
    assert {piece.kind for piece in diff.words(text, text)} <= {"same"}


def test_a_changed_word_is_shown_as_a_whole_word() -> None:
    pieces = diff.words("Keep location off by default.", "Keep locating off by default.")
    assert Piece("removed", "location") in pieces and Piece("added", "locating") in pieces


def test_an_untouched_paragraph_stays_whole() -> None:
    pieces = diff.words("First.\n\nSecond one.\n\nThird.", "First.\n\nSecond two.\n\nThird.")
    assert pieces[0].kind == "same" and pieces[0].text.startswith("First.\n\n")
    assert pieces[-1] == Piece("same", ".\n\nThird.") or pieces[-1].text.endswith("Third.")


def test_two_long_texts_take_no_longer_than_promised() -> None:
    old, new = "a b c d e f " * 1600, "b d a f c g e " * 1400
    began = time.monotonic()
    pieces = diff.words(old, new)
    assert time.monotonic() - began < 4 * diff.SECONDS
    assert diff.apply(pieces) == new


def test_fields_that_differ_are_found_and_others_are_not() -> None:
    old = factories.make_content(1)
    new = old.with_fields({"title": "Another", "terms:code-standards": ("2", "12"), "section:mitigations": ""})
    found = {change.field: change for change in diff.fields(old, new)}
    assert set(found) == {"title", "terms:code-standards", "section:mitigations"}
    assert found["terms:code-standards"].pieces == [Piece("same", "2"), Piece("removed", "7"), Piece("added", "12")]
    assert found["section:mitigations"].new == ""
    assert diff.fields(old, old) == []


def test_an_entry_that_was_not_there_is_all_new() -> None:
    changes = diff.fields(None, factories.make_content(1))
    assert {piece.kind for change in changes for piece in change.pieces} == {"added"}


def test_fields_are_named_as_on_the_page(session: Session) -> None:
    framework = factories.make_framework(session)
    assert diff.field_label(framework, "title") == "Title"
    assert diff.field_label(framework, "section:mitigations") == "Mitigations"
    assert diff.field_label(framework, "terms:uncrc-articles") == "Uncrc articles"
