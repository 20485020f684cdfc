"""Finding what was changed behind our back in the pages that are owed."""

import pytest
from sqlalchemy import text
from sqlmodel import Session

from backend.core import append_only
from backend.pages import verifying
from backend.pages.models import Owed
from tests import factories


@pytest.fixture
def unguarded(session: Session) -> Session:
    """Two versions of one page and one of another, on a database whose triggers somebody has dropped."""
    for page in (Owed.PRIVACY, Owed.PRIVACY, Owed.TERMS):
        factories.make_page(session, page)
    session.commit()
    append_only.drop(session.connection())
    session.expire_all()
    return session


def test_every_version_is_as_it_was_written(unguarded: Session) -> None:
    assert verifying.first_difference(unguarded) is None


INSERT = (
    "INSERT INTO page_version (page_id, number, holds_from, title, body, because, welsh_title, welsh_body, "
    "welsh_because, written_at) SELECT page_id, 9, holds_from, title, body, because, welsh_title, welsh_body, "
    "welsh_because, written_at FROM page_version WHERE number = 2"
)
CHANGES = {
    "UPDATE page_version SET body = 'We sell it.' WHERE number = 2": "Version 2 of the page privacy is not",
    "UPDATE page_version SET welsh_body = 'X' WHERE number = 2": "Version 2 of the page privacy is not",
    "UPDATE page_version SET welsh_because = 'X' WHERE number = 2": "Version 2 of the page privacy is not",
    "UPDATE page_version SET holds_from = '2001-01-01 00:00:00+00:00' WHERE number = 2": "Version 2 of",
    "DELETE FROM page_version WHERE number = 2": "Version 2 of the page privacy is gone",
    INSERT: "Version 9 of the page privacy is not",
}


@pytest.mark.parametrize(("statement", "said"), CHANGES.items())
def test_the_version_that_differs_is_named(unguarded: Session, statement: str, said: str) -> None:
    unguarded.execute(text(statement))
    assert said in (verifying.first_difference(unguarded) or "")


def test_versions_from_before_the_record_kept_digests_are_taken_as_they_are(unguarded: Session) -> None:
    unguarded.execute(text("UPDATE audit_event SET detail = '{\"version\": 1}' WHERE subject = 'page terms'"))
    assert verifying.first_difference(unguarded) is None
    unguarded.execute(text("DELETE FROM page_version WHERE page_id = (SELECT id FROM owed_page WHERE slug = 'terms')"))
    assert "Version 1 of the page terms is gone" in (verifying.first_difference(unguarded) or "")
