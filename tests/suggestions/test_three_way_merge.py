"""The laws of merging."""

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from backend.suggestions.three_way_merge import merge

SENTENCES = st.sampled_from(["It is on.", "It is off.", "Show a sign!", "Who sees it?", "- Keep it small", "Nobody."])
PARAGRAPHS = st.lists(SENTENCES, max_size=4).map(" ".join)
LINES = st.lists(PARAGRAPHS, max_size=3).map("\n".join)
TEXTS = st.lists(LINES, max_size=5).map("\n\n".join)
TERMS = st.frozensets(st.sampled_from(["1", "2", "7", "12", "a"])).map(lambda codes: tuple(sorted(codes)))


@given(TEXTS)
def test_nothing_changed_gives_the_same_text(text: str) -> None:
    assert merge(text, text, text).value == text


@given(TEXTS, TEXTS)
def test_a_change_on_one_side_is_taken(base: str, changed: str) -> None:
    assert merge(base, changed, base).value == changed
    assert merge(base, base, changed).value == changed


@given(TEXTS, TEXTS)
def test_the_same_change_on_both_sides_is_taken_once(base: str, changed: str) -> None:
    assert merge(base, changed, changed).value == changed


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=300)
def test_it_does_not_matter_who_is_asked_first(base: str, mine: str, theirs: str) -> None:
    one, other = merge(base, mine, theirs), merge(base, theirs, mine)
    assert one.value == other.value
    assert [(piece.mine, piece.theirs) for piece in one.conflicts] == [
        (piece.theirs, piece.mine) for piece in other.conflicts
    ]


@given(TEXTS, TEXTS, TEXTS)
@settings(max_examples=300)
def test_a_conflict_never_loses_either_text(base: str, mine: str, theirs: str) -> None:
    merged = merge(base, mine, theirs)
    assert "".join(piece.base for piece in merged.pieces) == base
    assert "".join(piece.mine for piece in merged.pieces) == mine
    assert "".join(piece.theirs for piece in merged.pieces) == theirs
    assert (merged.value is None) == bool(merged.conflicts)
    for piece in merged.conflicts:
        assert piece.mine != piece.theirs and piece.base not in (piece.mine, piece.theirs)


@given(st.lists(st.text("abc", min_size=1), min_size=2, max_size=6, unique=True), st.data())
def test_changes_in_different_paragraphs_are_both_taken(paragraphs: list[str], data: st.DataObject) -> None:
    here = data.draw(st.integers(0, len(paragraphs) - 1))
    there = data.draw(st.integers(0, len(paragraphs) - 1).filter(lambda place: place != here))
    mine, theirs, both = list(paragraphs), list(paragraphs), list(paragraphs)
    mine[here] = both[here] = "MINE"
    theirs[there] = both[there] = "THEIRS"
    merged = merge("\n\n".join(paragraphs), "\n\n".join(mine), "\n\n".join(theirs))
    assert merged.value == "\n\n".join(both)


@given(TERMS, TERMS, TERMS)
def test_terms_that_either_side_added_are_in_and_those_removed_are_out(
    base: tuple[str, ...], mine: tuple[str, ...], theirs: tuple[str, ...]
) -> None:
    merged = merge(base, mine, theirs)
    assert isinstance(merged.value, tuple) and not merged.conflicts
    for code in {*base, *mine, *theirs}:
        kept_or_added = code in mine and code in theirs if code in base else code in mine or code in theirs
        assert (code in merged.value) == kept_or_added
    assert merged == merge(base, theirs, mine)


def test_two_items_of_one_list_can_be_changed_by_two_people() -> None:
    base = "- Keep it off\n- Show a sign\n- Ask again"
    mine = "- Keep it off by default\n- Show a sign\n- Ask again"
    theirs = "- Keep it off\n- Show a sign\n- Ask again each week\n- Log it"
    assert merge(base, mine, theirs).value == (
        "- Keep it off by default\n- Show a sign\n- Ask again each week\n- Log it"
    )


def test_two_sentences_of_one_paragraph_can_be_changed_by_two_people() -> None:
    base = "It is on. A sign is shown. It can be turned off."
    mine = "It is off. A sign is shown. It can be turned off."
    theirs = "It is on. A sign is shown. It can be turned off at any time."
    assert merge(base, mine, theirs).value == "It is off. A sign is shown. It can be turned off at any time."


def test_two_changes_of_one_sentence_are_shown_and_not_chosen_between() -> None:
    merged = merge("First. It is on. Last.", "First. It is off. Last.", "First. It is hidden. Last.")
    assert merged.value is None
    assert [(piece.base, piece.mine, piece.theirs) for piece in merged.conflicts] == [
        ("It is on.", "It is off.", "It is hidden.")
    ]


def test_a_text_made_to_be_slow_is_merged_in_a_second_or_two() -> None:
    base = "a\n" * 10_000
    started = time.perf_counter()
    merged = merge(base, "b\n" * 10_000, "a\nb\n" * 5_000)
    assert merged.value is None
    merge("x. y! " * 1_900, "x. z! " * 1_900, "y! x. " * 1_900)
    assert time.perf_counter() - started < 3
