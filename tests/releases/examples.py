"""Releases that several tests read."""

from sqlmodel import Session

from backend.releases import queries, revising
from backend.releases.models import Framework, Release
from tests import factories
from tests.browsing import Visitor

HOSTILE = (
    "<script>alert(1)</script>\n\n<div data-hx-get=/x data-hx-trigger=load>x</div>\n\n"
    "[press](javascript:alert(1)) ![see](https://example.org/x.png) <style>*{display:none}</style>"
)


def make_second_release(session: Session, framework: Framework) -> Release:
    """Release 0.2: CCHF-01 changed, CCHF-03 retired in favour of CCHF-02, CCHF-04 added."""
    draft = factories.make_draft(session, framework)
    entry = queries.entry(session, "CCHF-01")
    line = queries.find_line(session, draft, entry)
    assert line
    content = line.revision.content.with_fields({
        "section:description": "A service shares what harm 1 wants.\n\nIt starts switched on.",
        "terms:code-standards": ("2", "12"),
    })  # fmt: skip
    revising.revise(session, draft, entry, content, seen=line.revision, by=None, because="Need was the wrong word")
    revising.retire(
        session,
        draft,
        queries.entry(session, "CCHF-03"),
        because="It said the same as another",
        superseded_by=queries.entry(session, "CCHF-02"),
        by=None,
    )
    revising.add_entry(
        session, draft, code="CCHF-04", content=factories.make_content(4), by=None, because="Asked for by three"
    )
    revising.freeze(session, draft, by=None)
    return draft


def make_varied_framework(session: Session) -> Framework:
    """A framework whose three entries differ in their terms; CCHF-02 and CCHF-03 came with release 0.2."""
    framework = factories.make_framework(session, entries=1)
    draft = factories.make_draft(session, framework)
    terms = {
        "CCHF-02": {"code-standards": ("2", "12"), "uncrc-articles": ("3",)},
        "CCHF-03": {"code-standards": ("5",), "uncrc-articles": ("16",)},
    }
    for code, used in terms.items():
        content = factories.make_content(2 if code == "CCHF-02" else 3, terms=used)
        revising.add_entry(session, draft, code=code, content=content, by=None, because="New")
    revising.freeze(session, draft, by=None)
    return framework


def listed(visitor: Visitor) -> list[str]:
    """The codes of the entries that a page lists."""
    return [" ".join(code.text_content().split()) for code in visitor.page.find_class("app-entry-code")]
