"""The call of the demonstration."""

from collections import Counter

from sqlmodel import Session

from backend.people.models import StaffRole
from backend.registrations import queries, selecting
from backend.registrations.kinds import CallState, OfferState
from seed import interest, loading
from tests import factories


def test_twenty_people_have_applied_three_are_on_the_reserve_list_and_two_have_offers(session: Session) -> None:
    loading.load(session)
    line = interest.tell(session, by=factories.make_staff(session, StaffRole.MODERATOR))
    assert line == "A call with 20 applicants and 2 offers."
    (call,) = queries.calls(session)
    assert call.state is CallState.OPEN
    assert [offer.state for offer in queries.offers(session, call).values()] == [OfferState.OPEN] * 2
    assert len(selecting.reserve(session, call)) == 3
    nations = Counter(each.nation for each in queries.applicants(session, call))
    assert nations["england"] > 10 > nations["wales"] > 0, "as unfair as such mixes are"
