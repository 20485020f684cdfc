"""Help is in the same place on every page, and every link of it leads somewhere."""

from sqlmodel import Session

from backend.pages.models import Owed
from seed import pages
from seed.loading import CONTENT
from tests import factories
from tests.browsing import Visitor


def links(visitor: Visitor) -> list[str]:
    return [str(address) for address in visitor.page.xpath("//footer//a/@href")]


def test_the_footer_is_the_same_everywhere_and_leads_to_all_that_is_owed(session: Session, visitor: Visitor) -> None:
    pages.load(session, CONTENT / "pages")
    member = factories.make_member(session)
    session.commit()
    found = links(visitor.get("/"))
    assert {f"/{page}" for page in Owed} | {"/cookies", "/complaints", "/promises", "/status"} <= set(found)
    for address in found:
        assert visitor.get(address).status == 200, address
        if ".atom" not in address:
            assert links(visitor) == found, address
    assert links(visitor.get("/no-such-page")) == found
    assert links(visitor.sign_in(session, member).get("/account")) == found
