"""Choosing for a fair mix: the gaps are shown, people choose, and every choice is kept with its reason."""

import pytest
from sqlmodel import Session, col, select

from backend.audit.models import AuditEvent
from backend.people.models import Person, StaffRole
from backend.registrations import queries, selecting
from backend.registrations.kinds import Selected
from backend.registrations.models import Call, Selection
from backend.releases.models import Scheme, Term
from tests import factories
from tests.browsing import Visitor
from tests.registrations.scene import (
    applications,
    apply,
    confirm_link,
    mails,
    make_call,
    make_closed_call,
    make_schemes,
)

CONSTITUENCIES = {"online-games": "online-services", "childrens-charity": "civil-society"}


@pytest.fixture
def moderator(session: Session) -> Person:
    return factories.make_staff(session, StaffRole.MODERATOR)


@pytest.fixture
def call(session: Session) -> Call:
    make_schemes(session)
    types = select(Term).join(Scheme).where(Scheme.slug == "organisation-types")
    for term in session.exec(types):
        term.group = CONSTITUENCIES.get(term.code, "")
    return make_call(session)


def row(visitor: Visitor, table: str, label: str) -> list[str]:
    """The cells of a row in the table of the mix with this caption."""
    for found in visitor.page.iter("table"):
        if found.findtext("caption") == table:
            for line in found.iter("tr"):
                cells = [" ".join(cell.text_content().split()) for cell in line]
                if cells[0] == label:
                    return cells[1:]
    raise AssertionError(f"no {label!r} in {table!r}")


def test_the_gaps_follow_each_choice(visitor: Visitor, session: Session, call: Call, moderator: Person) -> None:
    first = factories.make_application(session, call, name="Ada <b>One</b>", nation="wales", size_band="under-10")
    factories.make_application(session, call, name="Bo Two", type_code="childrens-charity", discipline="design")
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/select").follow("Set the targets")
    visitor.press("Save the targets", constituency_online_services="1", nation_wales="2", discipline_design="")
    assert row(visitor, "Constituency", "Online services") == ["1", "1", "0", "1 more"]
    assert row(visitor, "Nation", "Wales") == ["2", "1", "0", "2 more"]
    assert row(visitor, "Nation", "Not said") == ["–", "1", "0", "–"]
    visitor.follow("Ada <b>One</b>").press("Save the decision", selected="chosen", because="From Wales, and small")
    assert visitor.path == f"/staff/calls/{call.id}/select"
    assert "Decided: Ada <b>One</b>, chosen." in visitor.text
    assert row(visitor, "Constituency", "Online services") == ["1", "1", "1", "met"]
    assert row(visitor, "Nation", "Wales") == ["2", "1", "1", "1 more"]
    assert "Why: From Wales, and small" in visitor.text
    visitor.follow("Ada").press("Save the decision", selected="declined", because="Has been before")
    visitor.get(f"/staff/calls/{call.id}/applications/{first.id}")
    assert "From Wales, and small" in visitor.text and "Has been before" in visitor.text, "older reasons are kept"


