"""Finding a change that was made behind our back."""

import pytest
from sqlalchemy import text
from sqlmodel import Session

from backend.core import append_only
from backend.releases import verifying
from tests import factories
from tests.releases.examples import make_second_release


@pytest.fixture
def unguarded(session: Session) -> Session:
    """A session on a database whose triggers somebody has dropped."""
    make_second_release(session, factories.make_framework(session))
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
    f"DELETE FROM revision_term WHERE revision_id = (SELECT min(id) FROM revision WHERE {OF.format('CCHF-02')})": (
        "terms listed for revision 1 of CCHF-02"
    ),
    "UPDATE revision_term SET term_id = (SELECT id FROM term WHERE label = 'Code standards 1') "
    "WHERE term_id = (SELECT id FROM term WHERE label = 'Code standards 12')": "terms listed for revision 2 of CCHF-01",
    f"UPDATE revision SET words_digest = 'f' WHERE {OF.format('CCHF-03')}": "words of revision 1 of CCHF-03",
    f"DELETE FROM release_entry WHERE {OF.format('CCHF-03')}": "manifest of release 0.1",
    "UPDATE release SET number = '0.9' WHERE number = '0.1'": "manifest of release 0.9",
    "UPDATE release_entry SET revision_id = (SELECT max(id) FROM revision)": "manifest of release 0.1",
    "UPDATE release SET title = 'Final' WHERE number = '0.2'": "manifest of release 0.2",
    "UPDATE release SET introduction = 'Nothing changed.' WHERE number = '0.2'": "manifest of release 0.2",
    "UPDATE retirement SET because = 'Nobody liked it'": "manifest of release 0.2",
    "UPDATE retirement SET superseded_by_id = NULL": "manifest of release 0.2",
    "DELETE FROM retirement": "manifest of release 0.2",
}


@pytest.mark.parametrize(("statement", "said"), CHANGES.items())
def test_the_first_change_is_named(unguarded: Session, statement: str, said: str) -> None:
    unguarded.execute(text(statement))
    assert said in (verifying.first_difference(unguarded) or "")
