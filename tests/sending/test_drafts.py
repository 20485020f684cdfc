"""Writing on a draft: it saves itself, two hands never write over each other unseen, and no words are lost."""

import pytest
import time_machine
from limits import RateLimitItemPerHour
from sqlmodel import Session, col, select

from backend.accounts import limits, membership, suspending
from backend.audit.models import AuditEvent
from backend.comments.models import Comment, CommentText, Draft, State
from backend.core import clock, counters
from backend.notifications.models import OutboxMessage
from backend.people.models import Organisation, Person, StaffRole, Standing
from backend.people.queries import find_place
from backend.ratings.models import Rating
from backend.releases.models import Round
from backend.submissions.models import Submission
from tests.browsing import Visitor
from tests.factories import make_framework, make_member, make_organisation, make_round, make_specialist, make_staff
from tests.taking_part import HOSTILE, assert_inert, hidden, sign_off_all

AT = "/frameworks/harms/entries/CCHF-01"
FORM = f"{AT}/comment"
POINT = {"kind": "error", "body": "A slip.", "speaking_for": "organisation", "publish_as": "publish-named"}
HTMX = {"HX-Request": "true"}


@pytest.fixture
def open_round(session: Session) -> Round:
    return make_round(session, make_framework(session), closes_in_days=1)


@pytest.fixture
def brightplay(session: Session, open_round: Round) -> Organisation:
    organisation = make_organisation(session, name="Brightplay")
    make_member(session, organisation, name="Lea Lead", standing=Standing.LEAD)
    return organisation


@pytest.fixture
def mo(session: Session, brightplay: Organisation) -> Person:
    return make_member(session, brightplay, name="Mo Member")


@pytest.fixture
def ola(session: Session, brightplay: Organisation) -> Person:
    return make_member(session, brightplay, name="Ola Other")


def the_draft(session: Session) -> Draft:
    session.expire_all()
    return session.exec(select(Draft)).one()


def begun(session: Session, visitor: Visitor, person: Person) -> str:
    """The address of a draft that this person has begun."""
    visitor.sign_in(session, person).get(FORM).press("Save as draft", **POINT)
    return visitor.path


def test_a_form_saves_itself_into_one_draft_and_is_added_from_there(
    session: Session, visitor: Visitor, mo: Person
) -> None:
    visitor.sign_in(session, mo).get(FORM)
    [saving] = visitor.page.xpath("//form//*[@data-hx-vals]")
    assert saving.get("data-hx-post") == FORM and visitor.page.xpath("//form//*[@id='saved'][@role='status']")
    data = hidden(visitor)
    at = clock.in_london(clock.now()).replace(hour=14, minute=5)
    with time_machine.travel(at, tick=False):
        visitor.sign_in(session, mo).post(FORM, {**data, **POINT, "step": "autosave"}, **HTMX)
    assert visitor.status == 200 and "Saved at 2:05pm" in visitor.text and "<html" not in visitor.response.text
    visitor.sign_in(session, mo)
    visitor.post(FORM, {**data, **POINT, "body": "A slip, and another.", "step": "autosave"}, **HTMX)
    assert the_draft(session).body == "A slip, and another." and the_draft(session).ready_at is None
    assert not session.exec(select(OutboxMessage)).all()
    visitor.post(FORM, {**data, **POINT, "body": "Finished.", "step": "preview"}).press("Add to our feedback")
    assert visitor.path.endswith("/sent")
    assert the_draft(session).body == "Finished." and the_draft(session).ready_at is not None
    assert len(session.exec(select(Comment)).all()) == 1


def test_saving_without_a_change_leaves_a_finished_draft_ready(session: Session, visitor: Visitor, mo: Person) -> None:
    address = begun(session, visitor, mo)
    visitor.get(f"{address}/edit").press("Preview").press("Add to our feedback")
    ready = the_draft(session).ready_at
    colleague = make_member(session, mo.memberships[0].organisation)
    visitor.sign_in(session, colleague).get(f"{address}/edit").press("Save as draft")
    session.expire_all()
    draft = the_draft(session)
    assert ready and draft.ready_at == ready
    assert draft.saved_by_id == mo.id