def test_a_decision_needs_a_reason_and_keeps_what_was_typed(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    application = factories.make_application(session, call)
    address = f"/staff/calls/{call.id}/applications/{application.id}"
    visitor.sign_in(session, moderator).get(address)
    visitor.press("Save the decision", selected="reserve", place="none")
    assert visitor.status == 422
    assert "Enter why" in visitor.text and "as a number" in visitor.text
    assert visitor.page.xpath("//input[@name='place']/@value") == ["none"]
    visitor.post(address, {"selected": "not-taken", "because": "x"})
    assert visitor.status == 422, "that follows by itself"
    visitor.post(f"/staff/calls/{call.id}/targets", {"nation_wales": "many"})
    assert visitor.status == 422 and "Enter a number from 0 to 1,000" in visitor.text
    session.commit()
    assert session.exec(select(Selection)).all() == []


def test_filters_show_those_who_fit(visitor: Visitor, session: Session, call: Call, moderator: Person) -> None:
    chosen = factories.make_application(session, call, name="Ada Wales", nation="wales")
    factories.make_application(session, call, name="Bo Scotland", nation="scotland", type_code="childrens-charity")
    selecting.choose(session, chosen, Selected.CHOSEN, because="x", by=moderator)
    visitor.sign_in(session, moderator)
    here = f"/staff/calls/{call.id}/select"
    for query, seen, unseen in (
        ("nation=wales", "Ada Wales", "Bo Scotland"),
        ("constituency=civil-society", "Bo Scotland", "Ada Wales"),
        ("selected=chosen", "Ada Wales", "Bo Scotland"),
        ("selected=undecided", "Bo Scotland", "Ada Wales"),
    ):
        visitor.get(f"{here}?{query}")
        assert seen in visitor.text and unseen not in visitor.text, query
        visitor.get(f"{here}?{query}", **{"HX-Request": "true"})
        assert visitor.response.headers["part"] == "results"
    assert "No applicant fits these filters." in visitor.get(f"{here}?discipline=design").text
    assert "2 applicants." in visitor.get(f"{here}?nation=nonsense").text


def test_the_reserve_list_has_an_order(session: Session, call: Call, moderator: Person) -> None:
    ada, bo, cy = (factories.make_application(session, call, name=name) for name in ("Ada", "Bo", "Cy"))
    for each in (ada, bo):
        selecting.choose(session, each, Selected.RESERVE, because="x", by=moderator)
    selecting.choose(session, cy, Selected.RESERVE, because="first of all", by=moderator, place=1)
    selecting.choose(session, bo, Selected.RESERVE, because="earlier", by=moderator, place=1)
    assert [each.id for each in selecting.reserve(session, call)] == [bo.id, cy.id, ada.id]
    selecting.choose(session, ada, Selected.DECLINED, because="x", by=moderator)
    assert [each.id for each in selecting.reserve(session, call)] == [bo.id, cy.id]


def test_a_pair_is_chosen_as_one_and_counts_as_two(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    first = factories.make_application(session, call, name="Ada First", nation="wales")
    second = factories.make_application(session, call, name="Bo Second", nation="wales", second_to=first)
    visitor.sign_in(session, moderator)
    visitor.get(f"/staff/calls/{call.id}/applications/{second.id}")
    assert "The two are chosen together" in visitor.text
    visitor.post(f"/staff/calls/{call.id}/applications/{second.id}", {"selected": "chosen", "because": "x"})
    assert visitor.status == 409
    visitor.follow("Go to the home page")
    visitor.get(f"/staff/calls/{call.id}/applications/{first.id}")
    visitor.press("Save the decision", selected="chosen", because="Both from Wales")
    assert row(visitor, "Nation", "Wales")[2] == "2"


def test_only_confirmed_applications_of_this_call_are_shown(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    waiting = factories.make_application(session, call, name="Wanda Waiting")
    waiting.registration.confirmed_at = None
    other = factories.make_application(session, make_call(session, title="Another"), name="Otto Other")
    visitor.sign_in(session, moderator)
    assert "Nobody has applied and confirmed yet." in visitor.get(f"/staff/calls/{call.id}/select").text
    for application in (waiting, other):
        assert visitor.get(f"/staff/calls/{call.id}/applications/{application.id}").status == 404


def test_the_record_of_what_happened_names_nobody(session: Session, call: Call, moderator: Person) -> None:
    application = factories.make_application(session, call, name="Ada Unmistakable")
    selecting.choose(session, application, Selected.CHOSEN, because="Ada Unmistakable is good", by=moderator)
    session.commit()
    events = session.exec(select(AuditEvent).order_by(col(AuditEvent.id).desc())).all()
    assert events[0].action == "applicant selected" and '"selected":"chosen"' in events[0].detail
    assert all("Unmistakable" not in event.model_dump_json() for event in events)
    assert queries.selections(session, call)[application.id][0].because == "Ada Unmistakable is good"


def test_a_decision_leads_back_to_those_who_were_looked_at(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    factories.make_application(session, call, name="Ada Wales", nation="wales")
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/select?nation=wales").follow("Ada Wales")
    visitor.press("Save the decision", selected="chosen", because="")
    assert visitor.status == 422
    visitor.press("Save the decision", because="x")
    assert visitor.path == f"/staff/calls/{call.id}/select?nation=wales"


def test_staff_see_what_has_changed_since_they_decided(
    visitor: Visitor, session: Session, call: Call, moderator: Person
) -> None:
    apply(visitor, call)
    visitor.get(confirm_link(mails(session)[-1])).press("Confirm")
    (ada,) = applications(session)
    selecting.choose(session, ada, Selected.CHOSEN, because="From Wales", by=moderator)
    apply(visitor, call, nation="scotland")
    visitor.get(confirm_link(mails(session)[-1])).press("Confirm")
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/select")
    assert "Changed since decided" in visitor.text
    visitor.follow("Ada Example")
    assert "Look whether the decision still holds" in visitor.text
    visitor.press("Save the decision", selected="chosen", because="From Scotland")
    assert "Changed since decided" not in visitor.text


def test_staff_see_how_many_are_chosen_who_gets_a_mail_and_the_reserve_in_its_order(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    make_schemes(session)
    call = make_closed_call(session, places=2)
    names = ("Ada", "Bo", "Cy", "Di")
    ada, bo, cy, di = (factories.make_application(session, call, name=name) for name in names)
    factories.make_application(session, call, name="Partner", second_to=ada)
    for each, selected in ((ada, Selected.CHOSEN), (bo, Selected.CHOSEN)):
        selecting.choose(session, each, selected, because="x", by=moderator)
    selecting.choose(session, cy, Selected.RESERVE, because="x", by=moderator)
    selecting.choose(session, di, Selected.RESERVE, because="x", by=moderator, place=1)
    visitor.sign_in(session, moderator).get(f"/staff/calls/{call.id}/select")
    assert "1 person more is chosen than there are places" in visitor.text
    assert "Ada and the colleague who comes along: two places" in visitor.text
    order = [" ".join(each.text_content().split()) for each in visitor.page.xpath("//main//ol/li")]
    assert order == ["Di", "Cy"]
    visitor.press("Offer places to everybody chosen")
    assert "until" in visitor.page.xpath("string(//div[@id='results'])")
