"""Who no longer takes part keeps hold of what they said themselves, and of nothing else."""

import pytest
from sqlmodel import Session

from backend.comments import commenting, drafting
from backend.comments.models import Comment, Kind, State
from backend.core import clock
from backend.people.models import Person
from backend.releases.models import Round
from backend.submissions.models import PublishAs, SpeakingFor
from tests.browsing import Visitor
from tests.factories import make_framework, make_member, make_round
from tests.taking_part import viewer_of


@pytest.fixture
def open_round(session: Session) -> Round:
    return make_round(session, make_framework(session))


@pytest.fixture
def member(session: Session) -> Person:
    return make_member(session)


def said(session: Session, round_: Round, member: Person, speaking_for: SpeakingFor, *, body: str) -> Comment:
    """A point of their own, or a draft for the organisation."""
    say = commenting.send if speaking_for is SpeakingFor.PRIVATE else drafting.begin
    return say(
        session, viewer_of(session, member), round_, kind=Kind.QUESTION, body=body, speaking_for=speaking_for,
        publish_as=PublishAs.SUMMARY_ONLY,
    )  # fmt: skip


def leave(session: Session, member: Person) -> None:
    """The member belongs to nobody any more."""
    member.memberships[0].left_at = clock.now()
    session.commit()


def test_a_private_point_is_still_read_and_taken_back(
    session: Session, open_round: Round, member: Person, visitor: Visitor
) -> None:
    point = said(session, open_round, member, SpeakingFor.PRIVATE, body="What is this for?")
    ours = said(session, open_round, member, SpeakingFor.ORGANISATION, body="We wonder too.")
    leave(session, member)
    visitor.sign_in(session, member).get("/account").follow("What you have said")
    assert "What is this for?" in visitor.text
    assert "We wonder too." not in visitor.text
    visitor.get(f"/comments/{point.reference}")
    assert "Change this point" not in visitor.text
    visitor.follow("Withdraw this point").press("Withdraw")
    assert "has been withdrawn" in visitor.page.text_content()
    session.commit()
    assert session.get_one(Comment, point.id).state is State.WITHDRAWN
    assert visitor.get(f"/comments/{ours.reference}").status == 404
    assert visitor.post(f"/comments/{ours.reference}/discard").status == 404


def test_nothing_new_can_be_said(session: Session, open_round: Round, member: Person, visitor: Visitor) -> None:
    point = said(session, open_round, member, SpeakingFor.PRIVATE, body="What is this for?")
    leave(session, member)
    visitor.sign_in(session, member)
    assert visitor.get(f"/comments/{point.reference}/edit").status == 403
    assert visitor.post(f"/comments/{point.reference}/edit", {"body": "Other words", "step": "send"}).status == 403
