"""Reading a framework and its entries as they stand now."""

from sqlmodel import Session

from tests import factories
from tests.browsing import Visitor


def test_the_contents_list_every_entry_of_the_current_release(session: Session, visitor: Visitor) -> None:
    factories.make_framework(session)
    session.commit()
    visitor.get("/frameworks")
    visitor.follow("Harms framework")
    assert "3 entries" in visitor.text
    visitor.follow("Harm number 2")
    assert visitor.path == "/frameworks/harms/entries/CCHF-02"
