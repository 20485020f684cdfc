"""Every word that the site says by itself can be translated: found by showing all pages in a language of brackets."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from babel.support import NullTranslations
from fastapi.routing import APIRoute
from lxml import html
from sqlalchemy import JSON, Column, inspect
from sqlalchemy import select as sql_select
from sqlmodel import Session, SQLModel, select
from sqlmodel.sql.sqltypes import AutoString

from backend.core import cookies, i18n
from backend.core.bilingual import Bilingual
from backend.core.config import settings
from backend.core.db import Database
from backend.people.models import Person, StaffRole
from backend.ratings import routes as ratings
from backend.releases import translating
from backend.releases.content import EntryContent
from backend.releases.models import Framework, Revision
from tests import factories
from tests.browsing import Visitor
from tests.test_every_route import CHANGING, READING, World, become, make_world, named, permission_of

SHOWN = ("aria-label", "placeholder", "title", "alt", "label")
SAME = re.compile(
    r"English|Cymraeg|SHA-256|SHA|JSON|CSVW|CSV|PDF|Atom|HTML|Markdown|NSPCC|Childline|✕|"
    r"https?://\S+|__Host-[\w-]+|[\w.]*•+@[\w.-]+|[\w.+-]+@[\w.-]+|\b[a-f0-9]{8,}\b|\b[BCDFGHJKMNPQRSTVWXYZ2-9]{8}\b|[A-Z]+-\d+|"
    r"/[\w/.@{}-]+|\{[\w ]+\}|www\.[\w.-]+|\.ics|([A-Z2-7]{4} ){7}[A-Z2-7]{4}"
)
"""Names, addresses, digests, references and codes, which are the same in every language."""

MONTHS = "Ionawr|Chwefror|Mawrth|Ebrill|Mai|Mehefin|Gorffennaf|Awst|Medi|Hydref|Tachwedd|Rhagfyr"
WELSH_DATES = re.compile(rf"\d+ ({MONTHS}) \d{{4}}|\d+:\d\d(yb|yh|am|pm)")
FILLED_IN = re.compile(r"%\(\w+\)[sd]|\{\w+\}")
NOT_WORDS = {"slug", "code", "number", "code_prefix", "about", "state", "group", "source", "digest", "scale",
             "withdrawn_because", "speaker"}  # fmt: skip
"""Columns of bilingual tables that are no words, or that nobody translates."""

LETTERS = re.compile(r"[^\W\d_]{2,}")


class Brackets(NullTranslations):
    """A language in which every message stands in brackets, and what is put into it does as well."""

    def ugettext(self, message: str) -> str:
        """The message in brackets, but for what is filled in."""
        return in_brackets(message)

    def ungettext(self, msgid1: str, msgid2: str, num: int) -> str:
        """The message for that many in brackets."""
        return in_brackets(msgid1 if num == 1 else msgid2)


def in_brackets(words: str) -> str:
    """The words in brackets; what is filled into a message stands outside, because it is not translated with it."""
    return "⟦" + FILLED_IN.sub(lambda filled: f"⟧{filled[0]}⟦", str(words)) + "⟧"


def say_all_in_brackets(session: Session) -> set[str]:
    """Put words in brackets beside all that can have Welsh; the English words, which no Welsh page then says."""
    english: set[str] = set()
    for mapper in SQLModel._sa_registry.mappers:
        if not issubclass(mapper.class_, Bilingual):
            continue
        names = [column.key for column in mapper.columns if column.key not in NOT_WORDS and is_text(column)]
        for row in session.exec(select(mapper.class_)).all():
            texts = {name: getattr(row, name) for name in names if getattr(row, name)}
            if isinstance(row, Framework):
                texts |= {f"section:{each['key']}": each["label"] for each in row.sections}
                texts |= {f"ground:{each['code']}": each["label"] for each in row.grounds}
            row.welsh = {name: f"⟦{text}⟧" for name, text in texts.items()}
            english |= set(texts.values())
    for revision in session.exec(select(Revision)).all():
        sections = {key: f"⟦{text}⟧" for key, text in revision.content.sections.items()}
        content = EntryContent(title=f"⟦{revision.content.title}⟧", sections=sections)
        translating.translate(session, revision, content, seen=0, by=None)
        english |= {revision.content.title, *revision.content.sections.values()}
    session.commit()
    return english


def is_text(column: Column[Any]) -> bool:
    return isinstance(column.type, AutoString) and not column.foreign_keys


@pytest.fixture
def brackets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Welsh is a language of brackets for a while."""
    ratings.form_for.cache_clear()
    monkeypatch.setattr(i18n, "catalogue", lambda code: Brackets())
    yield
    ratings.form_for.cache_clear()


