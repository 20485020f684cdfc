"""The desk, the workbench and the rounds."""

from datetime import timedelta

from sqlmodel import Session, select
from time_machine import travel

from backend.core import clock
from backend.people.models import StaffRole
from backend.releases import queries
from backend.releases.kinds import RoundState
from backend.releases.models import Retirement, Revision
from backend.suggestions.models import Cause
from tests import factories
from tests.answers.scene import Scene
from tests.browsing import Visitor
from tests.suggestions.test_merging import edit, line, suggest

HOSTILE = "<script>alert(1)</script> <div data-hx-get=/x data-hx-trigger=load></div> [x](javascript:alert(1))"


def releaser(session: Session, visitor: Visitor, scene: Scene) -> Visitor:
    """The scene is there, and its member of staff is signed in."""
    session.commit()
    return visitor.sign_in(session, scene.staff)


def test_the_desk_says_what_is_left(session: Session, visitor: Visitor) -> None:
    scene = Scene(session, points=3)
    scene.decide()
    releaser(session, visitor, scene).get("/staff/desk")
    for words in ("2 Points to decide", "0 Points to check", "2 points have no decision", "Answers are due by"):
        assert words in visitor.text
    for role in StaffRole:
        visitor.sign_in(session, factories.make_staff(session, role))
        assert visitor.get("/staff/desk").status == 200
    assert visitor.sign_in(session, scene.author).get("/staff/desk").status == 403


def test_the_desk_without_a_draft_or_a_round_says_what_to_do(session: Session, visitor: Visitor) -> None:
    factories.make_framework(session)
    visitor.sign_in(session, factories.make_staff(session)).get("/staff/desk")
    assert "No draft is open" in visitor.text and "no round yet" in visitor.text
    visitor.follow("Open the draft of the next release")
    visitor.press("Open the draft", number="x", title="")
    assert visitor.status == 422 and "Enter a number such as 0.3" in visitor.text
    visitor.press("Open the draft", number="0.1", title="Again")
    assert visitor.status == 422 and "is a release 0.1 already" in visitor.text
    visitor.press("Open the draft", number="0.2", title="Second")
    assert "Draft of release 0.2" in visitor.text and "Nothing differs" in visitor.text


