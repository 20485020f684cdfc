"""Finding a change that was made behind our back."""

import pytest
from sqlalchemy import text
from sqlmodel import Session

from backend.core import append_only
from backend.releases import verifying
from tests import factories


@pytest.fixture
def unguarded(session: Session) -> Session:
    """A session on a database whose triggers somebody has dropped."""
    factories.make_framework(session)
    session.commit()
    append_only.drop(session.connection())
    return session


def test_what_was_published_is_as_its_digests_say(unguarded: Session) -> None:
    assert verifying.first_difference(unguarded) is None


OF = "entry_id = (SELECT id FROM entry WHERE code = '{}')"
CHANGES = {
    f"UPDATE revision SET content = replace(content, 'switched on', 'off') WHERE {OF.format('CCHF-02')}": (
        "text of revision 1 of CCHF-02"
    ),
    "UPDATE revision SET content = replace(content, '{\"s', '{ \"s')": "text of revision 1 of CCHF-01",
    f"UPDATE revision SET words_digest = 'f' WHERE {OF.format('CCHF-03')}": "words of revision 1 of CCHF-03",
    f"DELETE FROM release_entry WHERE {OF.format('CCHF-03')}": "manifest of release 0.1",
    "UPDATE release SET number = '0.9'": "manifest of release 0.9",
    "UPDATE release_entry SET revision_id = (SELECT max(id) FROM revision)": "manifest of release 0.1",
}


@pytest.mark.parametrize(("statement", "said"), CHANGES.items())
def test_the_first_change_is_named(unguarded: Session, statement: str, said: str) -> None:
    unguarded.execute(text(statement))
    assert said in (verifying.first_difference(unguarded) or "")
