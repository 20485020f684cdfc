"""Somebody without an account registers, applies with a colleague, and has a place."""

import re

from sqlmodel import col, select

from backend.notifications.models import OutboxMessage
from tests.browser.walking import SCRIPTS_ON_ONE, Walker

ADA, BO = "ada@mossbank.example", "bo@mossbank.example"
REGISTERED, CALL = "/register-interest", "/calls/1"


def link_in_mail(walker: Walker, kind: str, to: str, path: str) -> str:
    """The path of the link in the newest mail of that kind to the address."""
    with walker.database.session() as session:
        mail = select(OutboxMessage.text).where(OutboxMessage.kind == kind, OutboxMessage.to == to)
        text = session.exec(mail.order_by(col(OutboxMessage.id).desc())).first()
    found = re.search(rf"{path}/\S+", text or "")
    assert found
    return found.group()


def says_who(walker: Walker, name: str, email: str) -> None:
    """Fill in what every form asks."""
    walker.types("Your name", name).types("Your email address", email)
    walker.types("Your organisation", "Mossbank Stories")
    walker.page.get_by_label("Type of organisation").select_option("streaming")
    walker.chooses("I am 18 or over")


@SCRIPTS_ON_ONE
def test_somebody_registers_applies_with_a_colleague_and_has_a_place(walker: Walker) -> None:
    she_registers(walker)
    they_apply_together(walker)
    staff_offer_a_place(walker)
    she_accepts_and_may_give_it_back(walker)
    he_withdraws(walker)


def she_registers(walker: Walker) -> None:
    walker.is_nobody().goes_to(REGISTERED).presses("Register your interest").sees("There is a problem")
    says_who(walker, "Ada Moss", ADA)
    walker.chooses("Write to me when a release, an answer or a round is published")
    walker.presses("Register your interest").sees("Check your email")
    confirmation = link_in_mail(walker, "interest-confirm", ADA, "/register-interest/confirm")
    walker.goes_to(confirmation).sees("Ada Moss").presses("Confirm").sees("Your interest is confirmed")
    walker.goes_to(confirmation).sees("You have confirmed this already")


def they_apply_together(walker: Walker) -> None:
    walker.goes_to(REGISTERED).follows("Six more places in the pilot")
    says_who(walker, "Ada Moss", ADA)
    walker.chooses("Fewer than 10 people").chooses("Wales").chooses("Design and user research").chooses("Not yet")
    walker.types("Their name", "Bo Moss").types("Their email address", BO)
    walker.chooses("Write to me about taking part in the pilot, such as when there are places")
    walker.presses("Apply").sees("Check your email")
    walker.goes_to(link_in_mail(walker, "interest-confirm", ADA, "/register-interest/confirm"))
    walker.sees("Six more places in the pilot").presses("Confirm").sees("Your interest is confirmed")
    walker.goes_to(link_in_mail(walker, "interest-confirm", BO, "/register-interest/confirm"))
    walker.sees("Ada Moss would come with you to").presses("Confirm").sees("Select that you would come")
    walker.chooses("Yes, I would come. Write to me about taking part in the pilot, such as when there are places")
    walker.chooses("Engineering and security").chooses("I have read it").chooses("I am 18 or over")
    walker.presses("Confirm").sees("Your interest is confirmed")


def staff_offer_a_place(walker: Walker) -> None:
    walker.is_now("moderator@authority.example").goes_to("/staff/calls/1/select?selected=undecided")
    walker.follows("Ada Moss").chooses("Chosen").types("Why?", "Very small, and from Wales.")
    walker.presses("Save the decision").sees("Decided: Ada Moss, chosen.").sees("once the call has closed")
    walker.goes_to("/staff/calls/1/change").presses("Close the call now").sees("The call is closed.")
    walker.goes_to("/staff/calls/1/select").sees("Ada Moss and the colleague who comes along: two places")
    walker.presses("Offer places to everybody chosen").sees("3 offers are on their way by email.")


def she_accepts_and_may_give_it_back(walker: Walker) -> None:
    offer = link_in_mail(walker, "place-offered", ADA, "/offers")
    walker.is_nobody().goes_to(offer).sees("For you and the colleague who comes with you")
    walker.presses("Accept the place").sees("You have a place")
    assert link_in_mail(walker, "place-accepted", ADA, "/offers") == offer


def he_withdraws(walker: Walker) -> None:
    way_out = link_in_mail(walker, "place-accepted", BO, "/register-interest/withdraw")
    walker.goes_to(way_out).sees("You lose the place that you have or were offered")
    walker.presses("Withdraw everything").sees("Nothing is registered under this link any more")
    assert link_in_mail(walker, "pair-ended", ADA, "/register-interest/withdraw")
    walker.presses("Register your interest again").sees("You can register again")
