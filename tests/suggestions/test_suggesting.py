import json

import pytest
from sqlmodel import Session, select

from backend.comments import moderation
from backend.comments.models import Comment, CommentText, Draft, Kind, State
from backend.notifications.models import OutboxMessage
from backend.people.models import Person, Standing
from backend.releases import queries
from backend.releases.models import Entry, Framework, Round
from backend.releases.revising import NoTitle, UnknownTerm
from backend.submissions.models import PublishAs, SpeakingFor
from backend.suggestions import suggesting
from backend.suggestions.models import Suggestion
from tests.browsing import Visitor
from tests.factories import make_framework, make_member, make_organisation, make_round, make_specialist, make_staff
from tests.taking_part import HOSTILE, assert_inert, hidden, sign_off_all, viewer_of

AT = "/frameworks/harms/entries/CCHF-01/suggest"
SECTION = f"{AT}?field=section:mitigations"
WHY = {"body": "Clearer.", "speaking_for": "organisation", "publish_as": "publish-named"}
OWN = {**WHY, "speaking_for": "specialist"}


@pytest.fixture
def framework(session: Session) -> Framework:
    return make_framework(session)


@pytest.fixture
def open_round(session: Session, framework: Framework) -> Round:
    return make_round(session, framework)


@pytest.fixture
def author(session: Session, open_round: Round) -> Person:
    brightplay = make_organisation(session, name="Brightplay")
    make_member(session, brightplay, standing=Standing.LEAD, name="Lea Lead")
    return make_member(session, brightplay)


@pytest.fixture
def specialist(session: Session, open_round: Round, visitor: Visitor) -> Visitor:
    return visitor.sign_in(session, make_specialist(session))


@pytest.fixture
def member(session: Session, author: Person, visitor: Visitor) -> Visitor:
    return visitor.sign_in(session, author)


def texts(session: Session) -> list[CommentText]:
    session.expire_all()
    return list(session.exec(select(CommentText)))


def test_a_member_suggests_other_words_and_sees_the_difference_first(session: Session, member: Visitor) -> None:
    member.get(SECTION)
    assert member.page.xpath("//textarea[@name='replacement']")[0].text.strip().startswith("- Keep it off by default")
    member.press("Preview", replacement="- Keep it off by default\n- Show a plain sign", **WHY)
    assert [each.text_content().strip() for each in member.page.iter("del")] == ["removed: clear end of removed words"]
    assert [each.text_content().strip() for each in member.page.iter("ins")] == ["added: plain end of added words"]
    assert texts(session) == []
    member.press("Add to our feedback")
    assert "added to your organisation’s feedback" in member.text
    assert texts(session) == [] and not session.exec(select(OutboxMessage)).all()
    member.follow("Your point and where it stands")
    assert "Ready to be signed off" in member.text and "added: plain end of added words" in member.text
    sign_off_all(session)
    suggestion = session.exec(select(Suggestion)).one()
    comment = suggestion.comment
    assert (suggestion.field, comment.kind, comment.section) == ("section:mitigations", Kind.WORDING, "mitigations")
    assert suggestion.base_revision_id == comment.revision_id
    assert json.loads(texts(session)[0].replacement or "") == "- Keep it off by default\n- Show a plain sign"
    assert comment.state is State.HELD


def test_a_specialists_suggestion_is_sent_with_a_receipt(session: Session, specialist: Visitor) -> None:
    specialist.get(SECTION).press("Preview", replacement="- Show a plain sign", **OWN).press("Send your suggestion")
    assert "Your point has been sent" in specialist.text
    receipt = session.exec(select(OutboxMessage)).one()
    assert "- Show a plain sign" in receipt.text and "Mitigations" in receipt.text


def test_a_suggestion_can_be_kept_as_a_draft_before_its_reason_is_written(session: Session, member: Visitor) -> None:
    member.get(SECTION).press("Save as draft", replacement="- Show a plain sign", **{**WHY, "body": ""})
    assert "Being written" in member.text and "No reason has been written yet." in member.text
    assert "added: plain" in member.text
    member.follow("Finish this draft").press("Preview")
    assert member.status == 422 and "Enter why you suggest this" in member.text
    member.press("Preview", body="Clearer.").press("Add to our feedback")
    [draft] = session.exec(select(Draft))
    assert (json.loads(draft.replacement or ""), draft.body) == ("- Show a plain sign", "Clearer.")
    assert draft.ready_at is not None and session.exec(select(Suggestion)).one().field == "section:mitigations"


def test_a_text_that_only_a_browser_changed_is_no_suggestion(session: Session, member: Visitor) -> None:
    member.get(SECTION).press("Preview", replacement="- Keep it off by default  \r\n- Show a clear sign\r\n", **WHY)
    assert member.status == 422 and "it is the same as in the entry" in member.text


