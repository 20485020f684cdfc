"""What holds of every template, seen in its source."""

import re
from pathlib import Path

import pytest

from backend.core import web

TEMPLATES = sorted([*web.TEMPLATES.rglob("*.html"), *web.TEMPLATES.rglob("*.txt")])
PAGES = [path for path in TEMPLATES if path.suffix == ".html"]
SHOWN = ("aria-label", "placeholder", "title", "alt", "content-label")
LETTERS = re.compile(r"[^\W\d_]{2,}")
SAME_IN_EVERY_LANGUAGE = {"JSON", "CSV", "CSVW", "SHA", "Atom"}
"""Names that are not translated."""


def name_of(path: Path) -> str:
    return path.relative_to(web.TEMPLATES).as_posix()


def outside_jinja(source: str) -> str:
    """The template with every expression, tag, comment and translated block taken out."""
    kept: list[str] = []
    translated = False
    tag: list[str] = []
    for _, kind, value in web.templates().env.lex(source):
        if kind == "data" and not translated:
            kept.append(value)
        elif kind == "block_begin":
            tag = []
        elif kind == "name":
            tag.append(value)
        elif kind == "block_end":
            translated = tag[0] == "trans" or (translated and tag[0] != "endtrans")
        elif kind == "variable_end":
            kept.append("\x01")
    return "".join(kept)


def bare_words(source: str) -> list[str]:
    """The visible words of a template that do not go through gettext."""
    source = outside_jinja(source)
    source = re.sub(r"<(script|style)\b.*?</\1>|<!--.*?-->|<!DOCTYPE[^>]*>", "", source, flags=re.DOTALL)
    shown = [value for name in SHOWN for value in re.findall(rf'\s{name}="([^"]*)"', source)]
    text = re.sub(r"<[^>]*>", " ", source)
    text = re.sub(r"&[a-z]+;|&#\d+;|\x01?/[\w/.-]+", " ", text)  # entities, and addresses in plain text
    words = [word for part in [*shown, text] for word in LETTERS.findall(part)]
    return [word for word in words if word not in SAME_IN_EVERY_LANGUAGE]


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_visible_word_can_be_translated(path: Path) -> None:
    assert not bare_words(path.read_text())


def test_a_bare_word_would_be_found() -> None:
    assert bare_words('<p>Hello {{ _("World") }}</p>') == ["Hello"]
    assert bare_words('<img alt="Tree">{% trans %}Fine{% endtrans %}{# note #}') == ["Tree"]
    assert bare_words("""{{ macro({"text": _("a }} b"), 'x': '}'}) }}""") == []


def _attributes_in_code(path: Path) -> list[str]:
    """Texts given to components as plain strings: `"text": "Words"`."""
    inside = " ".join(re.findall(r"{{.*?}}|{%.*?%}", path.read_text(), flags=re.DOTALL))
    keys = "text|titleText|html|label|hint|visuallyHiddenText|navigationLabel|menuButtonText|iconFallbackText|caption"
    return re.findall(rf'"(?:{keys})":\s*("[^"]*[A-Za-z]{{2,}}[^"]*")(?!\s*~)', inside)


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_texts_of_components_can_be_translated(path: Path) -> None:
    assert not [text for text in _attributes_in_code(path) if "<" not in text]


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_htmx_attributes_are_valid_html_and_carry_the_nonce(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"\s hx-[a-z]", source), "write data-hx-…"
    for element in re.findall(r"<[a-z][^<>]*?\sdata-hx-(?:get|post)=(?:[^<>{]|{{.*?}}|{%.*?%})*>", source, re.DOTALL):
        assert 'data-hx-nonce="{{ nonce }}"' in element, element
        assert "data-hx-target=" in element, f"name the target: {element}"
        assert "data-hx-swap=" in element, f"name the swap: {element}"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_blocks_stand_on_their_own(path: Path) -> None:
    """A block that is rendered alone sees neither imports nor what is set outside it."""
    source = path.read_text()
    assert "{% import" not in source, "macros are globals"
    assert "{% from" not in source, "macros are globals"
    if "{% extends" in source:
        outside = re.sub(r"{%-?\s*block\b.*{%-?\s*endblock", "", source, flags=re.DOTALL)
        assert "{% set" not in outside, "set it inside the block"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_nothing_is_inline_and_nothing_is_trusted(path: Path) -> None:
    source = path.read_text()
    assert not re.search(r"\sstyle=", source), "the content security policy forbids inline styles"
    assert not re.search(r"\son[a-z]+=", source), "the content security policy forbids inline scripts"
    assert not re.search(r"\|\s*safe\b", source), "show what people write through | markdown, or escaped"


@pytest.mark.parametrize("path", PAGES, ids=name_of)
def test_templates_fit_in_the_head(path: Path) -> None:
    lines = source.count("\n") if (source := path.read_text()) else 0
    assert lines <= 120, f"{name_of(path)}: split it into partials"


@pytest.mark.parametrize("path", [path for path in PAGES if path.name.startswith("_")], ids=name_of)
def test_a_partial_says_what_it_needs(path: Path) -> None:
    assert re.match(r"{#-? ?Needs", path.read_text()), "the first line says what the partial needs"


@pytest.mark.parametrize("path", TEMPLATES, ids=name_of)
def test_every_template_compiles(path: Path) -> None:
    web.templates().env.get_template(name_of(path))
