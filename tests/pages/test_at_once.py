"""Two administrators who publish a version of one page in the same moment."""

from sqlmodel import Session

from backend.core.db import Database
from backend.pages import queries
from backend.pages.models import Owed
from tests import factories
from tests.together import TOGETHER, together


def test_of_many_who_write_at_once_one_does(live: Database) -> None:
    def write(session: Session, number: int) -> int:
        return factories.make_page(session, body=f"Version of {number}.", seen=0).number

    results = together(live, write)
    assert sorted(map(str, results)) == ["1"] + ["PageMovedOn"] * (TOGETHER - 1)
    with live.session() as session:
        assert len(queries.versions(session, Owed.PRIVACY)) == 1