def test_a_specialists_saved_form_is_sent_as_one_point(session: Session, visitor: Visitor, open_round: Round) -> None:
    visitor.sign_in(session, make_specialist(session)).get(FORM)
    data = {**hidden(visitor), **POINT, "speaking_for": "specialist"}
    visitor.post(FORM, {**data, "step": "autosave"}, **HTMX)
    assert the_draft(session).body == "A slip."
    for _ in range(2):
        visitor.post(FORM, {**data, "body": "Two slips.", "step": "send"})
        assert "Your point has been sent" in visitor.text
    assert [text.body for text in session.exec(select(CommentText))] == ["Two slips."]
    assert not session.exec(select(Draft)).all() and len(session.exec(select(OutboxMessage)).all()) == 1
    visitor.post(FORM, {**data, "body": "Late words.", "step": "autosave"}, **HTMX)
    assert visitor.status == 409 and "has not been saved" in visitor.text and visitor.follow("Open the point")


@pytest.mark.parametrize(
    ("missing", "words"),
    [
        ("speaking_for", "Select who you are speaking for"),
        ("publish_as", "Select what may be published"),
        ("kind", "Select what kind of point it is"),
        ("body", "Enter your point"),
    ],
)
def test_nothing_is_guessed_and_nothing_empty_is_saved(
    session: Session, visitor: Visitor, mo: Person, missing: str, words: str
) -> None:
    visitor.sign_in(session, mo).get(FORM)
    data = {**hidden(visitor), **POINT, "step": "autosave"}
    del data[missing]
    visitor.post(FORM, data, **HTMX)
    assert visitor.status == 422 and "Not saved yet" in visitor.text and words in visitor.text
    assert not session.exec(select(Comment)).all() and not session.exec(select(Submission)).all()


def test_a_suggestion_saves_itself_before_its_reason_is_written(session: Session, visitor: Visitor, mo: Person) -> None:
    page = f"{AT}/suggest?field=title"
    visitor.sign_in(session, mo).get(page)
    data = {**hidden(visitor), **POINT, "body": "", "replacement": "A better title", "step": "autosave"}
    del data["kind"]
    visitor.post(page, data, **HTMX)
    assert "Saved at" in visitor.text and the_draft(session).replacement == '"A better title"'
    visitor.post(page, {**data, "replacement": "Harm number 1"}, **HTMX)
    assert visitor.status == 422 and "the same as in the entry" in visitor.text


def test_a_colleague_goes_on_with_a_draft_and_the_first_hand_is_told(
    session: Session, visitor: Visitor, mo: Person, ola: Person
) -> None:
    address = begun(session, visitor, mo)
    mine = hidden(visitor.follow("Finish this draft"))
    visitor.sign_in(session, ola).get(address).follow("Finish this draft").press("Save as draft", body="By Ola.")
    assert "Last saved by Ola Other" in visitor.text
    late = {**POINT, **mine, "body": "By Mo."}
    visitor.sign_in(session, mo).post(f"{address}/edit", {**late, "step": "autosave"}, **HTMX)
    assert visitor.status == 409 and "Ola Other has changed this draft" in visitor.text
    assert the_draft(session).body == "By Ola."
    visitor.post(f"{address}/edit", {**late, "step": "draft"})
    assert visitor.status == 409 and "Somebody else has changed these words" in visitor.text
    assert visitor.page.xpath("//section[@aria-labelledby='theirs']//*[text()='By Ola.']")
    assert visitor.page.xpath("//textarea[@name='body']")[0].text.strip() == "By Mo."
    visitor.press("Keep mine")
    assert the_draft(session).body == "By Mo."


