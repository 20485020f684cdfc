"""Deciding at the staff pages."""

from sqlmodel import Session

from backend.answers import queries
from backend.answers.models import Outcome
from backend.comments.models import Kind, State
from backend.people.models import Membership, StaffRole
from tests import factories
from tests.answers.scene import Scene
from tests.browsing import Visitor


def test_points_are_attached_to_an_answer_together(session: Session, visitor: Visitor) -> None:
    scene = Scene(session, points=3)
    session.commit()
    visitor.sign_in(session, scene.staff).get("/staff/decide")
    assert "Point number 2" in visitor.text and "CCHF-01, the whole entry: 3" in visitor.text
    visitor.follow("Write an answer")
    words = {"title": "Autoplay", "you_said": "Say **more**.", "we_did": "It is off now.", "outcome": "not changed"}
    visitor.press("Preview", **words)
    assert "As it will appear: Autoplay" in visitor.text and "Say more." in visitor.text
    visitor.press("Save the answer")
    assert "No points yet" in visitor.text
    visitor.follow("Find points to attach")
    answer = queries.answers(session, scene.draft)[0]
    visitor.press("Attach to the answer", points=[comment.reference for comment in scene.comments], answer=answer.id)
    assert "3 points decided" in visitor.text and "No point fits these filters" in visitor.text
    visitor.get(f"/staff/answers/{answer.id}")
    visitor.press("Take the selected points away", points=scene.comment.reference)
    assert queries.progress(session, scene.draft).undecided == 1
    assert "Answers of release 0.2" in visitor.get("/staff/answers").text


def test_mistakes_keep_what_was_selected(session: Session, visitor: Visitor) -> None:
    scene = Scene(session, points=2)
    session.commit()
    visitor.sign_in(session, scene.staff).get("/staff/decide")
    visitor.press("Decide", points=scene.comment.reference)
    assert visitor.status == 422 and "Select what you decide" in visitor.text and "Enter the reason" in visitor.text
    assert visitor.page.xpath(f"//input[@value='{scene.comment.reference}' and @checked]")
    visitor.press("Decide", points=[], outcome="not changed", reason="No.")
    assert visitor.status == 422 and "Select the points" in visitor.text
    visitor.press("Decide", points=scene.comment.reference, outcome="nonsense", reason="x" * 20_001)
    assert visitor.status == 422
    visitor.press("Decide", points="BBBBBBBB", outcome="not changed", reason="No.")
    assert visitor.status == 404


def test_one_point_is_decided_on_its_own_page(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    scene.change("CCHF-02")
    session.commit()
    page = f"/staff/decide/{scene.comment.reference}"
    visitor.sign_in(session, scene.staff).get(page)
    visitor.press("Decide", outcome="changed")
    assert visitor.status == 422 and "Enter the reason" in visitor.text
    visitor.press("Decide", outcome="changed", reason="Done.", entry="CCHF-99")
    assert visitor.status == 422 and "Enter the code of an entry" in visitor.text
    visitor.press("Decide", outcome="changed", reason="Done.", entry="")
    assert visitor.status == 422 and "Say where the words changed" in visitor.text
    visitor.get(page).press("Decide", outcome="changed", reason="Done.", entry="cchf-02", field="title")
    assert "is decided" in visitor.text
    decision = queries.current_decisions(session, [scene.comment])[scene.comment.id]
    assert (decision.outcome, decision.field) == (Outcome.CHANGED, "title")
    visitor.press("Make it undecided again")
    assert "undecided again" in visitor.text
    assert queries.progress(session, scene.draft).undecided == 1


def test_the_list_can_be_filtered(session: Session, visitor: Visitor) -> None:
    scene = Scene(session, points=2)
    factories.make_comment(
        session, scene.submission, scene.author, kind=Kind.ERROR, state=State.HELD, body="100% wrong",
        entry=scene.entry, section="description",
    )  # fmt: skip
    session.commit()
    visitor.sign_in(session, scene.staff)
    assert "Point number" not in visitor.get("/staff/decide?q=100%25").text and "100% wrong" in visitor.text
    assert "100% wrong" not in visitor.get("/staff/decide?place=").text and "Point number 1" in visitor.text
    assert "100% wrong" in visitor.get("/staff/decide?place=section:description&entry=cchf-01&kind=error").text
    assert "No point fits" in visitor.get("/staff/decide?status=final").text
    assert "No point fits" in visitor.get("/staff/decide?outcome=changed").text
    scene.decide()
    session.commit()
    assert "Point number 0" in visitor.get("/staff/decide?status=drafted").text
    assert "Point number 0" not in visitor.get("/staff/decide?status=undecided").text


def test_many_points_come_page_by_page_each_once(session: Session, visitor: Visitor) -> None:
    scene = Scene(session, points=60)
    session.commit()
    visitor.sign_in(session, scene.staff).get("/staff/decide")
    first = set(visitor.page.xpath("//input[@name='points']/@value"))
    visitor.follow("Next page")
    second = set(visitor.page.xpath("//input[@name='points']/@value"))
    assert len(first) == 50 and len(second) == 10 and not first & second


def test_ones_own_point_is_left_to_others(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    session.add(Membership(organisation_id=scene.organisation.id, person_id=scene.staff.id))
    session.commit()
    session.refresh(scene.staff)
    visitor.sign_in(session, scene.staff).get(f"/staff/decide/{scene.comment.reference}")
    assert "Somebody else has to decide" in visitor.text
    visitor.post(
        f"/staff/decide/{scene.comment.reference}", {"outcome": "not changed", "reason": "No.", "step": "decide"}
    )
    assert visitor.status == 403


def test_without_a_draft_the_page_says_what_to_do(session: Session, visitor: Visitor) -> None:
    framework = factories.make_framework(session)
    factories.make_round(session, framework)
    visitor.sign_in(session, factories.make_staff(session)).get("/staff/decide")
    assert visitor.status == 200 and "There is no draft release" in visitor.text
    assert visitor.get("/staff/answers").status == 200
    assert visitor.get("/staff/answers/new").status == 409


def test_decisions_are_made_final_by_releasers_alone(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    scene.decide()
    session.commit()
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR))
    assert visitor.post("/staff/decide/make-final").status == 403
    visitor.sign_in(session, scene.author)
    for address in ("/staff/decide", "/staff/answers", f"/staff/decide/{scene.comment.reference}"):
        assert visitor.get(address).status == 403
    assert queries.progress(session, scene.draft).final == 0
