"""An organisation comes to the pilot: entered by staff, accepted by its lead, who invites a colleague."""

import re

import pytest
from sqlmodel import col, select

from backend.notifications.models import OutboxMessage
from tests.browser.walking import Walker

pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
"""What is looked at here is the same whatever the database: the journeys that change much are walked on both."""


def link_in_mail(walker: Walker, kind: str, to: str) -> str:
    """The path of the secret link in the newest mail of that kind to the address."""
    with walker.database.session() as session:
        mail = select(OutboxMessage.text).where(OutboxMessage.kind == kind, OutboxMessage.to == to)
        text = session.exec(mail.order_by(col(OutboxMessage.id).desc())).first()
    found = re.search(r"/(?:invitations|sign-in/link)/\S+", text or "")
    assert found
    return found.group()


def arrive(walker: Walker, email: str) -> None:
    """Open the invitation in the mail, and sign in by the link that comes to the same mailbox."""
    walker.is_nobody().goes_to(link_in_mail(walker, "invitation", email)).sees("You are invited to take part")
    walker.does_not_see(email).presses("Continue").sees("Check your email")
    walker.goes_to(link_in_mail(walker, "sign-in", email)).presses("Sign in", exact=True)
    walker.sees("Accept your invitation")


def test_an_organisation_joins_and_its_lead_invites_and_removes_a_colleague(walker: Walker) -> None:
    lead, colleague = "lead@lanternhill.example", "second@lanternhill.example"
    walker.is_now("moderator@authority.example").goes_to("/staff/organisations/new")
    walker.presses("Enter it and invite the lead").sees("There is a problem").sees("Select what type")
    walker.types("Name of the organisation", "Lantern Hill Stories").types("Email address of the lead", lead)
    walker.page.get_by_label("Type").select_option("streaming")
    walker.presses("Enter it and invite the lead").sees("Lantern Hill Stories is entered").sees("Invited")

    arrive(walker, lead)
    walker.presses("Accept the invitation").sees("There is a problem").sees("Enter your name")
    walker.types("Your name", "Noor Lantern")
    walker.chooses("10 to 49 people").chooses("Wales").chooses("Yes")
    walker.chooses("I have read the terms of participation and accept them")
    walker.presses("Accept the invitation").sees("You belong to Lantern Hill Stories now")

    walker.presses("Invite a colleague").types("Their email address", colleague).chooses("Deputy")
    walker.presses("Send the invitation").sees(f"We have sent an invitation to {colleague}")
    walker.goes_to(link_in_mail(walker, "invitation", colleague)).sees("You are signed in with another address")

    arrive(walker, colleague)
    walker.types("Your name", "Ada Second").chooses("I have read the terms of participation and accept them")
    walker.presses("Accept the invitation").sees("You belong to Lantern Hill Stories now")

    walker.is_now(lead).goes_to("/organisation").presses("Make a member again").sees("Ada Second is a member now")
    walker.follows("Remove").presses("Remove them").sees("Ada Second has been removed")
    walker.is_now(colleague).goes_to("/account").does_not_see("Lantern Hill Stories")
