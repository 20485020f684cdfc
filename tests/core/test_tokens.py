"""References that can be read out, and digests that say the same everywhere."""

import re
from datetime import timedelta

import time_machine
from hypothesis import given
from hypothesis import strategies as st

from backend.core import clock, tokens

READABLE = re.compile(r"[BCDFGHJKMNPQRSTVWXYZ]{2}[2-9][BCDFGHJKMNPQRSTVWXYZ]{2}[2-9][BCDFGHJKMNPQRSTVWXYZ]{2}")


def test_references_can_be_read_out_and_spell_no_words() -> None:
    made = {tokens.reference() for _ in range(2000)}
    assert len(made) == 2000
    assert all(READABLE.fullmatch(reference) for reference in made)


@given(st.text())
def test_a_code_looks_like_a_reference_and_is_the_same_every_time(text: str) -> None:
    assert READABLE.fullmatch(tokens.code("test", text))
    assert tokens.code("test", text) == tokens.code("test", text)


def test_codes_and_signatures_are_kept_apart_by_purpose() -> None:
    assert tokens.code("one", "x") != tokens.code("two", "x")
    assert tokens.signature("one", "x") != tokens.signature("two", "x")


def test_secrets_cannot_be_guessed() -> None:
    assert len(tokens.secret()) == 43
    assert tokens.secret() != tokens.secret()


def test_equal_values_have_one_spelling() -> None:
    assert tokens.canonical({"b": 1, "a": ["ŵ"]}) == tokens.canonical({"a": ["ŵ"], "b": 1}) == '{"a":["ŵ"],"b":1}'


@given(st.text())
def test_what_is_sealed_is_read_by_us_for_its_purpose_alone(text: str) -> None:
    kept = tokens.sealed("one purpose", text)
    assert tokens.unsealed("one purpose", kept) == text
    assert tokens.unsealed("another purpose", kept) is None
    assert tokens.unsealed("one purpose", kept[:-5] + kept[-4:]) is None


@given(st.text())
def test_what_is_not_sealed_is_not_read(text: str) -> None:
    assert tokens.unsealed("one purpose", text) is None


def test_a_seal_may_be_good_for_a_while_only() -> None:
    with time_machine.travel(clock.now(), tick=False) as time:
        kept = tokens.sealed("one purpose", "words")
        time.shift(timedelta(minutes=10))
        assert tokens.unsealed("one purpose", kept, within=timedelta(minutes=10)) == "words"
        time.shift(timedelta(seconds=1))
        assert tokens.unsealed("one purpose", kept, within=timedelta(minutes=10)) is None
        assert tokens.unsealed("one purpose", kept) == "words"
