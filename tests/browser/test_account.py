"""A person changes their address from both mailboxes, and closes their account."""

import re

import pytest
from sqlmodel import col, select

from backend.notifications.models import OutboxMessage
from tests.browser.walking import Walker

pytestmark = pytest.mark.parametrize("migrated", ["sqlite"], indirect=True)
"""What is looked at here is the same whatever the database: the journeys that change much are walked on both."""


def link_in(walker: Walker, kind: str) -> str:
    """The path of the link in the last mail of this kind."""
    with walker.database.session() as session:
        mails = select(OutboxMessage).where(OutboxMessage.kind == kind).order_by(col(OutboxMessage.id).desc())
        text = session.exec(mails).first().text  # type: ignore[union-attr]
    found = re.search(r"/email-change/\S+", text)
    assert found
    return found.group()


def test_an_address_is_changed_from_both_mailboxes(walker: Walker) -> None:
    walker.is_now("member@brightplay.example").goes_to("/account").follows("Change your email address")
    walker.types("New email address", "nonsense").presses("Send both links").sees("There is a problem")
    walker.types("New email address", "new@brightplay.example").presses("Send both links").sees("Check both mailboxes")
    walker.goes_to("/account/email-address").sees("A change to new@brightplay.example waits")
    walker.goes_to(link_in(walker, "address-new")).presses("Confirm this change").sees("One mailbox has confirmed")
    walker.goes_to(link_in(walker, "address-old")).sees("If that was not you").presses("Confirm this change")
    walker.sees("The email address has been changed").goes_to("/account").sees("new@brightplay.example")


def test_an_account_is_closed_and_its_browser_signed_out(walker: Walker) -> None:
    walker.is_now("specialist@uni.example").goes_to("/account").follows("Close your account").sees("What stays")
    walker.presses("Close your account for good").sees("Your account is closed")
    walker.goes_to("/account").sees("Email address").goes_to("/account-closed")