def test_terms_are_added_and_removed_by_name(session: Session, member: Visitor) -> None:
    member.get(f"{AT}?field=terms:code-standards")
    assert member.page.xpath("//input[@name='terms'][@checked]/@value") == ["2", "7"]
    member.press("Preview", terms=["7", "12"], **WHY)
    assert "Added: 12. Code standards 12" in member.text and "Removed: 2. Code standards 2" in member.text
    member.press("Change it")
    assert member.page.xpath("//input[@name='terms'][@checked]/@value") == ["7", "12"]
    member.press("Preview").press("Add to our feedback")
    sign_off_all(session)
    assert session.exec(select(Comment)).one().kind is Kind.WRONG_MAPPING
    assert json.loads(texts(session)[0].replacement or "") == ["7", "12"]


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("title", {"replacement": ""}, "Enter a title."),
        ("title", {"replacement": "x" * 301}, "Use 300 characters or fewer for a title"),
        ("title", {"replacement": "Harm  number 1"}, "it is the same as in the entry"),
        ("title", {"replacement": "New", "body": ""}, "Enter why you suggest this"),
        ("section:mitigations", {"replacement": "x" * 20_001}, "You have used 20,001"),
        ("section:mitigations", {"replacement": "a\x00b"}, "Remove the invisible control characters"),
        ("terms:code-standards", {"terms": ["7", "99"]}, "code-standards has no term 99."),
        ("terms:code-standards", {"terms": ["7", "2"]}, "it is the same as in the entry"),
        ("title", {"replacement": "New", "revision": "older"}, "The words have changed since you opened this form"),
    ],
)
def test_a_mistake_is_said_in_words_and_nothing_typed_is_lost(
    session: Session, member: Visitor, field: str, typed: dict[str, str], words: str
) -> None:
    page = f"{AT}?field={field}"
    member.get(page)
    member.post(page, {**hidden(member), **WHY, "step": "send", **typed})
    assert member.status == 422 and words in member.text
    assert texts(session) == []
    if "body" not in typed:
        assert member.page.xpath("//textarea[@name='body']")[0].text.strip() == "Clearer."
    if typed.get("replacement") == "New":
        assert member.page.xpath("//textarea[@name='replacement']")[0].text.strip() == "New"


@pytest.mark.parametrize("field", ["colour", "section:none", "terms:none", "section:", ""])
def test_a_part_that_entries_have_not_cannot_be_changed(member: Visitor, field: str) -> None:
    assert member.get(f"{AT}?field={field}").status == 422
    member.post(f"{AT}?field={field}", {"replacement": "My words.", "body": "Why"})
    assert member.status == 422 and member.page.xpath("//textarea")[0].text.strip() == "My words."


def test_a_double_submit_makes_one_suggestion(session: Session, specialist: Visitor) -> None:
    specialist.get(f"{AT}?field=title").press("Preview", replacement="A better title", **OWN)
    data = hidden(specialist)
    first = specialist.post(AT, {**data, "step": "send"}).path
    assert specialist.post(AT, {**data, "step": "send"}).path == first
    assert len(session.exec(select(Suggestion)).all()) == len(texts(session)) == 1
    assert len(session.exec(select(OutboxMessage)).all()) == 1


def test_rules_refuse_what_no_form_offers(session: Session, open_round: Round, author: Person) -> None:
    framework = open_round.release.framework
    from_form = {"body": "x", "speaking_for": SpeakingFor.ORGANISATION, "publish_as": PublishAs.NAMED}
    entry = first_entry(session, framework)
    viewer = viewer_of(session, author)
    for field, value, refusal in (
        ("title", "", NoTitle),
        ("colour", "red", suggesting.UnknownField),
        ("title", ("7",), suggesting.UnknownField),
        ("terms:code-standards", "7", suggesting.UnknownField),
        ("terms:code-standards", ("99",), UnknownTerm),
        ("title", "Harm number 1", suggesting.NothingSuggested),
    ):
        with pytest.raises(refusal):
            suggesting.suggest(session, viewer, open_round, entry=entry, field=field, value=value, **from_form)


def test_competing_wordings_stand_side_by_side_once_published(
    session: Session, visitor: Visitor, open_round: Round
) -> None:
    entry = first_entry(session, open_round.release.framework)
    moderator = make_staff(session)
    for name, title in (("Brightplay", "Title of one"), ("Openfeed", "Title of another"), ("Quiet", HOSTILE[:200])):
        lead = make_member(session, make_organisation(session, name=name), standing=Standing.LEAD)
        viewer = viewer_of(session, lead)
        comment = suggesting.suggest(
            session, viewer, open_round, entry=entry, field="title", value=title, body=HOSTILE,
            speaking_for=SpeakingFor.ORGANISATION, publish_as=PublishAs.NAMED,
        )  # fmt: skip
        sign_off_all(session)
        if name != "Quiet":
            moderation.publish_or_keep(session, comment, moderator)
    session.commit()
    visitor.get("/frameworks/harms/entries/CCHF-01")
    assert "2 suggestions for: Title" in visitor.text and "Quiet" not in visitor.text
    side_by_side = visitor.page.find_class("app-competing__one")
    assert ["Brightplay" in side_by_side[0].text_content(), "Openfeed" in side_by_side[1].text_content()] == [
        True,
        True,
    ]
    assert_inert(visitor.page)


def test_a_suggestion_can_be_changed_and_is_compared_with_the_words_it_was_made_on(
    session: Session, specialist: Visitor
) -> None:
    specialist.get(f"{AT}?field=title").press("Preview", replacement="A better title", **OWN).press("Send")
    specialist.follow("Your point and where it stands").follow("Change this point")
    assert specialist.page.xpath("//textarea[@name='replacement']")[0].text.strip() == "A better title"
    specialist.press("Preview", replacement="Harm number 1")
    assert specialist.status == 422 and "it is the same as in the entry" in specialist.text
    specialist.press("Preview", replacement="The best title")
    assert "added: The best title" in specialist.text
    specialist.press("Send")
    assert [json.loads(text.replacement or "") for text in texts(session)] == ["A better title", "The best title"]
    assert session.exec(select(Comment)).one().state is State.HELD


def first_entry(session: Session, framework: Framework) -> Entry:
    """The first entry of the framework."""
    return queries.entry_of(session, framework, "CCHF-01")