def test_an_entry_is_edited_with_a_reason_and_its_prompts(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    releaser(session, visitor, scene).get("/staff/release").follow("Edit CCHF-01")
    assert visitor.page.xpath("//input[@name='terms_code_standards' and @checked]/@value") == ["2", "7"]
    visitor.press("Save in the draft", title="", section_description="Kept words")
    assert visitor.status == 422 and "Enter a title" in visitor.text and "Enter why" in visitor.text
    assert "Kept words" in visitor.page.findtext(".//textarea[@name='section_description']")
    visitor.press("Save in the draft", title="Plainer", because="Asked for.", prompted_by="BBBBBBBB")
    assert visitor.status == 422 and "There is no point BBBBBBBB" in visitor.text
    visitor.press("Save in the draft", prompted_by=scene.comment.reference.lower(), terms_code_standards=["2", "12"])
    assert "CCHF-01 is saved" in visitor.text and "Brightplay" in visitor.text
    session.expire_all()
    content = line(scene).content
    assert (content.title, content.terms["code-standards"]) == ("Plainer", ("2", "12"))
    assert content.sections["description"] == "Kept words"
    assert {cause.field for cause in session.exec(select(Cause))} == {
        "title", "section:description", "terms:code-standards",
    }  # fmt: skip
    visitor.get("/staff/release/entries/CCHF-01").press("Save in the draft", because="x", title="y" * 20_001)
    assert visitor.status == 422
    visitor.get("/staff/release/entries/CCHF-01").press("Save in the draft", because="x\0", title="y")
    assert visitor.status == 422
    visitor.post("/staff/release/entries/CCHF-01", {"title": "x", "because": "x", "terms_code_standards": "99"})
    assert visitor.status == 422 and "has no term 99" in visitor.text


def test_two_browsers_editing_one_entry_lose_neither_text(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    releaser(session, visitor, scene).get("/staff/release/entries/CCHF-01")
    edit(scene, "- Somebody else wrote this")
    session.commit()
    visitor.press("Save in the draft", section_mitigations="- I wrote this", because="Mine.")
    assert visitor.status == 409
    assert "Somebody else has changed this entry" in visitor.text and "Somebody else wrote this" in visitor.text
    assert "- I wrote this" in visitor.page.findtext(".//textarea[@name='section_mitigations']")
    number = line(scene).number
    visitor.press("Save in the draft", section_mitigations="- We both wrote this")
    assert "is saved" in visitor.text
    session.expire_all()
    assert line(scene).content.sections["mitigations"] == "- We both wrote this"
    assert line(scene).number == number + 1
    assert "- Somebody else wrote this" in {
        revision.content.sections.get("mitigations") for revision in session.exec(select(Revision))
    }


def test_entries_are_added_and_retired(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    releaser(session, visitor, scene).get("/staff/release/add-entry")
    visitor.press("Save in the draft", title="Hidden costs", because="It was missing.", section_description="New.")
    assert "Entry CCHF-04 has been added" in visitor.text
    visitor.get("/staff/release/entries/CCHF-02/retire")
    visitor.press("Retire the entry")
    assert visitor.status == 422
    visitor.press("Retire the entry", because="CCHF-04 says it.", superseded_by="CCHF-02")
    assert visitor.status == 422 and "another entry" in visitor.text
    visitor.press("Retire the entry", because="CCHF-04 says it.", superseded_by="CCHF-04")
    assert "Retired: CCHF-02" in visitor.text and "CCHF-04 takes its place" in visitor.text
    assert session.exec(select(Retirement)).one().because == "CCHF-04 says it."
    assert visitor.get("/staff/release/entries/CCHF-02").status == 404
    assert visitor.get("/staff/release/entries/CCHF-99").status == 404


def test_competing_wordings_stand_side_by_side(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    suggest(scene, "- One way to say it")
    suggest(scene, "- Another way to say it")
    releaser(session, visitor, scene).get("/staff/release")
    assert "competing wordings" in visitor.text and "Another way to say it" in visitor.text
    visitor.follow("Compare and merge")
    visitor.press("Accept the suggestion")
    visitor.get("/staff/release")
    assert "competing wordings" not in visitor.text


def test_a_round_is_opened_extended_and_closed_with_public_reasons(session: Session, visitor: Visitor) -> None:
    framework = factories.make_framework(session)
    visitor.sign_in(session, factories.make_staff(session)).get("/staff/rounds")
    visitor.follow("Open a round on release 0.1")
    facts = {
        "title": "First round", "use_statement": "We read it.", "can_change": "Words.", "cannot_change": "The code.",
        "questions": "What is missing?\n\nWhat is wrong?",
    }  # fmt: skip
    today = clock.today()
    visitor.press("Plan the round", closes_on="soon", **facts)
    assert visitor.status == 422 and "Enter the last day" in visitor.text
    visitor.press("Plan the round", closes_on=str(today - timedelta(days=1)), **facts)
    assert visitor.status == 422 and "after the round opens" in visitor.text
    visitor.press("Plan the round", closes_on=str(today + timedelta(days=10)), **facts)
    assert "The round is planned" in visitor.text
    round_ = queries.find_round(session, framework)
    assert round_ and round_.is_open and len(round_.questions) == 2
    assert "11:59pm" in visitor.text
    visitor.follow("Extend it")
    visitor.press("Extend the round", closes_on=str(today + timedelta(days=5)), because="More time.")
    assert visitor.status == 422
    visitor.press("Extend the round", closes_on=str(today + timedelta(days=20)), because="More time.")
    assert "Why the times were changed: More time." in visitor.text
    visitor.follow("Close it now")
    visitor.press("Close the round", because="All have answered.")
    assert visitor.status == 422 and "Confirm" in visitor.text
    visitor.press("Close the round", sure="yes")
    assert "The round is closed" in visitor.text
    session.expire_all()
    assert round_.state is RoundState.CLOSED and round_.times_changed_because == "All have answered."
    assert visitor.get(f"/staff/rounds/{round_.id}/close").status == 422
    assert visitor.get("/staff/rounds/999/close").status == 404


def test_the_preview_lists_what_is_to_do_and_makes_decisions_final(session: Session, visitor: Visitor) -> None:
    scene = Scene(session, closed=False)
    scene.decide()
    releaser(session, visitor, scene).get("/staff/release/publish")
    assert "has not closed" in visitor.text and "make it final" in visitor.text
    visitor.press("Make all drafted decisions final")
    assert visitor.status == 409 and "round has not closed" in visitor.text
    with travel(clock.now() + timedelta(days=11), tick=False):
        visitor.sign_in(session, scene.staff).get("/staff/release/publish")
        visitor.press("Make all drafted decisions final")
        assert "1 decisions made final" in visitor.text
        assert visitor.post("/staff/release/publish").status == 409
        assert "Nothing differs" in visitor.text
        visitor.get("/staff/release/publish").press("Save", introduction="Nothing changed, and here is why.")
        visitor.press("Publish release 0.2")
        assert "Release 0.2 is published" in visitor.text


def test_moderators_read_the_draft_but_do_not_edit_it(session: Session, visitor: Visitor) -> None:
    Scene(session)
    session.commit()
    visitor.sign_in(session, factories.make_staff(session, StaffRole.MODERATOR)).get("/staff/release")
    assert visitor.status == 200 and not visitor.page.xpath("//main//a[contains(@href, '/entries/')]")
    for address in ("entries/CCHF-01", "entries/CCHF-01/retire", "add-entry"):
        assert visitor.get(f"/staff/release/{address}").status == 403
        assert visitor.post(f"/staff/release/{address}").status == 403
    for address in ("/staff/release/open", "/staff/release/describe", "/staff/rounds/new"):
        assert visitor.post(address).status == 403
    assert visitor.get("/staff/rounds").status == 200


def test_hostile_words_are_inert_on_staff_pages(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    suggest(scene, HOSTILE)
    edit(scene, HOSTILE)
    scene.draft.introduction = scene.draft.title = HOSTILE
    session.add(scene.draft)
    releaser(session, visitor, scene)
    for address in ("desk", "release", "release/publish", "release/entries/CCHF-01", "decide"):
        main = visitor.get(f"/staff/{address}").page.find(".//main")
        assert main is not None
        assert not main.xpath(".//script") and not main.xpath(".//*[@data-hx-trigger='load']"), address
        assert not main.xpath(".//a[contains(@href, 'javascript')]"), address
