"""Belonging to an organisation: who may do what to whom, handing over, leaving, and coming back."""

from datetime import timedelta

import pytest
import time_machine
from sqlmodel import Session, select

from backend.accounts import membership, sessions
from backend.audit.models import AuditEvent
from backend.core import clock, tokens
from backend.core.errors import NotFound
from backend.people import queries
from backend.people.access import SESSION_COOKIE
from backend.people.models import Membership, Organisation, Person, Standing, WebSession
from tests import factories
from tests.accounts import mailbox
from tests.browsing import Visitor


@pytest.fixture
def organisation(session: Session) -> Organisation:
    return factories.make_organisation(session, name="Brightplay")


@pytest.fixture
def lead(session: Session, organisation: Organisation) -> Person:
    return factories.make_member(session, organisation, standing=Standing.LEAD, name="Priya Lead")


@pytest.fixture
def deputy(session: Session, organisation: Organisation) -> Person:
    return factories.make_member(session, organisation, standing=Standing.DEPUTY, name="Owen Deputy")


@pytest.fixture
def member(session: Session, organisation: Organisation) -> Person:
    return factories.make_member(session, organisation, name="Tom <b>Member</b>")


def place(session: Session, person: Person) -> Membership:
    session.expire(person)
    found = queries.find_place(person)
    assert found
    return found


def test_everybody_sees_who_belongs_and_only_some_may_change_it(
    visitor: Visitor, session: Session, lead: Person, deputy: Person, member: Person
) -> None:
    acts = {"member": (member, 0, 0), "deputy": (deputy, 1, 0), "lead": (lead, 2, 2)}
    for person, removals, standings in acts.values():
        visitor.sign_in(session, person).get("/organisation")
        for name in ("Priya Lead", "Owen Deputy", "Tom <b>Member</b>"):
            assert name in visitor.text
        assert len(visitor.page.xpath("//a[contains(@href, '/remove')]")) == removals
        assert len(visitor.page.xpath("//form[contains(@action, 'name-deputy')]")) == standings


def test_a_lead_names_a_deputy_and_takes_it_back(
    visitor: Visitor, session: Session, lead: Person, member: Person
) -> None:
    sessions.open_session(session, member)
    visitor.sign_in(session, lead).get("/organisation").press("Make a deputy")
    assert "is a deputy now" in visitor.text
    assert sessions.open_sessions(session, member) == []
    sessions.open_session(session, member)
    session.commit()
    assert place(session, member).standing is Standing.DEPUTY
    assert "You are now a deputy of Brightplay" in mailbox.last(session, "standing-changed").text
    visitor.press("Make a member again")
    assert place(session, member).standing is Standing.MEMBER
    assert sessions.open_sessions(session, member) == []
    assert "no longer a deputy" in mailbox.last(session, "standing-changed").text


def test_a_removed_member_is_signed_out_told_and_kept_out(
    visitor: Visitor, session: Session, lead: Person, member: Person
) -> None:
    sessions.open_session(session, member)
    visitor.sign_in(session, lead).get("/organisation").follow("Remove: Tom <b>Member</b>")
    assert "They are signed out everywhere at once" in visitor.text
    assert place(session, member)
    visitor.press("Remove them")
    assert visitor.path == "/organisation"
    session.commit()
    session.expire_all()
    assert queries.find_place(member) is None
    assert sessions.open_sessions(session, member) == []
    assert mailbox.last(session, "member-removed").to == member.email
    event = session.exec(select(AuditEvent).where(AuditEvent.action == "member removed")).one()
    assert member.name not in event.detail
    visitor.sign_in(session, member).get("/organisation")
    assert visitor.status == 403


def test_a_deputy_removes_members_but_neither_deputies_nor_the_lead(
    visitor: Visitor, session: Session, organisation: Organisation, lead: Person, deputy: Person, member: Person
) -> None:
    second = factories.make_member(session, organisation, standing=Standing.DEPUTY)
    visitor.sign_in(session, deputy)
    for person in (lead, second):
        for visit in (visitor.get, visitor.post):
            visit(f"/organisation/people/{place(session, person).id}/remove")
            assert visitor.status == 403
            assert "Only a lead can do this" in visitor.text
    visitor.post(f"/organisation/people/{place(session, member).id}/remove")
    assert visitor.status == 200
    for path in ("/organisation/hand-over", "/organisation/profile"):
        assert visitor.get(path).status == 403
    visitor.post(f"/organisation/people/{place(session, second).id}/unname-deputy")
    assert visitor.status == 403