def test_the_form_of_a_new_point_meets_a_colleagues_change_too(
    session: Session, visitor: Visitor, mo: Person, ola: Person
) -> None:
    visitor.sign_in(session, mo).get(FORM)
    data = {**hidden(visitor), **POINT}
    visitor.post(FORM, {**data, "step": "autosave"}, **HTMX)
    address = f"/comments/{session.exec(select(Comment)).one().reference}"
    visitor.sign_in(session, ola).get(f"{address}/edit").press("Save as draft", publish_as="summary-only")
    visitor.sign_in(session, mo).post(FORM, {**data, "body": "More.", "step": "send"})
    assert visitor.status == 409 and visitor.page.xpath("//textarea[@name='body']")[0].text.strip() == "More."
    visitor.follow("Keep theirs")
    session.expire_all()
    comment = session.exec(select(Comment)).one()
    assert (visitor.path, comment.publish_as.value, the_draft(session).body) == (address, "summary-only", "A slip.")


def test_only_its_author_takes_a_draft_out_of_the_organisation(
    session: Session, visitor: Visitor, mo: Person, ola: Person
) -> None:
    address = begun(session, visitor, mo)
    visitor.sign_in(session, ola).get(f"{address}/edit")
    assert visitor.page.xpath("//input[@name='speaking_for']/@value") == ["organisation", "members"]
    data = {**hidden(visitor), **POINT, "speaking_for": "private", "step": "draft"}
    visitor.post(f"{address}/edit", data)
    assert visitor.status == 422 and "A colleague has begun this draft" in visitor.text
    visitor.sign_in(session, mo).get(f"{address}/edit").press("Save as draft", speaking_for="private")
    assert "Only you see it until you send it." in visitor.text
    assert visitor.sign_in(session, ola).get(address).status == 404


@pytest.mark.parametrize("how", ["saved", "noted", "sent back"])
def test_a_draft_that_a_colleague_has_worked_on_stays_with_the_organisation(
    session: Session, visitor: Visitor, mo: Person, how: str
) -> None:
    lead = session.exec(select(Person).where(Person.name == "Lea Lead")).one()
    if how == "sent back":
        visitor.sign_in(session, mo).get(FORM).press("Preview", **POINT).press("Add to our feedback")
    else:
        begun(session, visitor, mo)
    address = f"/comments/{session.exec(select(Comment)).one().reference}"
    item = f"/organisation/feedback/items/{address.rpartition('/')[2]}"
    visitor.sign_in(session, mo).get(f"{address}/edit")
    opened = hidden(visitor)
    assert "private" in visitor.page.xpath("//input[@name='speaking_for']/@value")
    visitor.sign_in(session, lead)
    if how == "saved":
        visitor.get(f"{address}/edit").press("Save as draft", body="By Lea.")
    elif how == "noted":
        visitor.post(f"{item}/notes", {"body": "We said so last year."})
    else:
        visitor.post(f"{item}/send-back", {"reason": "Say where."})
    number = str(the_draft(session).number)
    data = {**POINT, **opened, "seen": number, "speaking_for": "private", "step": "draft"}
    visitor.sign_in(session, mo).post(f"{address}/edit", data)
    assert visitor.status == 422 and "write a point of your own" in visitor.text
    visitor.post(f"{address}/edit", {**data, "step": "autosave"}, **HTMX)
    assert visitor.status == 422 and "write a point of your own" in visitor.text
    visitor.get(f"{address}/edit")
    assert visitor.page.xpath("//input[@name='speaking_for']/@value") == ["organisation", "members"]
    session.expire_all()
    assert session.exec(select(Comment)).one().submission.organisation_id is not None


