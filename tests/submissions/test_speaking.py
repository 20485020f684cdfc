import pytest
from sqlmodel import Session, select

from backend.comments import drafting
from backend.comments.models import Kind
from backend.people.models import Constituency, Person
from backend.releases import rounds
from backend.releases.models import Round
from backend.submissions import queries, speaking
from backend.submissions.models import PublishAs, SpeakingFor, Submission
from tests.factories import (
    make_framework,
    make_member,
    make_organisation,
    make_round,
    make_scheme,
    make_specialist,
    make_staff,
    make_submission,
)
from tests.taking_part import viewer_of

NAMED, BY_TYPE, SUMMARY = PublishAs.NAMED, PublishAs.BY_TYPE, PublishAs.SUMMARY_ONLY


@pytest.fixture
def open_round(session: Session) -> Round:
    return make_round(session, make_framework(session))


def speak(session: Session, round_: Round, person: Person, how: SpeakingFor, what: PublishAs = NAMED) -> Submission:
    return speaking.speak(session, round_, viewer_of(session, person), speaking_for=how, publish_as=what)


def test_colleagues_share_one_submission_with_a_reference(session: Session, open_round: Round) -> None:
    brightplay = make_organisation(session)
    first = speak(session, open_round, make_member(session, brightplay), SpeakingFor.ORGANISATION)
    second = speak(session, open_round, make_member(session, brightplay), SpeakingFor.MEMBERS)
    assert first.id == second.id and len(first.reference) == 8
    assert first.voice == f"organisation:{brightplay.id}"


def test_a_member_may_speak_privately_beside_their_organisation(session: Session, open_round: Round) -> None:
    member = make_member(session)
    own = speak(session, open_round, member, SpeakingFor.PRIVATE)
    assert own.voice == f"person:{member.id}" and own.publish_as is SUMMARY
    assert speak(session, open_round, member, SpeakingFor.ORGANISATION).id != own.id


def test_nobody_speaks_for_what_they_do_not_belong_to(session: Session, open_round: Round) -> None:
    with pytest.raises(speaking.CannotSpeak):
        speak(session, open_round, make_specialist(session), SpeakingFor.ORGANISATION)
    with pytest.raises(speaking.CannotSpeak):
        speak(session, open_round, make_member(session), SpeakingFor.SPECIALIST)
    with pytest.raises(speaking.CannotSpeak):
        speak(session, open_round, make_staff(session), SpeakingFor.PRIVATE)


def test_nobody_speaks_in_a_closed_round(session: Session) -> None:
    over = make_round(session, make_framework(session), opened_days_ago=7, closes_in_days=-1)
    with pytest.raises(rounds.RoundClosed):
        speak(session, over, make_member(session), SpeakingFor.ORGANISATION)


def test_what_a_person_chose_for_themselves_outlasts_what_a_colleague_chooses(
    session: Session, open_round: Round
) -> None:
    brightplay = make_organisation(session)
    careful, open_one = make_member(session, brightplay), make_member(session, brightplay)
    careful_viewer, open_viewer = viewer_of(session, careful), viewer_of(session, open_one)
    speaking.choose(session, open_round, careful_viewer, speaking_for=SpeakingFor.PRIVATE, publish_as=NAMED)
    speaking.choose(session, open_round, open_viewer, speaking_for=SpeakingFor.ORGANISATION, publish_as=NAMED)
    chosen = queries.find_choice(session, open_round, careful_viewer)
    assert chosen and chosen.speaking_for is SpeakingFor.PRIVATE and chosen.publish_as is SUMMARY
    newcomer = queries.find_choice(session, open_round, viewer_of(session, make_member(session, brightplay)))
    assert newcomer and newcomer.speaking_for is SpeakingFor.ORGANISATION


def test_a_choice_for_one_point_leaves_the_general_one(session: Session, open_round: Round) -> None:
    viewer = viewer_of(session, make_member(session))
    speaking.choose(session, open_round, viewer, speaking_for=SpeakingFor.ORGANISATION, publish_as=BY_TYPE)
    drafting.begin(
        session, viewer, open_round, kind=Kind.ERROR, body="x", speaking_for=SpeakingFor.ORGANISATION, publish_as=NAMED
    )
    assert session.exec(select(Submission)).one().publish_as is BY_TYPE


@pytest.mark.parametrize(
    ("how", "what", "others", "byline"),
    [
        (SpeakingFor.ORGANISATION, NAMED, "", "Brightplay"),
        (SpeakingFor.MEMBERS, NAMED, "", "Brightplay, for its members"),
        (SpeakingFor.MEMBERS, NAMED, "Acme Toys", "Brightplay, for Acme Toys"),
        (SpeakingFor.ORGANISATION, BY_TYPE, "", "Online services"),
        (SpeakingFor.MEMBERS, BY_TYPE, "Acme Toys", "Online services, for its members"),
        (SpeakingFor.ORGANISATION, SUMMARY, "", None),
        (SpeakingFor.PRIVATE, NAMED, "", None),
        (SpeakingFor.PRIVATE, BY_TYPE, "", None),
    ],
)
def test_the_byline_of_a_member_is_as_chosen(
    session: Session, open_round: Round, how: SpeakingFor, what: PublishAs, others: str, byline: str | None
) -> None:
    viewer = viewer_of(session, make_member(session, make_organisation(session, name="Brightplay")))
    assert byline == speaking.byline(
        session, open_round, viewer, speaking_for=how, publish_as=what, on_behalf_of=others
    )


def test_a_specialist_is_named_with_their_field(session: Session, open_round: Round) -> None:
    viewer = viewer_of(session, make_specialist(session, name="Dr Ana"))
    byline = speaking.byline(session, open_round, viewer, speaking_for=SpeakingFor.SPECIALIST, publish_as=NAMED)
    assert byline == "Dr Ana (Child development, verified)"


def test_a_type_is_named_only_where_five_of_it_take_part(session: Session, open_round: Round) -> None:
    make_scheme(session, "organisation-types", ["online-games"])
    viewer = viewer_of(session, make_member(session))
    how = {"speaking_for": SpeakingFor.ORGANISATION, "publish_as": BY_TYPE}
    for _ in range(3):
        make_submission(session, open_round, organisation=make_organisation(session))
    other = make_organisation(session, type_code="charity", constituency=Constituency.CIVIL_SOCIETY)
    make_submission(session, open_round, organisation=other)
    assert speaking.byline(session, open_round, viewer, **how) == "Online services"
    make_submission(session, open_round, organisation=make_organisation(session))
    assert speaking.byline(session, open_round, viewer, **how) == "Organisation types online-games"
