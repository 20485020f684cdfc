"""Who is interested in the demonstration."""

from collections import Counter

from sqlmodel import Session

from backend.people.models import StaffRole
from backend.registrations import offering, queries, selecting
from backend.registrations.kinds import CallState, OfferState
from seed import interest, loading
from tests import factories


def test_there_is_an_open_call_one_whose_offers_ran_their_course_and_people_for_every_purpose(session: Session) -> None:
    loading.load(session)
    line = interest.tell(session, by=factories.make_staff(session, StaffRole.MODERATOR))
    assert line == "6 people registered, and 26 applied to two calls."
    call, closed = sorted(queries.calls(session), key=lambda each: each.id)
    assert call.state is CallState.OPEN and closed.state is CallState.CLOSED
    assert len(offering.chosen(session, call)) == 2 and queries.offers(session, call) == {}
    assert len(selecting.reserve(session, call)) == 3
    nations = Counter(each.nation for each in queries.applicants(session, call))
    assert nations["england"] > 10 > nations["wales"] > 0, "as unfair as such mixes are"
    states = Counter(offer.state for offer in queries.offers(session, closed).values())
    assert states == {OfferState.ACCEPTED: 2, OfferState.DECLINED: 1, OfferState.LAPSED: 1, OfferState.OPEN: 1}
    assert all(number > 2 for number in queries.interested(session).values())