def test_the_form_that_began_a_draft_cannot_take_it_along_either(
    session: Session, visitor: Visitor, mo: Person, ola: Person
) -> None:
    visitor.sign_in(session, mo).get(FORM)
    data = {**hidden(visitor), **POINT}
    visitor.post(FORM, {**data, "step": "autosave"}, **HTMX)
    address = f"/comments/{session.exec(select(Comment)).one().reference}"
    visitor.sign_in(session, ola).get(f"{address}/edit").press("Save as draft", body="By Ola.")
    visitor.sign_in(session, mo).get(f"{address}/edit").press("Save as draft", body="By Mo again.")
    opened = hidden(visitor.get(f"{address}/edit"))
    again = {**data, **opened, "form_token": data["form_token"], "speaking_for": "private", "body": "By Ola."}
    for step in ("autosave", "send"):
        visitor.post(FORM, {**again, "step": step}, **(HTMX if step == "autosave" else {}))
        assert visitor.status in (409, 422)
    session.expire_all()
    assert session.exec(select(Comment)).one().submission.organisation_id is not None


def test_it_is_on_record_that_a_draft_changed_hands(session: Session, visitor: Visitor, mo: Person) -> None:
    address = begun(session, visitor, mo)
    visitor.get(f"{address}/edit").press("Save as draft", speaking_for="private")
    visitor.get(f"{address}/edit").press("Save as draft", speaking_for="organisation")
    session.expire_all()
    moves = session.exec(select(AuditEvent).where(AuditEvent.action == "draft changed hands")).all()
    assert [each.subject for each in moves] == [f"comment {address.rpartition('/')[2]}"] * 2


