"""One spelling for each mailbox, and none that only looks like another."""

import pytest
from sqlmodel import Session

from backend.people import addresses, queries
from tests import factories
from tests.browsing import Visitor

KELVIN, FULL_WIDTH_R, CYRILLIC_A, DOTTED_I = "\u212a", "\uff52", "\u0430", "\u0130"


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("  Robin@Example.ORG ", "robin@example.org"),
        ("robin+pilot@mail.example.org", "robin+pilot@mail.example.org"),
        ("robin@bücher.example", "robin@xn--bcher-kva.example"),
        ("robin@BÜCHER.example", "robin@xn--bcher-kva.example"),
        (f"robin@{CYRILLIC_A}pple.com", "robin@xn--pple-43d.com"),
        ("robin@xn--bcher-kva.example", "robin@xn--bcher-kva.example"),
        ("o'brien@example.org", "o'brien@example.org"),
    ],
)
def test_an_address_has_one_spelling(typed: str, kept: str) -> None:
    assert addresses.normalised(typed) == kept
    assert addresses.normalised(kept) == kept


@pytest.mark.parametrize(
    "typed",
    ["", "robin", "@example.org", "robin@", "robin@example", "robin@example..org", "robin@-example.org", "a@b@c.org",
     "a b@example.org", "robin@exa mple.org", f"{KELVIN}im@example.org", f"robin@{KELVIN}elvin.org", "robin@a\n.org",
     f"{FULL_WIDTH_R}obin@example.org", f"robin@{FULL_WIDTH_R}obin.org", f"p{CYRILLIC_A}ul@example.org",
     f"{DOTTED_I}da@example.org", "robin@example.org\x00", "<robin>@example.org", '"r"@example.org', "robin@[::1]",
     "r\u200bobin@example.org", "robin@example\u200b.org", "a@b.c\r\nBcc: d@e.f", f"{'x' * 65}@example.org",
     f"robin@{'x' * 64}.org", f"robin@{'.'.join(['x' * 60] * 5)}.org", "robin@example。org"],
)  # fmt: skip
def test_what_no_mailbox_is_called_or_only_looks_like_one_is_refused(typed: str) -> None:
    with pytest.raises(addresses.NotAnAddress):
        addresses.normalised(typed)


def test_the_longest_address_is_taken_and_one_more_letter_is_not() -> None:
    domain = ".".join(["x" * 61] * 3 + ["org"])
    longest = f"{'a' * (254 - len(domain) - 1)}@{domain}"
    assert len(longest) == 254
    assert addresses.normalised(longest) == longest
    with pytest.raises(addresses.NotAnAddress):
        addresses.normalised(f"a{longest}")


def test_a_masked_address_shows_its_first_letter_and_its_domain() -> None:
    assert addresses.masked("lead@brightplay.example") == "l•••@brightplay.example"


def test_people_are_found_by_any_spelling_and_nobody_by_a_look_alike(session: Session) -> None:
    kim = factories.make_person(session, email="kim@example.org")
    assert queries.find_person(session, " KIM@Example.org") == kim
    assert queries.find_person(session, f"{KELVIN}im@example.org") is None
    assert queries.find_person(session, "not an address") is None


@pytest.mark.parametrize("look_alike", [f"{KELVIN}im@example.org", f"kim@e{CYRILLIC_A}xample", "k\u0456m@example.org"])
def test_the_sign_in_form_refuses_look_alikes_in_words_and_keeps_them(visitor: Visitor, look_alike: str) -> None:
    visitor.get("/sign-in").press("Send me a link", email=look_alike)
    assert visitor.status == 422
    assert "Enter an email address in the correct format" in visitor.text
    assert visitor.page.xpath("//input[@name='email']/@value") == [look_alike]
