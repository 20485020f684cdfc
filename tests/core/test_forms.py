"""Forms: mistakes in words, nothing lost."""

from enum import StrEnum
from typing import ClassVar

import pytest
from pydantic import Field

from backend.core.forms import Form, SomeLine, Typed, Words


class Colour(StrEnum):
    """A choice."""

    RED = "red"


class Example(Form):
    """A form with one field of each sort."""

    title: SomeLine
    colour: Colour
    several: list[Colour] = Field(default_factory=list)
    note: Words = ""

    mistakes: ClassVar = {"title": "Enter a title", "colour": "Select a colour"}


def typed(**values: str | list[str]) -> Typed:
    return Typed({name: [value] if isinstance(value, str) else value for name, value in values.items()})


def test_a_form_without_mistakes_becomes_a_value() -> None:
    form = typed(title=" A title\r\n", colour="red", several=["red"], note="a\r\nb").check(Example)
    assert form is not None
    assert (form.title, form.colour, form.several, form.note) == ("A title", Colour.RED, [Colour.RED], "a\nb")


def test_mistakes_are_told_in_the_order_of_the_page_and_the_words_are_kept() -> None:
    what = typed(colour="blue", title="  ", note="kept")
    assert what.check(Example) is None
    assert list(what.mistakes.items()) == [("title", "Enter a title"), ("colour", "Select a colour")]
    assert what.one("note") == "kept"


@pytest.mark.parametrize(
    ("note", "words"),
    [
        ("a\x00b", "Remove the invisible control characters"),
        ("a\u202eb", "Remove the invisible control characters"),
        ("x" * 20_001, "Use 20,000 characters or fewer. You have used 20,001."),
    ],
)
def test_text_that_cannot_be_kept_is_explained(note: str, words: str) -> None:
    what = typed(title="A", colour="red", note=note)
    assert what.check(Example) is None
    assert words in what.mistakes["note"]


def test_a_text_of_the_greatest_length_is_fine() -> None:
    assert typed(title="A", colour="red", note="x" * 20_000).check(Example)


def test_a_field_that_the_page_does_not_have_is_refused_at_the_top() -> None:
    what = typed(title="A", colour="red", is_staff="true")
    assert what.check(Example) is None
    assert list(what.mistakes) == [""]


def test_a_field_sent_twice_is_a_mistake_where_one_is_meant() -> None:
    what = typed(title=["A", "B"], colour="red")
    assert what.check(Example) is None
    assert list(what.mistakes) == ["title"]


def test_a_title_is_one_line() -> None:
    assert typed(title="A\nB", colour="red").check(Example) is None
    what = typed(title="x" * 301, colour="red")
    assert what.check(Example) is None
    assert what.mistakes == {"title": "Use 300 characters or fewer. You have used 301."}