def test_nobody_removes_themselves(visitor: Visitor, session: Session, lead: Person) -> None:
    visitor.sign_in(session, lead)
    for visit in (visitor.get, visitor.post):
        visit(f"/organisation/people/{place(session, lead).id}/remove")
        assert visitor.status == 409
        assert "You cannot remove yourself" in visitor.text


@pytest.mark.parametrize("act", ["remove", "name-deputy", "unname-deputy"])
def test_another_organisation_s_people_are_nobody_here(
    visitor: Visitor, session: Session, member: Person, act: str
) -> None:
    other = factories.make_member(session, standing=Standing.LEAD)
    theirs = place(session, member)
    visitor.sign_in(session, other).post(f"/organisation/people/{theirs.id}/{act}")
    assert visitor.status == 404
    visitor.get(f"/organisation/people/{theirs.id}/remove")
    assert visitor.status == 404
    with pytest.raises(NotFound):
        membership.remove(session, theirs, by=other)
    with pytest.raises(NotFound):
        membership.hand_over(session, to=theirs, by=other)
    assert place(session, member).standing is Standing.MEMBER


def test_the_lead_is_handed_over_and_both_are_told(
    visitor: Visitor, session: Session, lead: Person, member: Person
) -> None:
    visitor.sign_in(session, lead).get("/organisation").follow("Hand the lead over")
    visitor.press("Hand the lead over", to=str(place(session, member).id))
    assert visitor.status == 422
    assert "Select that you are sure" in visitor.text
    visitor.press("Hand the lead over", sure="yes")
    assert place(session, member).standing is Standing.LEAD
    assert place(session, lead).standing is Standing.DEPUTY
    told = {mail.to: mail.text for mail in mailbox.mails(session, "lead-handed-over")}
    assert set(told) == {lead.email, member.email}
    assert "You are now the lead" in told[member.email]
    assert "You are now a deputy" in told[lead.email]
    visitor.get("/organisation/hand-over")
    assert visitor.status == 403


def test_handing_over_ends_every_session_of_both_but_this_one_which_gets_a_new_token(
    visitor: Visitor, session: Session, lead: Person, member: Person
) -> None:
    for person in (lead, member):
        sessions.open_session(session, person)
    visitor.sign_in(session, lead).get("/organisation/hand-over")
    before = str(visitor.client.cookies.get(SESSION_COOKIE))
    until = session.get_one(WebSession, tokens.digest(before)).expires_at
    visitor.press("Hand the lead over", to=str(place(session, member).id), sure="yes")
    assert "You are a deputy." in visitor.text
    after = str(visitor.client.cookies.get(SESSION_COOKIE))
    session.commit()
    session.expire_all()
    assert after != before
    assert sessions.open_sessions(session, member) == []
    (kept,) = sessions.open_sessions(session, lead)
    assert (kept.id, kept.expires_at) == (tokens.digest(after), until)


def test_changing_who_leads_needs_a_fresh_confirmation(
    visitor: Visitor, session: Session, lead: Person, deputy: Person, member: Person
) -> None:
    visitor.sign_in(session, lead)
    acts = {
        f"people/{place(session, member).id}/name-deputy": {},
        f"people/{place(session, deputy).id}/unname-deputy": {},
        "hand-over": {"to": str(place(session, member).id), "sure": "yes"},
    }
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert visitor.get("/organisation").status == 200
        for act, typed in acts.items():
            visitor.post(f"/organisation/{act}", typed)
            assert visitor.status == 403
            assert "fresh confirmation" in visitor.text
        visitor.get("/organisation/hand-over")
        assert visitor.path.startswith("/confirm-it-is-you?next=")
    standings = [place(session, person).standing for person in (lead, deputy, member)]
    assert standings == [Standing.LEAD, Standing.DEPUTY, Standing.MEMBER]


def test_the_lead_is_not_handed_to_somebody_elsewhere(visitor: Visitor, session: Session, lead: Person) -> None:
    other = factories.make_member(session)
    factories.make_member(session, place(session, lead).organisation)
    visitor.sign_in(session, lead).get("/organisation/hand-over")
    visitor.post("/organisation/hand-over", {"to": str(place(session, other).id), "sure": "yes"})
    assert visitor.status == 422
    assert place(session, lead).standing is Standing.LEAD


def test_the_last_lead_cannot_leave_before_handing_over(session: Session, lead: Person, member: Person) -> None:
    with pytest.raises(membership.LastLead):
        membership.leave(session, place(session, lead), by=lead)
    membership.hand_over(session, to=place(session, member), by=lead)
    membership.leave(session, place(session, lead), by=lead)
    session.expire_all()
    assert queries.find_place(lead) is None