def kept_strings(session: Session) -> list[str]:
    """Every text in the database, the longest first: what people and releases say is not the site's own words."""
    found: set[str] = set()
    for table in SQLModel.metadata.sorted_tables:
        for row in session.execute(sql_select(table)):
            for column, value in zip(table.columns, row, strict=True):
                if isinstance(column.type, JSON) or isinstance(value, (str, list, dict)):
                    found |= set(texts_in(value))
                elif hasattr(value, "sections"):
                    found |= {value.title, *value.sections.values()}
    found |= {value for value in settings().model_dump().values() if isinstance(value, str)}
    lines = {line.strip().removeprefix("- ") for text in found for line in text.splitlines()}
    return sorted((line for line in lines if LETTERS.search(line)), key=len, reverse=True)


def texts_in(value: object) -> Iterator[str]:
    """Every string inside a value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for each in value.values():
            yield from texts_in(each)
    elif isinstance(value, (list, tuple)):
        for each in value:
            yield from texts_in(each)


def bare(page: html.HtmlElement, kept: list[str]) -> str:
    """What stands on the page outside brackets, is not kept in the database and is not marked as English."""
    hidden = "ancestor::script or ancestor::style or ancestor::textarea or ancestor::*[@lang='en']"
    shown = [str(text) for text in page.xpath(f"//text()[not({hidden})]")]
    shown += [str(value) for name in SHOWN for value in page.xpath(f"//@{name}")]
    left = []
    for text in shown:
        outside = unbracketed(" ".join(text.split()))
        outside = WELSH_DATES.sub(" ", SAME.sub(" ", outside))
        for known in kept:
            if known in outside:
                outside = outside.replace(known, " ")
        if LETTERS.search(outside):
            left.append(outside.strip())
    return " | ".join(left)


def unbracketed(text: str) -> str:
    """The text without what stands in brackets, which may stand in one another."""
    before = None
    while before != text:
        before, text = text, re.sub(r"⟦[^⟦⟧]*⟧", " ", text)
    return text


def test_brackets_leave_what_is_not_translated() -> None:
    page = html.document_fromstring("<title>⟦Fine ⟦too⟧⟧</title><p aria-label='Not'>⟦Good⟧ bad</p><p>Said by Ann</p>")
    assert bare(page, ["Said by Ann"]) == "bad | Not"


def people(world: World, session: Session) -> dict[str, Person | None]:
    """One person of each kind that sees pages of its own."""
    everybody = factories.make_staff(session, *StaffRole)
    session.commit()
    return {"nobody": None, "lead": world.people["lead"], "specialist": world.people["specialist"], "staff": everybody}


def read_in_brackets(visitor: Visitor, session: Session, person: Person | None) -> None:
    become(visitor, session, person)
    visitor.client.cookies.set(cookies.LANGUAGE.name, "cy", domain="testserver.local")


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
@pytest.mark.parametrize("who", ["nobody", "lead", "specialist", "staff"])
def test_every_page_says_nothing_that_cannot_be_translated(
    who: str, visitor: Visitor, session: Session, brackets: None
) -> None:
    world = make_world(session)
    person = people(world, session)[who]
    english = say_all_in_brackets(session)
    kept = [text for text in kept_strings(session) if text not in english and "⟦" not in text]
    problems = []
    for route in READING:
        read_in_brackets(visitor, session, person)
        visitor.get(world.address(route))
        if is_page(visitor) and (left := bare(visitor.page, kept)):
            problems.append(f"{named(route)}: {left}")
    assert not problems, "\n".join(problems)


@pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
def test_no_mistake_is_told_in_words_that_cannot_be_translated(
    visitor: Visitor, session: Session, brackets: None, database: Database
) -> None:
    world = make_world(session)
    staff = people(world, session)["staff"]
    kept = kept_strings(session)
    problems = []

    def post(route: APIRoute) -> None:
        permission = permission_of(route)
        read_in_brackets(visitor, session, staff if "/staff/" in route.path else world.allowed(permission))
        before = database.connection.begin_nested()  # type: ignore[union-attr]
        visitor.post(world.address(route), {"no_such_field": "x", "body": "", "step": "send"})
        before.rollback()
        session.expire_all()

    for route in CHANGING:
        post(route)
        if is_page(visitor) and (left := bare(visitor.page, kept)):
            problems.append(f"{named(route)}: {left}")
    assert not problems, "\n".join(problems)


def is_page(visitor: Visitor) -> bool:
    return visitor.response.headers.get("content-type", "").startswith("text/html")


def test_every_table_is_known_to_the_search_for_texts(session: Session) -> None:
    names = set(inspect(session.connection()).get_table_names())
    assert names - {"alembic_version"} == set(SQLModel.metadata.tables)
