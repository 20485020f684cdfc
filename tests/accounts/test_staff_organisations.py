"""Staff enter organisations, see the pilot's mix, put facts right, suspend and resume."""

from collections.abc import Iterable

import pytest
from sqlmodel import Session, select

from backend.accounts import inviting, membership, queries, sessions, suspending
from backend.accounts.queries import Filters, Stage
from backend.core import clock
from backend.notifications.models import OutboxMessage
from backend.people.models import Constituency, Organisation, Person, StaffRole, Standing
from backend.releases.models import Scheme, Term
from tests import factories
from tests.accounts import mailbox
from tests.browsing import Visitor

LEAD = "lead@newgames.example"


@pytest.fixture
def moderator(session: Session) -> Person:
    make_types(session, [("online-games", "online-services"), ("childrens-charity", "civil-society"), ("odd", "")])
    return factories.make_staff(session, StaffRole.MODERATOR)


def make_types(session: Session, types: Iterable[tuple[str, str]]) -> None:
    scheme = Scheme(slug="organisation-types", title="Organisation types", term_title="Organisation type")
    session.add(scheme)
    session.flush()
    for position, (code, group) in enumerate(types):
        label = code.capitalize().replace("-", " ")
        session.add(Term(scheme_id=scheme.id, code=code, label=label, group=group, position=position))
    session.flush()


def enter(visitor: Visitor, **fields: str) -> Visitor:
    facts = {"name": "New Games", "type_code": "online-games", "lead_email": LEAD, **fields}
    return visitor.get("/staff/organisations/new").press("Enter it and invite the lead", **facts)


def organisation_named(session: Session, name: str) -> Organisation:
    session.commit()
    return session.exec(select(Organisation).where(Organisation.name == name)).one()


def test_an_organisation_and_its_lead_s_invitation_are_made_in_one_act(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    visitor.sign_in(session, moderator)
    enter(visitor, name="Café <b>Games</b>", size_band="10-to-49")
    assert visitor.path == "/staff/organisations/cafe-b-games-b", visitor.text
    assert "Café <b>Games</b>" in visitor.text
    assert LEAD in visitor.text
    made = organisation_named(session, "Café <b>Games</b>")
    assert (made.constituency, made.size_band, made.nation) == (Constituency.ONLINE_SERVICES, "10-to-49", "")
    message = mailbox.last(session, "invitation")
    assert message.to == LEAD
    assert "and you to lead its part" in message.text


def test_a_type_that_says_no_constituency_is_asked_for_one(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    visitor.sign_in(session, moderator)
    enter(visitor, type_code="odd")
    assert visitor.status == 422
    assert "Select the constituency" in visitor.text
    visitor.press("Enter it and invite the lead", constituency="civil-society")
    assert organisation_named(session, "New Games").constituency is Constituency.CIVIL_SOCIETY


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"name": " "}, "Enter the name"),
        ({"type_code": ""}, "Select what type"),
        ({"lead_email": "x"}, "Enter an email address"),
        ({"name": "openFEED"}, "There is an organisation with this name already"),
    ],
)
def test_mistakes_are_told_and_nothing_is_made(
    visitor: Visitor, session: Session, moderator: Person, fields: dict[str, str], words: str
) -> None:
    factories.make_organisation(session, name="Openfeed")
    visitor.sign_in(session, moderator)
    enter(visitor, **fields)
    assert visitor.status == 422
    assert words in visitor.text
    session.commit()
    assert len(session.exec(select(Organisation)).all()) == 1
    assert not mailbox.mails(session, "invitation")


def test_strange_facts_are_refused_in_words(visitor: Visitor, session: Session, moderator: Person) -> None:
    visitor.sign_in(session, moderator)
    for field in ("size_band", "nation", "likely_used_by_children", "type_code"):
        facts = {"name": "X", "type_code": "online-games", "lead_email": LEAD, field: "nonsense"}
        visitor.post("/staff/organisations/new", facts)
        assert visitor.status == 422


