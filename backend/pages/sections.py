"""A long text as the sections that its second-level headings (`## …`) begin, so that a page can list them."""

import re
from dataclasses import dataclass

from markupsafe import Markup, escape

from backend.core import text

LOWER = re.compile(r"^##(#+ )", re.MULTILINE)
"""Headings within a section: a renderer that begins at level 3 shows `# …` so."""


@dataclass(frozen=True)
class Section:
    """A heading with what stands under it; the heading is empty for what comes before the first."""

    number: int
    heading: str
    body: str

    @property
    def html(self) -> Markup:
        """What stands under the heading; tables can be moved sideways, by the keyboard too."""
        made = str(text.html(LOWER.sub(r"\1", self.body)))
        opening = f'<div class="app-scroll" tabindex="0" role="region" aria-label="{escape(self.heading)}">'
        made = made.replace('<table class="govuk-table">', f'{opening}<table class="govuk-table app-owed__table">')
        return Markup(made.replace("</table>", "</table></div>"))  # noqa: S704  # cleaned, and our own frame around it


def sections(markdown: str) -> list[Section]:
    """The sections in order; what looks like a heading inside a block of code is none."""
    lines = markdown.split("\n")
    tokens = text.MARKDOWN.parse(markdown)
    starts = [
        token.map[0]
        for token in tokens
        if token.type == "heading_open" and token.tag == "h2" and token.level == 0 and token.map
        if lines[token.map[0]].lstrip().startswith("##")
    ]
    edges = [0, *starts, len(lines)]
    found = []
    for number, (start, end) in enumerate(zip(edges, edges[1:], strict=False)):
        heading = lines[start].strip().strip("#").strip() if number else ""
        body = "\n".join(lines[start + bool(number) : end]).strip()
        if heading or body:
            found.append(Section(number, heading, body))
    return found