def test_saving_a_draft_again_and_again_is_counted(
    session: Session, visitor: Visitor, mo: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = begun(session, visitor, mo)
    monkeypatch.setattr(limits, "DRAFTING", RateLimitItemPerHour(1, namespace="drafting"))
    visitor.get(f"{address}/edit")
    data = {**hidden(visitor), **POINT, "step": "autosave"}
    assert visitor.post(f"{address}/edit", {**data, "body": "One."}, **HTMX).status == 200
    wording = {**POINT, "replacement": "Another title"}
    del wording["kind"]
    for page, typed in [(f"{address}/edit", POINT), (FORM, POINT), (f"{AT}/suggest?field=title", wording)]:
        visitor.sign_in(session, mo).get(page)
        visitor.post(page, {**hidden(visitor), **typed, "body": "Two.", "step": "autosave"}, **HTMX)
        assert visitor.status == 429 and "Try again in" in visitor.text, (page, visitor.text)
    assert the_draft(session).body == "One."


def test_a_draft_that_is_thrown_away_is_gone_for_good(
    session: Session, visitor: Visitor, mo: Person, ola: Person
) -> None:
    address = begun(session, visitor, mo)
    opened = hidden(visitor.follow("Finish this draft"))
    visitor.sign_in(session, ola).get(address).follow("Throw this draft away")
    assert "A slip." in visitor.text
    visitor.press("Throw this draft away")
    assert visitor.path == "/my-feedback" and "has been thrown away" in visitor.page.text_content()
    assert not session.exec(select(Draft)).all() and "A slip." not in visitor.text
    for page in (address, f"{address}/edit", f"{address}/discard", f"{address}/withdraw"):
        assert visitor.get(page).status == 410, page
    visitor.sign_in(session, mo).post(f"{address}/edit", {**POINT, **opened, "body": "Mine.", "step": "draft"})
    assert visitor.status == 410 and "Mine." in visitor.page.xpath("//textarea")[0].text
    counts = counters.read(session, "points:")
    assert [name.rpartition(":")[2] for name, number in counts.items() if number] == ["withdrawn"]


def test_a_draft_that_was_signed_off_meanwhile_keeps_the_late_words_on_the_page(
    session: Session, visitor: Visitor, mo: Person
) -> None:
    visitor.sign_in(session, mo).get(FORM).press("Preview", **POINT).press("Add to our feedback")
    visitor.follow("Your point and where it stands").follow("Change this draft")
    data = {**POINT, **hidden(visitor), "body": "Late words."}
    address = visitor.path
    sign_off_all(session)
    visitor.post(address, {**data, "step": "draft"})
    assert visitor.status == 409 and "Late words." in visitor.page.xpath("//textarea")[0].text
    visitor.post(address, {**data, "body": "A slip.", "step": "send"})
    assert visitor.status == 200 and session.exec(select(CommentText)).one().body == "A slip."


FORMS = [
    (FORM, {**POINT, "body": "My words."}),
    (f"{AT}/suggest?field=title", {**POINT, "body": "My words.", "replacement": "Better"}),
    (f"{AT}/rate", {**POINT, "score_clarity": "4", "reason": "My words."}),
]


@pytest.mark.parametrize("way", ["removed", "suspended"])
@pytest.mark.parametrize(("page", "typed"), FORMS, ids=["comment", "suggest", "rate"])
def test_who_may_not_take_part_any_more_keeps_what_was_typed(
    session: Session, visitor: Visitor, mo: Person, page: str, typed: dict[str, str], way: str
) -> None:
    visitor.sign_in(session, mo).get(page)
    data = {**hidden(visitor), **typed}
    end(session, mo, way)
    for status in (401, 403):
        visitor.post(page, {**data, "step": "send"})
        assert visitor.status == status
        assert any("My words." in (area.text or "") for area in visitor.page.xpath("//textarea"))
        if "rate" not in page:
            visitor.post(page, {**data, "step": "autosave"}, **HTMX)
            assert visitor.status == status and "What you wrote has not been saved" in visitor.text
        visitor.sign_in(session, mo)  # they were signed out, and come back to the tab that is still open
    assert not session.exec(select(Comment)).all() and not session.exec(select(Rating)).all()


@pytest.mark.parametrize("way", ["removed", "suspended"])
def test_who_may_not_take_part_any_more_changes_no_draft(
    session: Session, visitor: Visitor, mo: Person, way: str
) -> None:
    address = begun(session, visitor, mo)
    data = {**POINT, **hidden(visitor.follow("Finish this draft")), "body": "My words."}
    end(session, mo, way)
    for status in (401, 403):
        visitor.post(f"{address}/edit", {**data, "step": "draft"})
        assert visitor.status == status and "My words." in visitor.page.xpath("//textarea")[0].text
        visitor.post(f"{address}/edit", {**data, "step": "autosave"}, **HTMX)
        assert visitor.status == status and "<html" not in visitor.response.text
        visitor.sign_in(session, mo)
    assert visitor.get(address).status == 404 and the_draft(session).body == "A slip."


def end(session: Session, person: Person, way: str) -> None:
    """End the person's part, while their form is open."""
    place = find_place(person)
    assert place
    if way == "removed":
        lead = session.exec(select(Person).where(Person.name == "Lea Lead")).one()
        membership.remove(session, place, by=lead)
    else:
        suspending.suspend(
            session, place.organisation, by=make_staff(session, StaffRole.ADMINISTRATOR), because="Asked to"
        )
    session.commit()


def test_after_the_closing_a_draft_is_not_saved_and_can_still_be_signed(
    session: Session, visitor: Visitor, mo: Person, open_round: Round
) -> None:
    address = begun(session, visitor, mo)
    data = {**POINT, **hidden(visitor.follow("Finish this draft")), "body": "Too late."}
    session.commit()
    with time_machine.travel(open_round.closes_at, tick=False):
        visitor.sign_in(session, mo).post(f"{address}/edit", {**data, "step": "autosave"}, **HTMX)
        assert visitor.status == 422 and "has not been saved" in visitor.text
        visitor.get(address)
        assert "It can be signed off until" in visitor.text and "Finish this draft" not in visitor.text
        for act in ("edit", "discard"):
            assert visitor.get(f"{address}/{act}").status == 422
    with time_machine.travel(open_round.signing_ends_at, tick=False):
        visitor.sign_in(session, mo).get(address)
        assert "Not signed off in time" in visitor.text
    assert the_draft(session).body == "A slip."


def test_hostile_words_of_a_draft_come_out_inert(session: Session, visitor: Visitor, mo: Person, ola: Person) -> None:
    visitor.sign_in(session, mo).get(FORM).press("Save as draft", **{**POINT, "body": HOSTILE})
    assert_inert(visitor.page)
    address = visitor.path
    mine = hidden(visitor.follow("Finish this draft"))
    assert_inert(visitor.page)
    visitor.sign_in(session, ola).get(f"{address}/edit").press("Save as draft", body=f"{HOSTILE} too")
    visitor.sign_in(session, mo).post(f"{address}/edit", {**POINT, **mine, "body": f"{HOSTILE} mine", "step": "draft"})
    assert visitor.status == 409
    assert_inert(visitor.page)
    assert_inert(visitor.get(f"{address}/discard").page)


def test_drafts_move_no_page_of_the_public(session: Session, visitor: Visitor, mo: Person) -> None:
    session.commit()
    before = counters.read(session, "page:")
    address = begun(session, visitor, mo)
    visitor.follow("Finish this draft").press("Preview", body="B.").press("Add to our feedback")
    visitor.get(f"{address}/discard").press("Throw this draft away")
    session.expire_all()
    assert counters.read(session, "page:") == before


def test_an_answer_of_a_colleague_is_not_written_over_unseen(
    session: Session, visitor: Visitor, mo: Person, ola: Person
) -> None:
    page, who = f"{AT}/rate", {"speaking_for": "organisation", "publish_as": "publish-named"}
    visitor.sign_in(session, mo).get(page).press("Save ratings", score_clarity="4", **who)
    mine = {**hidden(visitor), **who}
    visitor.sign_in(session, ola).get(page)
    assert "Set by Mo Member on" in visitor.text and "Not signed off yet." in visitor.text
    visitor.press("Save ratings", score_clarity="2")
    visitor.sign_in(session, mo).post(page, {**mine, "score_clarity": "5"}, **HTMX)
    assert visitor.status == 409 and "Ola Other has answered “Clarity” meanwhile: Disagree." in visitor.text
    visitor.post(page, {**mine, "score_clarity": "5", "step": "save"})
    assert visitor.status == 409 and "Disagree" in visitor.text and "Strongly agree" in visitor.text
    assert session.exec(select(Rating.score)).all() == [2]
    visitor.press("Save my answers")
    assert session.exec(select(Rating.score)).all() == [5]
    visitor.post(page, {**mine, "score_clarity": "1"}, **HTMX)
    assert visitor.status == 200 and "Not signed off yet." in visitor.text
    sign_off_all(session)
    assert "Signed off." in visitor.get(page).text


def test_who_rates_privately_is_told_that_it_is_in_no_count(session: Session, visitor: Visitor, mo: Person) -> None:
    visitor.sign_in(session, mo).get(f"{AT}/rate")
    assert "Ratings that somebody gives privately are read, and are in none of the counts" in visitor.text
    visitor.press("Save ratings", score_clarity="4", speaking_for="private", publish_as="summary-only")
    assert "You speak privately" in visitor.text
    assert session.exec(select(Rating.constituency, col(Rating.sent_at).is_not(None))).all() == [(None, True)]


def test_my_feedback_tells_drafts_from_what_was_added_and_sent(session: Session, visitor: Visitor, mo: Person) -> None:
    begun(session, visitor, mo)
    visitor.get(FORM).press("Preview", **{**POINT, "body": "Added."}).press("Add to our feedback")
    visitor.get("/my-feedback")
    assert "Being written" in visitor.text and "Ready to be signed off" in visitor.text
    assert "Our feedback" in visitor.text
    assert session.exec(select(Comment.state)).all() == [State.DRAFT, State.DRAFT]