def test_addresses_stay_apart_where_names_look_alike_and_pages_keep_theirs(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    visitor.sign_in(session, moderator)
    for name in ("New", "Mix", "A B", "A-B", "日本"):
        enter(visitor, name=name, lead_email=f"lead{ord(name[0])}{len(name)}@example.org")
        assert visitor.status == 200, name
    session.commit()
    slugs = set(session.exec(select(Organisation.slug)))
    assert slugs == {"new-2", "mix-2", "a-b", "a-b-2", "organisation"}


def test_the_list_shows_how_far_each_has_come_and_filters_by_it(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    taking_part = factories.make_organisation(session, name="Takes part")
    factories.make_member(session, taking_part)
    invited = factories.make_organisation(
        session, name="Is invited", type_code="childrens-charity", constituency=Constituency.CIVIL_SOCIETY
    )
    suspended = factories.make_organisation(session, name="Is suspended")
    factories.make_member(session, suspended)
    suspending.suspend(session, suspended, because="Because.", by=moderator)
    visitor.sign_in(session, moderator).get("/staff/organisations")
    assert "3 organisations." in visitor.text
    for stage, organisation in (("taking-part", taking_part), ("invited", invited), ("suspended", suspended)):
        visitor.get(f"/staff/organisations?stage={stage}")
        assert "1 organisation." in visitor.text
        assert organisation.name in visitor.text
        assert queries.stage_of(session, organisation) == Stage(stage)
    visitor.get("/staff/organisations?constituency=civil-society")
    assert "Is invited" in visitor.text
    assert "Takes part" not in visitor.text
    visitor.get("/staff/organisations?stage=nonsense")
    assert "3 organisations." in visitor.text


def test_an_organisation_that_everybody_left_is_told_from_one_that_is_invited(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    lead = factories.make_member(session, factories.make_organisation(session, name="Empty Games"))
    membership.leave(session, lead.memberships[0], by=lead)
    factories.make_organisation(session, name="New Games")
    session.commit()
    visitor.sign_in(session, moderator).get("/staff/organisations?stage=left")
    assert "Empty Games" in visitor.text and "Everybody has left" in visitor.text and "New Games" not in visitor.text
    mix = queries.mix(session)
    assert sum(mix.sizes.values()) == 1, "it counts in no mix"


def test_pages_of_the_list_lose_nobody_and_name_nobody_twice(session: Session, moderator: Person) -> None:
    everyone = list(Constituency)
    for number in range(2 * queries.PAGE + 3):
        factories.make_organisation(session, name=f"Same {number}", constituency=everyone[number % 4])
    seen: list[int] = []
    after: int | None = 0
    while after is not None:
        found, after = queries.listed(session, Filters(), after=after)
        seen += [item.organisation.id for item in found]
    assert len(seen) == len(set(seen)) == 2 * queries.PAGE + 3
    order = [everyone.index(session.get_one(Organisation, id_).constituency) for id_ in seen]
    assert order == sorted(order)


def test_the_mix_counts_and_names_what_is_missing(visitor: Visitor, session: Session, moderator: Person) -> None:
    for size in ("under-10", "under-10", "250-or-more"):
        organisation = factories.make_organisation(session)
        organisation.size_band = size
        session.add(organisation)
        factories.make_member(session, organisation)
    factories.make_specialist(session)
    mix = queries.mix(session)
    assert mix.types["online-services", "online-games", "taking-part"] == 3
    assert mix.types["childrens-rights-specialists", "academia", "specialist"] == 1
    assert mix.sizes["under-10", "online-services"] == 2
    assert mix.nations["", "online-services"] == 3
    visitor.sign_in(session, moderator).get("/staff/organisations/mix")
    assert "Nobody takes part yet from: Childrens charity." in visitor.text


def test_suspending_signs_everybody_out_tells_them_why_and_keeps_them_out(
    visitor: Visitor, session: Session, moderator: Person
) -> None:
    framework = factories.make_framework(session)
    round_ = factories.make_round(session, framework)
    assert round_
    organisation = factories.make_organisation(session, name="Openfeed")
    lead = factories.make_member(session, organisation, standing=Standing.LEAD)
    factories.make_member(session, organisation)
    sessions.open_session(session, lead)
    visitor.sign_in(session, moderator).get(f"/staff/organisations/{organisation.slug}/suspend")
    visitor.press("Suspend the organisation")
    assert visitor.status == 422
    visitor.press("Suspend the organisation", because="Two people used one account 100% of the time.")
    assert "Suspended" in visitor.text
    assert sessions.open_sessions(session, lead) == []
    told = mailbox.mails(session, "organisation-suspended")
    assert len(told) == 2
    assert "Two people used one account" in told[0].text
    visitor.sign_in(session, lead)
    for path in ("/my-panel", "/organisation", "/organisation/invite"):
        visitor.get(path)
        assert visitor.status == 403
        assert "Openfeed has been suspended. The reason given: “Two people used one account 100% of the time”." in (
            visitor.text
        )
    visitor.post("/frameworks/harms/comment", {"body": "A point", "kind": "evidence"})
    assert visitor.status == 403
    assert "Your organisation is not taking part at the moment" in visitor.text
    assert visitor.get("/account").status == 200


def test_resuming_lets_them_in_again(visitor: Visitor, session: Session, moderator: Person) -> None:
    organisation = factories.make_organisation(session, name="Openfeed")
    lead = factories.make_member(session, organisation, standing=Standing.LEAD)
    suspending.suspend(session, organisation, because="Because.", by=moderator)
    visitor.sign_in(session, moderator).get(f"/staff/organisations/{organisation.slug}/suspend")
    assert visitor.status == 409
    visitor.get(f"/staff/organisations/{organisation.slug}").press("Let it take part again")
    assert "takes part again" in visitor.text
    assert mailbox.last(session, "organisation-resumed").to == lead.email
    visitor.post(f"/staff/organisations/{organisation.slug}/resume")
    assert visitor.status == 409
    assert visitor.sign_in(session, lead).get("/organisation").status == 200


def test_facts_are_put_right_and_the_address_stays(visitor: Visitor, session: Session, moderator: Person) -> None:
    organisation = factories.make_organisation(session, name="Openfeed")
    slug = organisation.slug
    visitor.sign_in(session, moderator).get(f"/staff/organisations/{slug}").follow("Correct the facts")
    visitor.press("Save", name="Open Feed", type_code="childrens-charity", nation="wales")
    assert visitor.path == f"/staff/organisations/{slug}"
    assert "Open Feed" in visitor.text
    session.commit()
    session.refresh(organisation)
    assert (organisation.constituency, organisation.nation) == (Constituency.CIVIL_SOCIETY, "wales")


def test_staff_look_after_every_invitation(visitor: Visitor, session: Session, moderator: Person) -> None:
    organisation = factories.make_organisation(session, name="Openfeed")
    other = factories.make_organisation(session)
    invitation = inviting.invite_lead(session, organisation, email=LEAD, by=moderator)
    visitor.sign_in(session, moderator)
    for act in ("resend", "revoke"):
        visitor.post(f"/staff/organisations/{other.slug}/invitations/{invitation.id}/{act}")
        assert visitor.status == 404
    visitor.get(f"/staff/organisations/{organisation.slug}").press("Send it again")
    assert len(mailbox.mails(session, "invitation")) == 2
    visitor.press("Take it back")
    assert LEAD not in visitor.text
    visitor.follow("Invite a lead").press("Send the invitation", email=LEAD)
    assert f"We have sent an invitation to {LEAD}" in visitor.text
    visitor.follow("Invite a lead").press("Send the invitation", email=LEAD)
    assert visitor.status == 422
    assert "has been invited already" in visitor.text


def test_no_mail_holds_a_secret_but_the_link(session: Session, moderator: Person) -> None:
    organisation = factories.make_organisation(session, name="Openfeed")
    inviting.invite_lead(session, organisation, email=LEAD, by=moderator)
    suspending.suspend(session, organisation, because="Because.", by=moderator)
    session.commit()
    for message in session.exec(select(OutboxMessage)):
        assert "None" not in message.text
        assert "\n\n\n\n" not in message.text
    assert clock.now()
