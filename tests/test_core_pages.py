"""The frame of every page."""

from tests.browsing import Visitor


def test_an_unknown_address_gets_a_page_in_words(visitor: Visitor) -> None:
    visitor.get("/no-such-page")
    assert visitor.status == 404
    assert "check that it is correct" in visitor.text


def test_a_form_from_another_site_is_refused(visitor: Visitor) -> None:
    visitor.post("/sign-out", **{"Sec-Fetch-Site": "cross-site"})
    assert visitor.status == 403
