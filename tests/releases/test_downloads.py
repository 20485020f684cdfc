"""Taking a release away as files, and following releases in a feed reader."""

import csv
import io
import json
import warnings
from pathlib import Path

import pytest
from csvw import CSVW, Table
from lxml import etree
from sqlmodel import Session

from backend.core import tokens
from backend.releases import queries, revising
from backend.releases.content import EntryContent
from backend.releases.models import Framework, Release
from tests import factories
from tests.browsing import Visitor
from tests.releases.examples import make_second_release

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def release(session: Session) -> Release:
    """A release with an entry that a spreadsheet would take for formulas, and two that it retires."""
    framework = factories.make_framework(session, entries=1)
    before = factories.make_draft(session, framework, "0.1.1")
    for code in ("CCHF-08", "CCHF-09"):
        revising.add_entry(session, before, code=code, content=factories.make_content(8), by=None, because="New")
    revising.freeze(session, before, by=None)
    draft = factories.make_draft(session, framework)
    content = factories.make_content(
        2,
        title='=HYPERLINK("https://example.org")',
        sections={"description": '- One, "two"\n- Three', "mitigations": "@everyone +1\n\nTŷ 😀"},
    )
    added = revising.add_entry(session, draft, code="CCHF-02", content=content, by=None, because="New")
    eighth, ninth = queries.entry(session, "CCHF-08"), queries.entry(session, "CCHF-09")
    revising.retire(session, draft, ninth, because="It was no harm.", superseded_by=None, by=None)
    revising.retire(session, draft, eighth, because="Said “better” there.", superseded_by=added.entry, by=None)
    draft.introduction = "What is new:\n\n- a sign"
    revising.freeze(session, draft, by=None)
    session.commit()
    return draft


def test_the_json_gives_back_every_digest(release: Release, visitor: Visitor) -> None:
    visitor.get("/frameworks/harms/releases/0.2.json")
    assert "attachment" in visitor.response.headers["content-disposition"]
    assert "immutable" in visitor.response.headers["cache-control"]
    found = json.loads(visitor.response.text)
    contents = {entry["code"]: EntryContent.model_validate(entry["content"]) for entry in found["entries"]}
    digests = {entry["code"]: entry["digest"] for entry in found["entries"]}
    assert {code: content.digest for code, content in contents.items()} == digests
    left = {entry["code"]: [entry["because"], entry["supersededBy"]] for entry in found["retirements"]}
    assert left == {"CCHF-08": ["Said “better” there.", "CCHF-02"], "CCHF-09": ["It was no harm.", None]}
    whole = {
        "framework": found["framework"],
        "number": found["release"],
        "title": found["releaseTitle"],
        "introduction": found["introduction"],
        "entries": digests,
        "retirements": left,
    }
    assert found["digest"] == tokens.digest(tokens.canonical(whole)) == release.digest


def test_the_csv_opens_in_a_spreadsheet_without_running_anything(release: Release, visitor: Visitor) -> None:
    visitor.get("/frameworks/harms/releases/0.2.csv")
    body = visitor.response.content
    assert body.startswith(b"\xef\xbb\xbfcode,title,description,mitigations,code-standards,uncrc-articles,")
    assert b"\r\n" in body and "attachment" in visitor.response.headers["content-disposition"]
    assert "immutable" in visitor.response.headers["cache-control"]
    rows = list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))
    assert [row["code"] for row in rows] == ["CCHF-01", "CCHF-02"]
    assert rows[1]["title"] == '\'=HYPERLINK("https://example.org")'
    assert rows[1]["description"] == '\'- One, "two"\n- Three'
    assert rows[1]["mitigations"] == "'@everyone +1\n\nTŷ 😀"
    assert rows[1]["code-standards"] == "2 7"
    assert not [cell for row in rows for cell in row.values() if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]


def test_the_csv_is_valid_by_its_own_description(release: Release, visitor: Visitor, tmp_path: Path) -> None:
    for name in ("0.2.csv", "0.2.csv-metadata.json"):
        (tmp_path / name).write_bytes(visitor.get(f"/frameworks/harms/releases/{name}").response.content)
    described = Table.from_file(tmp_path / "0.2.csv-metadata.json")
    rows = list(described.iterdicts(strict=True))
    assert rows[1]["code_standards"] == ["2", "7"] and rows[0]["revision"] == 1
    assert described.check_primary_key()
    assert is_valid(tmp_path)
    assert "apostrophe" in (tmp_path / "0.2.csv-metadata.json").read_text()
    broken = (tmp_path / "0.2.csv").read_bytes().replace(b",1,", b",one,", 1)
    (tmp_path / "0.2.csv").write_bytes(broken)
    with pytest.raises(ValueError, match="decimal"):
        list(Table.from_file(tmp_path / "0.2.csv-metadata.json").iterdicts(strict=True))


def is_valid(folder: Path) -> bool:
    with warnings.catch_warnings(action="ignore"):
        return bool(CSVW(str(folder / "0.2.csv-metadata.json"), validate=True).is_valid)


def test_a_release_page_leads_to_its_downloads(release: Release, visitor: Visitor) -> None:
    for words in ("JSON", "CSV, for", "CSVW"):
        visitor.get("/frameworks/harms/releases/0.2").follow(words)
        assert visitor.status == 200


def test_the_feed_lists_releases_under_addresses_that_stay(
    session: Session, framework: Framework, visitor: Visitor
) -> None:
    root = etree.fromstring(visitor.get("/releases.atom").response.content)
    assert visitor.response.headers["content-type"].startswith("application/atom+xml")
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == "en"
    assert root.find(f"{ATOM}link[@rel='self']").get("href") == "http://localhost:8000/releases.atom"
    ids = [entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry")]
    assert ids == ["tag:localhost,2026:harms/0.2", "tag:localhost,2026:harms/0.1"]
    for required in ("id", "title", "updated"):
        assert all(entry.findtext(f"{ATOM}{required}") for entry in [root, *root.iter(f"{ATOM}entry")])


def test_the_feed_escapes_titles(session: Session, visitor: Visitor) -> None:
    framework = factories.make_framework(session)
    framework.title = "Harms & <b>others</b>"
    release = make_second_release(session, framework)
    session.commit()
    root = etree.fromstring(visitor.get("/releases.atom").response.content)
    assert root.find(f"{ATOM}entry").findtext(f"{ATOM}title") == f"Harms & <b>others</b> 0.2: {release.title}"
