"""A person's own page: who they are here and what they may do."""

from sqlmodel import Session

from backend.people.models import StaffRole, Standing
from tests import factories
from tests.browsing import Visitor


def test_an_account_shows_organisation_standing_and_permissions(visitor: Visitor, session: Session) -> None:
    organisation = factories.make_organisation(session, name="Brightplay <b>Ltd</b>")
    lead = factories.make_member(session, organisation, standing=Standing.LEAD, name="Mo Member")
    visitor.sign_in(session, lead).get("/account")
    for words in ("Mo Member", lead.email, "Brightplay <b>Ltd</b>", "Lead", "Sign off an organisation’s feedback"):
        assert words in visitor.text
    assert "Publish" not in visitor.text


def test_an_account_of_staff_shows_their_roles(visitor: Visitor, session: Session) -> None:
    staff = factories.make_staff(session, StaffRole.SAFEGUARDING_LEAD, StaffRole.MODERATOR)
    visitor.sign_in(session, staff).get("/account")
    assert "Safeguarding lead" in visitor.text
    assert "Moderator" in visitor.text
    assert "Read and return escalated comments" in visitor.text


def test_someone_signed_out_is_taken_to_sign_in_and_back(visitor: Visitor) -> None:
    visitor.get("/account")
    assert visitor.path == "/sign-in?next=%2Faccount"
    assert visitor.page.xpath("//input[@name='next']/@value") == ["/account"]
