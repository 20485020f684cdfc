"""Finding entries in the contents of a framework."""

import pytest
from sqlmodel import Session

from backend.releases import revising
from backend.releases.models import Framework
from tests import factories
from tests.browsing import Visitor
from tests.releases.examples import listed


def test_the_contents_list_every_entry_of_the_current_release(framework: Framework, visitor: Visitor) -> None:
    visitor.get("/frameworks").follow("Harms framework")
    assert "3 entries" in visitor.text and "Illustrative draft." in visitor.text
    visitor.follow("Harm number 2")
    assert visitor.path == "/frameworks/harms/entries/CCHF-02"


@pytest.mark.parametrize(
    ("query", "codes"),
    [
        ("", ["CCHF-01", "CCHF-02", "CCHF-03"]),
        ("?term=code-standards:7", ["CCHF-01"]),
        ("?term=code-standards:7&term=code-standards:5", ["CCHF-01", "CCHF-03"]),
        ("?term=code-standards:7&term=code-standards:5&term=uncrc-articles:16", ["CCHF-01", "CCHF-03"]),
        ("?term=code-standards:2&term=uncrc-articles:16", ["CCHF-01"]),
        ("?term=code-standards:12&term=uncrc-articles:16", []),
        ("?q=HARM+numb", ["CCHF-01", "CCHF-02", "CCHF-03"]),
        ("?q=umber", []),
        ("?q=cchf-02", ["CCHF-02"]),
        ("?q=harm+2", ["CCHF-02"]),
        ("?q=%20%20", ["CCHF-01", "CCHF-02", "CCHF-03"]),
        ("?q=number&term=uncrc-articles:3", ["CCHF-02"]),
        ("?q=.*", ["CCHF-01", "CCHF-02", "CCHF-03"]),
    ],
)
def test_filters_combine(framework: Framework, visitor: Visitor, query: str, codes: list[str]) -> None:
    visitor.get(f"/frameworks/harms{query}")
    assert visitor.status == 200
    assert listed(visitor) == codes


def test_search_tells_accented_words_apart_and_forgives_their_spelling(session: Session, visitor: Visitor) -> None:
    framework = factories.make_framework(session, entries=1)
    draft = factories.make_draft(session, framework)
    content = factories.make_content(2, title="Y tŷ a’r ÉCOLE")
    revising.add_entry(session, draft, code="CCHF-02", content=content, by=None, because="New")
    revising.freeze(session, draft, by=None)
    session.commit()
    assert listed(visitor.get("/frameworks/harms?q=T%C5%B6")) == ["CCHF-02"]
    assert listed(visitor.get("/frameworks/harms?q=ty%CC%82")) == ["CCHF-02"]
    assert listed(visitor.get("/frameworks/harms?q=ty")) == []
    assert listed(visitor.get("/frameworks/harms?q=%C3%A9cole")) == ["CCHF-02"]


def test_counts_reflect_the_other_filters_and_not_their_own_scheme(framework: Framework, visitor: Visitor) -> None:
    def counts(query: str) -> dict[str, str]:
        visitor.get(f"/frameworks/harms{query}")
        labels = visitor.page.find_class("govuk-checkboxes__label")
        found = [" ".join(label.text_content().split()) for label in labels]
        return {words.rpartition(" ")[0]: words.rpartition(" ")[2] for words in found}

    assert counts("")["2. Code standards 2"] == "(2)"
    chosen = counts("?term=uncrc-articles:16")
    assert chosen["2. Code standards 2"] == "(1)"
    assert chosen["5. Code standards 5"] == "(1)"
    assert "12. Code standards 12" not in chosen
    assert chosen["3. Uncrc articles 3"] == "(1)"
    assert counts("?q=nothing-like-it&term=code-standards:7")["7. Code standards 7"] == "(0)"


def test_each_chosen_filter_can_be_removed(framework: Framework, visitor: Visitor) -> None:
    visitor.get("/frameworks/harms?term=code-standards:2&term=uncrc-articles:3&q=harm")
    assert listed(visitor) == ["CCHF-02"]
    visitor.follow("Remove the filter Uncrc article: 3.")
    assert visitor.path == "/frameworks/harms?term=code-standards:2&q=harm"
    visitor.follow("Remove the search")
    assert visitor.path == "/frameworks/harms?term=code-standards:2"
    assert listed(visitor.follow("Clear all")) == ["CCHF-01", "CCHF-02", "CCHF-03"]


def test_the_filter_form_works_without_scripts(framework: Framework, visitor: Visitor) -> None:
    visitor.get("/frameworks/harms").press("Search", q="harm", term=["code-standards:7", "uncrc-articles:16"])
    assert listed(visitor) == ["CCHF-01"]
    assert visitor.page.get_element_by_id("q").value == "harm"


def test_htmx_gets_the_results_alone_and_the_whole_page_when_it_goes_back(
    framework: Framework, visitor: Visitor
) -> None:
    visitor.get("/frameworks/harms?term=code-standards:7", **{"HX-Request": "true"})
    assert "<!DOCTYPE" not in visitor.response.text
    assert visitor.response.text.strip().startswith('<div id="results"')
    assert visitor.response.headers["vary"] == "HX-Request"
    assert listed(visitor) == ["CCHF-01"]
    visitor.get("/frameworks/harms", **{"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert "<!DOCTYPE" in visitor.response.text


@pytest.mark.parametrize(
    "query",
    ["term=code-standards:99", "term=nonsense", "term=:", "term=no-such:1", "term=code-standards", "q=a%00b",
     "q=" + "x" * 201, "term=%3Cscript%3E:%00"],
)  # fmt: skip
def test_a_filter_that_nobody_knows_is_refused_in_words(framework: Framework, visitor: Visitor, query: str) -> None:
    visitor.get(f"/frameworks/harms?{query}")
    assert visitor.status == 422
    assert "Go to the home page" in visitor.text
    assert "<script>:" not in visitor.response.text