def test_a_lead_on_their_own_can_leave(session: Session, lead: Person) -> None:
    membership.leave(session, place(session, lead), by=lead)
    session.expire_all()
    assert queries.find_place(lead) is None


def test_of_two_leads_who_leave_at_once_one_stays(session: Session, organisation: Organisation, lead: Person) -> None:
    second = factories.make_member(session, organisation, standing=Standing.LEAD)
    factories.make_member(session, organisation)
    mine, theirs = place(session, lead), place(session, second)
    membership.leave(session, mine, by=lead)
    with pytest.raises(membership.LastLead):
        membership.leave(session, theirs, by=second)


def test_nobody_makes_somebody_else_leave(session: Session, lead: Person, member: Person) -> None:
    with pytest.raises(NotFound):
        membership.leave(session, place(session, member), by=lead)


def test_of_two_who_remove_each_other_one_wins(session: Session, organisation: Organisation, lead: Person) -> None:
    second = factories.make_member(session, organisation, standing=Standing.LEAD)
    mine, theirs = place(session, lead), place(session, second)
    membership.remove(session, theirs, by=lead)
    with pytest.raises(NotFound):
        membership.remove(session, mine, by=second)


def test_somebody_who_left_can_come_back_to_the_same_place(
    session: Session, organisation: Organisation, lead: Person, deputy: Person
) -> None:
    before = place(session, deputy).id
    membership.leave(session, place(session, deputy), by=deputy)
    membership.join(session, organisation, deputy, standing=Standing.MEMBER)
    again = place(session, deputy)
    assert (again.id, again.standing) == (before, Standing.MEMBER)
    session.commit()
    actions = session.exec(select(AuditEvent.action).where(AuditEvent.actor_id == deputy.id)).all()
    assert list(actions) == ["left", "joined"]


def test_joining_again_never_lowers_a_standing(session: Session, organisation: Organisation, lead: Person) -> None:
    membership.join(session, organisation, lead, standing=Standing.MEMBER)
    assert place(session, lead).standing is Standing.LEAD


def test_the_profile_is_the_lead_s_to_keep(visitor: Visitor, session: Session, lead: Person) -> None:
    visitor.sign_in(session, lead).get("/organisation").follow("Change the profile")
    visitor.press("Save: this is right", about="x" * 601)
    assert visitor.status == 422
    assert "Use 600 characters or fewer" in visitor.text
    visitor.press(
        "Save: this is right", size_band="under-10", nation="scotland", likely_used_by_children="not-sure",
        about="<script>alert(1)</script>",
    )  # fmt: skip
    assert "The profile is saved" in visitor.text
    assert "<script>alert(1)</script>" in visitor.text
    assert "Scotland" in visitor.text


def test_a_lead_accepts_a_newer_version_of_the_terms_for_the_organisation(
    visitor: Visitor, session: Session, lead: Person, member: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor.sign_in(session, lead).get("/organisation")
    assert "No lead has accepted the terms" in visitor.text
    visitor.press("Accept version 1 for the organisation")
    assert "A lead accepted version 1" in visitor.text
    monkeypatch.setattr("backend.accounts.terms.VERSION", "2")
    visitor.get("/organisation").press("Accept version 2 for the organisation")
    assert "A lead accepted version 2" in visitor.text
    assert not visitor.page.xpath("//form[@action='/organisation/accept-terms']")
    visitor.sign_in(session, member).get("/organisation")
    assert not visitor.page.xpath("//form[@action='/organisation/accept-terms']")
    visitor.post("/organisation/accept-terms")
    assert visitor.status == 403


def test_a_removed_member_s_open_form_is_refused_in_words_and_gives_the_text_back(
    visitor: Visitor, session: Session, lead: Person, member: Person
) -> None:
    factories.make_round(session, factories.make_framework(session))
    visitor.sign_in(session, member).get("/frameworks/harms/entries/CCHF-01/comment")
    assert visitor.status == 200
    membership.remove(session, place(session, member), by=lead)
    session.commit()
    form = next(form for form in visitor.page.forms if form.get("method") == "post" and "comment" in form.get("action"))
    words = "Half an hour of work on autoplay."
    visitor.post(form.get("action"), {**dict(form.form_values()), "body": words})
    assert visitor.status == 401
    assert "Sign in to continue" in visitor.text
    assert words in visitor.text
