"""Text that people write: checked when it comes in, harmless when it goes out."""

import re
import unicodedata
from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.token import Token
from markdown_it.utils import EnvType, OptionsDict
from markupsafe import Markup

LONGEST = 20_000
"""The most characters that one field may hold: enough for a long submission, little enough to render in time."""

CONTROL = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
"""Characters that no keyboard types: databases, spreadsheets and PDF files refuse them, and some reverse a line."""

ALLOWED_TAGS = {
    "p", "br", "hr", "strong", "em", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a",
    "h3", "h4", "h5", "h6", "table", "thead", "tbody", "tr", "th", "td",
}  # fmt: skip
ALLOWED_CLASSES = {
    "p": {"govuk-body"},
    "a": {"govuk-link"},
    "ul": {"govuk-list", "govuk-list--bullet"},
    "ol": {"govuk-list", "govuk-list--number"},
    "h3": {"govuk-heading-s"},
    "table": {"govuk-table"},
    "th": {"govuk-table__header"},
    "td": {"govuk-table__cell"},
    "tr": {"govuk-table__row"},
}

BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | {chr(code) for code in range(0xFE00, 0xFE10)}
"""Characters that show nothing by themselves although Unicode counts them among letters, marks or symbols."""


def normalised(text: str) -> str:
    """One spelling for the same words: Unicode NFC, line ends as on Unix, no space at either end.

    A browser sends CRLF and may send decomposed accents; without this every text that was read into a form and sent
    back would differ from what was published. A text in which there is nothing to see is empty.
    """
    if all(_is_invisible(character) for character in text):
        return ""
    text = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n"))
    return re.sub(r"[ \t]+\n", "\n", text).strip()


def _is_invisible(character: str) -> bool:
    return character.isspace() or character in BLANK or unicodedata.category(character) == "Cf"


def _classed(self: RendererHTML, tokens: list[Token], index: int, options: OptionsDict, env: EnvType) -> str:
    token = tokens[index]
    if token.type == "heading_open" or token.type == "heading_close":
        token.tag = "h" + str(min(int(token.tag[1]) + 2, 6)) if not token.meta.get("shifted") else token.tag
        token.meta["shifted"] = True
    name = "h3" if token.tag in {"h3", "h4", "h5", "h6"} else token.tag
    if token.nesting == 1 and name in ALLOWED_CLASSES:
        token.attrSet("class", " ".join(sorted(ALLOWED_CLASSES[name])))
    return self.renderToken(tokens, index, options, env)


def _renderer() -> MarkdownIt:
    markdown = MarkdownIt("commonmark", {"html": False, "maxNesting": 20}).enable(["table", "strikethrough"])
    markdown.disable(["image"])
    for opening in (
        "paragraph_open", "link_open", "bullet_list_open", "ordered_list_open", "heading_open", "heading_close",
        "table_open", "th_open", "td_open", "tr_open",
    ):  # fmt: skip
        markdown.add_render_rule(opening, _classed)
    return markdown


MARKDOWN = _renderer()


@lru_cache(maxsize=4096)
def html(markdown: str) -> Markup:
    """The Markdown as HTML in which nothing can run, load or point outside by stealth.

    Headings start at level 3, below those of the page. At most `LONGEST` characters are rendered.
    """
    rendered = MARKDOWN.render(markdown[:LONGEST])
    clean = nh3.clean(
        rendered,
        tags=ALLOWED_TAGS,
        attributes={"*": set(), "a": {"href"}, "ol": {"start"}},
        allowed_classes={**ALLOWED_CLASSES, **dict.fromkeys(("h4", "h5", "h6"), {"govuk-heading-s"})},
        url_schemes={"http", "https", "mailto"},
        url_relative="deny",
        link_rel="nofollow noopener ugc",
    )
    return Markup(clean)  # noqa: S704  # nh3 has just cleaned it


def excerpt(text: str, longest: int = 200) -> str:
    """The beginning of a text, cut at a word, on one line."""
    flat = re.sub(r"\s+", " ", text)
    if len(flat) <= longest:
        return flat
    return flat[:longest].rsplit(" ", 1)[0] + "…"
