"""What people write comes out harmless."""

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lxml import html as parser

from backend.core import text

HOSTILE = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<div data-hx-get=/x data-hx-trigger=load>x</div>",
    "<div hx-get=/x hx-trigger=load>x</div>",
    '<a href="javascript:alert(1)">x</a>',
    "[x](javascript:alert(1))",
    "[x](JaVaScRiPt:alert(1))",
    "[x](java&#x09;script:alert(1))",
    "[x](data:text/html,<script>alert(1)</script>)",
    "[x](vbscript:x)",
    "[x](//evil.test)",
    "[x](/staff/check)",
    "[x](https://e.test 'title\" onclick=alert(1)')",
    "![x](https://evil.test/pixel.png)",
    "<https://e.test/\"onmouseover=\"alert(1)>",
    "`<script>`",
    "```html\n<script>alert(1)</script>\n```",
    "<style>body{display:none}</style>",
    "<iframe src=https://evil.test></iframe>",
    "<svg onload=alert(1)>",
    "<form action=/sign-out method=post><button>x</button></form>",
    "{{ 7 * 7 }} {% raw %}",
    "| a |\n|---|\n| <script> |",
    "[a]: javascript:alert(1)\n\n[a]",
    "# <script>alert(1)</script>",
    "<p style='position:fixed'>x</p>",
    "&lt;script&gt;alert(1)&lt;/script&gt;",
]  # fmt: skip


def inert(markdown: str) -> None:
    page = parser.fragment_fromstring(str(text.html(markdown)), create_parent=True)
    for element in page.iterdescendants():
        assert element.tag in text.ALLOWED_TAGS, f"{element.tag} from {markdown!r}"
        for name, value in element.attrib.items():
            assert name in {"class", "href", "rel", "start"}, f"{name} from {markdown!r}"
            if name == "href":
                assert value.startswith(("https://", "http://", "mailto:")), value
            if name == "class":
                assert all(part.startswith("govuk-") for part in value.split())


@pytest.mark.parametrize("markdown", HOSTILE)
def test_hostile_text_comes_out_inert(markdown: str) -> None:
    inert(markdown)


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from([*HOSTILE, "\n", "\n\n", "- ", "> ", "1. ", "*", "`", "<", ">", '"', "&", "x"]), max_size=8
    )
)
def test_hostile_texts_stay_inert_together(parts: list[str]) -> None:
    inert("".join(parts))


def test_ordinary_markdown_is_rendered_in_our_classes() -> None:
    shown = str(text.html("# Big\n\nSome *words* and [a link](https://e.test).\n\n- one\n\n1. two\n\n|a|\n|-|\n|b|"))
    assert '<h3 class="govuk-heading-s">Big</h3>' in shown
    assert "<em>words</em>" in shown
    assert 'rel="nofollow noopener ugc"' in shown
    for name in ("govuk-body", "govuk-link", "govuk-list--bullet", "govuk-list--number", "govuk-table__cell"):
        assert name in shown


def test_a_heading_is_rendered_the_same_every_time() -> None:
    assert {str(text.html.__wrapped__("## Two\n\n###### Six")) for _ in range(3)} == {
        str(text.html("## Two\n\n###### Six"))
    }
    assert "<h4" in str(text.html("## Two"))
    assert "<h6" in str(text.html("###### Six"))


@pytest.mark.parametrize(
    "markdown", ["[" * 10_000, "> " * 10_000, "*a " * 6_000, "`" * 20_000, "- " * 10_000, "|" * 20_000]
)
def test_no_text_takes_long_to_render(markdown: str) -> None:
    began = time.perf_counter()
    text.html(markdown)
    assert time.perf_counter() - began < 5


@given(st.text())
def test_a_normalised_text_stays_as_it_is(written: str) -> None:
    once = text.normalised(written)
    assert text.normalised(once) == once
    assert "\r" not in once


def test_a_text_from_a_browser_equals_the_one_that_was_published() -> None:
    assert text.normalised("  Caf\u0065\u0301 \r\nline two\t\r\n") == "Caf\u00e9\nline two"


@pytest.mark.parametrize(
    "written",
    [
        "",
        " \r\n\t",
        "\u00a0",
        "\u200b",
        "\u200b \u200d\n\u2060",
        "\u00ad",
        "\ufeff",
        "\u202e",
        "\u3164",
        "\u2800",
        "\ufe0f",
    ],
)
def test_a_text_with_nothing_to_see_is_empty(written: str) -> None:
    assert text.normalised(written) == ""


@pytest.mark.parametrize("written", ["\u200bx", "👩\u200d💻", "می\u200cخواهم", "\x00", "\u200b."])
def test_invisible_characters_beside_others_stay(written: str) -> None:
    assert text.normalised(written) == written


@pytest.mark.parametrize(
    "character", ["\x00", "\x0b", "\x1b", "\x7f", "\u202e", "\u2066", "\ufeff", "\ufffe", "\uffff", "\u2028"]
)
def test_characters_that_nobody_types_are_found(character: str) -> None:
    assert text.CONTROL.search(f"a{character}b")


def test_tabs_line_ends_and_any_script_are_fine() -> None:
    assert not text.CONTROL.search("tab\tline\nŵ 中 عربي 👍🏽 é")


def test_an_excerpt_ends_at_a_word() -> None:
    assert text.excerpt("one\ntwo   three", 100) == "one two three"
    assert text.excerpt("one two three", 9) == "one two…"
