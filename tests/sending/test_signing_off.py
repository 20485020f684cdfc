"""Signing off: everything that was read, in parts, once, by a lead or deputy, and nothing else."""

import re
from datetime import timedelta
from io import BytesIO

import pytest
import time_machine
from pypdf import PdfReader
from sqlmodel import Session, col, func, select

from backend.accounts import membership, suspending
from backend.audit import log
from backend.audit.models import AuditEvent
from backend.comments import commenting, drafting
from backend.comments.models import Comment, CommentText, Draft, State
from backend.core import counters, tokens
from backend.notifications.models import OutboxMessage
from backend.people.models import Person, Standing
from backend.people.queries import find_place
from backend.ratings import rating
from backend.ratings.models import Rating, RatingEvent
from backend.releases import queries as release_queries
from backend.releases import rounds
from backend.sending import feedback_routes, queries, signing_off
from backend.submissions import signing
from backend.submissions.models import PublishAs, SignOff, SpeakingFor
from tests.browsing import Visitor
from tests.factories import make_staff
from tests.sending.team import JUST_AFTER, Team, make_team

CHECK = "/organisation/feedback/check"
CONFIRMED = "yes"


@pytest.fixture
def team(session: Session) -> Team:
    """Brightplay with two points, a suggestion and ratings that are ready, and a draft that is not."""
    team = make_team(session)
    team.draft(session, "First point.")
    team.draft(session, "Second point.", entry=1)
    team.suggest(session)
    team.rate(session, entry=2)
    team.draft(session, "Half a thought.", entry=1, ready=False)
    session.commit()
    return team


def mails(session: Session, kind: str) -> list[OutboxMessage]:
    return list(session.exec(select(OutboxMessage).where(OutboxMessage.kind == kind)))


def parts(session: Session) -> list[SignOff]:
    return list(session.exec(select(SignOff).order_by(col(SignOff.id))))


def events(session: Session) -> int:
    return session.exec(select(func.count()).select_from(RatingEvent)).one()


def states(session: Session) -> dict[State, int]:
    return dict(session.exec(select(col(Comment.state), func.count()).group_by(col(Comment.state))).all())


def test_a_lead_reads_everything_and_sends_what_is_ready(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(CHECK)
    for words in ("First point.", "Second point.", "added:", "Clarity", "Agree", "Brightplay", "Half a thought.",
                  "Written by Mo Member.", "Rated by Mo Member.", "Not offered for signing off yet"):  # fmt: skip
        assert words in visitor.text, words
    assert len(visitor.page.xpath("//input[@name='items']")) == 4
    visitor.press("Sign off and send the selected items", authorised=CONFIRMED)
    assert visitor.path == f"/organisation/feedback/{team.submission.reference}/parts/1"
    assert "4 items of Brightplay, signed off by Lea Lead" in visitor.text
    session.commit()
    assert states(session) == {State.HELD: 3, State.DRAFT: 1}
    assert all(rating.sent_at for rating in session.exec(select(Rating)))
    assert events(session) == 2
    assert log.first_break(session) is None


def test_everything_that_belongs_together_is_written_together(session: Session, team: Team) -> None:
    keys = [item.key for item in queries.waiting(session, team.submission) if item.is_ready]
    part = signing_off.sign_off(session, team.submission, keys, by=team.as_(team.deputy))
    session.commit()
    texts = session.exec(select(CommentText)).all()
    assert {text.sign_off_id for text in texts} == {part.id} and len(texts) == 3
    assert len(session.exec(select(Draft)).all()) == 1
    assert {event.sign_off_id for event in session.exec(select(RatingEvent))} == {part.id}
    kept = counters.read(session, f"points:{team.round_.id}:")
    assert sum(n for name, n in kept.items() if name.endswith("held")) == 3
    assert sum(n for name, n in kept.items() if name.endswith("draft")) == -3, "drafts made by hand are not counted"
    assert team.submission.first_sent_at and team.submission.first_sent_at >= part.at
    manifest = [each.manifest for each in queries.sent(session, [part])]
    assert tokens.digest(tokens.canonical(manifest)) == part.digest, "the receipt shows all that the digest is of"


def test_the_declaration_is_never_given_beforehand(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(CHECK)
    assert not visitor.page.xpath("//input[@name='authorised' and @checked]")
    visitor.press("Sign off and send")
    assert visitor.status == 422 and "Confirm that you are authorised to send this" in visitor.text
    assert len(visitor.page.xpath("//input[@name='items' and @checked]")) == 4
    session.commit()
    assert not parts(session)


def test_one_box_that_was_unticked_stays_so_after_a_mistake(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(CHECK)
    keys = visitor.page.xpath("//input[@name='items']/@value")
    visitor.press("Sign off and send", items=keys[:1])
    assert visitor.page.xpath("//input[@name='items' and @checked]/@value") == keys[:1]


def test_all_and_none_can_be_selected_without_a_script(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(CHECK).follow("Select none")
    assert not visitor.page.xpath("//input[@name='items' and @checked]")
    visitor.press("Sign off and send", authorised=CONFIRMED)
    assert visitor.status == 422 and "Select the items to sign off" in visitor.text
    visitor.follow("Select all that can be sent")
    assert len(visitor.page.xpath("//input[@name='items' and @checked]")) == 4


def test_feedback_goes_out_in_parts(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(CHECK)
    keys = visitor.page.xpath("//input[@name='items']/@value")
    visitor.press("Sign off and send", items=keys[:1], authorised=CONFIRMED)
    visitor.get(CHECK).press("Sign off and send the selected items", authorised=CONFIRMED)
    assert visitor.path.endswith("/parts/2")
    visitor.get("/organisation/feedback")
    assert "Part 1: 1 item, signed off by Lea Lead" in visitor.text
    assert "Part 2: 3 items, signed off by Lea Lead" in visitor.text
    session.commit()
    assert [part.number for part in parts(session)] == [1, 2]
    assert len(mails(session, "sign-off-receipt")) == 2


def test_a_member_reads_the_list_and_cannot_sign(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.member).get(CHECK)
    assert visitor.status == 200 and "Your lead or a deputy signs this off" in visitor.text
    assert not visitor.page.xpath("//input[@name='items'] | //button[contains(., 'Sign off')]")
    visitor.post(CHECK, {"items": team.keys(session), "authorised": CONFIRMED})
    assert visitor.status == 403
    with pytest.raises(signing.NeedsSignOff):
        signing_off.sign_off(session, team.submission, team.keys(session), by=team.as_(team.member))


def test_the_same_form_sent_twice_arrives_at_the_same_part(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(CHECK)
    form = {"items": visitor.page.xpath("//input[@name='items']/@value"), "authorised": CONFIRMED}
    first = visitor.post(CHECK, form).path
    assert visitor.post(CHECK, form).path == first and visitor.status == 200
    session.commit()
    assert len(parts(session)) == 1 and len(mails(session, "sign-off-receipt")) == 1
    assert events(session) == 2


def test_the_second_lead_is_told_who_signed_what_and_when(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(CHECK)
    keys = visitor.page.xpath("//input[@name='items']/@value")
    visitor.post(CHECK, {"items": keys[:2], "authorised": CONFIRMED})
    visitor.sign_in(session, team.deputy).post(CHECK, {"items": keys, "authorised": CONFIRMED})
    assert visitor.status == 409
    assert len(re.findall(r"was signed off by Lea Lead on .*?, in part 1", visitor.text)) == 2
    assert "Nothing is sent twice" in visitor.text
    assert visitor.page.xpath("//input[@name='items' and @checked]/@value") == keys[2:]
    session.commit()
    assert len(parts(session)) == 1
    visitor.press("Sign off and send the selected items", authorised=CONFIRMED)
    assert visitor.path.endswith("/parts/2")


def test_what_another_person_signed_in_full_is_not_taken_for_ones_own(
    visitor: Visitor, session: Session, team: Team
) -> None:
    visitor.sign_in(session, team.lead).get(CHECK)
    form = {"items": visitor.page.xpath("//input[@name='items']/@value"), "authorised": CONFIRMED}
    visitor.post(CHECK, form)
    visitor.sign_in(session, team.deputy).post(CHECK, form)
    assert visitor.status == 409 and "was signed off by Lea Lead" in visitor.text


def test_an_item_that_changed_since_stops_everything(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(CHECK)
    keys = visitor.page.xpath("//input[@name='items']/@value")
    first = team.drafts[0]
    drafting.save(session, first, by=team.as_(team.member), seen=1, body="Other words now.", publish_as=PublishAs.NAMED)
    drafting.offer(session, first, by=team.as_(team.member))
    session.commit()
    visitor.post(CHECK, {"items": keys, "authorised": CONFIRMED})
    assert visitor.status == 409
    assert f"{first.reference} was changed by Mo Member" in visitor.text and "Other words now." in visitor.text
    assert visitor.page.xpath("//input[@name='items' and @checked]/@value") == [
        key for key in keys if not key.startswith(first.reference)
    ]
    session.commit()
    assert not parts(session) and states(session) == {State.DRAFT: 4}


def test_what_may_be_published_is_part_of_what_is_signed(session: Session, team: Team) -> None:
    keys = [key for key in team.keys(session) if key.startswith(team.drafts[0].reference)]
    drafting.save(
        session, team.drafts[0], by=team.as_(team.member), seen=1, body="First point.", publish_as=PublishAs.BY_TYPE
    )
    drafting.offer(session, team.drafts[0], by=team.as_(team.member))
    with pytest.raises(signing_off.ListMovedOn):
        signing_off.sign_off(session, team.submission, keys, by=team.as_(team.lead))


def test_a_score_that_changed_since_stops_everything(session: Session, team: Team) -> None:
    keys = [key for key in team.keys(session) if key.startswith("CCHF-03")]
    team.rate(session, 1, entry=2)
    with pytest.raises(signing_off.ListMovedOn) as refused:
        signing_off.sign_off(session, team.submission, keys, by=team.as_(team.lead))
    assert refused.value.moved == set(keys)


@pytest.mark.parametrize("key", ["CCHF-01:0", "nonsense", "<script>", "X" * 5000, "ABCD2345:0123456789abcdef"])
def test_a_key_of_nothing_sends_nothing(key: str, visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).post(CHECK, {"items": [key], "authorised": CONFIRMED})
    assert visitor.status == 409
    assert "You have sent nothing just now" in visitor.text
    session.commit()
    assert not parts(session)


def test_a_draft_that_is_not_offered_waits(session: Session, team: Team) -> None:
    keys = [key for key in team.keys(session) if key.startswith(team.drafts[2].reference)]
    with pytest.raises(signing_off.ListMovedOn):
        signing_off.sign_off(session, team.submission, keys, by=team.as_(team.lead))


def test_another_organisations_items_cannot_be_signed(visitor: Visitor, session: Session, team: Team) -> None:
    other = make_team(session, name="Openfeed", round_=team.round_)
    theirs = other.draft(session, "A secret of Openfeed.")
    keys = other.keys(session)
    visitor.sign_in(session, team.lead).post(CHECK, {"items": keys, "authorised": CONFIRMED})
    assert visitor.status == 409
    assert theirs.reference not in visitor.text and "secret" not in visitor.text
    session.commit()
    session.refresh(theirs)
    assert theirs.state is State.DRAFT


def test_after_the_closing_the_rest_is_signed_but_not_changed(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead)
    with time_machine.travel(team.round_.closes_at + JUST_AFTER, tick=False):
        visitor.sign_in(session, team.lead).get(CHECK)
        assert "can still be signed off, but not changed" in visitor.text
        assert "Change" not in [link.text_content() for link in visitor.page.xpath("//main//a")]
        assert "had not offered it for signing off when the round closed" in visitor.text
        assert len(visitor.page.xpath("//input[@name='items' and @checked]")) == 4, "ready ones alone"
        visitor.follow("Select all that can be sent").press(
            "Sign off and send the selected items", authorised=CONFIRMED
        )
        assert visitor.path.endswith("/parts/1")
    session.commit()
    assert states(session) == {State.HELD: 4}


def test_after_the_time_for_signing_nothing_is_sent(visitor: Visitor, session: Session, team: Team) -> None:
    form = {"items": team.keys(session)[:1], "authorised": CONFIRMED}
    with time_machine.travel(team.round_.signing_ends_at - timedelta(seconds=2), tick=False):
        visitor.sign_in(session, team.lead).get(CHECK)
        assert visitor.page.xpath("//input[@name='items']")
    with time_machine.travel(team.round_.signing_ends_at, tick=False):
        visitor.sign_in(session, team.lead).post(CHECK, form)
        assert visitor.status == 422 and "The time for signing off is over" in visitor.text
        visitor.follow("Go to your organisation’s feedback")
        assert "Not sent" in visitor.text and "First point." in visitor.text
        visitor.get(CHECK)
        assert not visitor.page.xpath("//input[@name='items'] | //button[contains(., 'Sign off')]")
        with pytest.raises(rounds.SigningOver):
            signing_off.sign_off(session, team.submission, form["items"], by=team.as_(team.lead))
    session.commit()
    assert not parts(session)


def test_the_signer_alone_gets_one_receipt(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.deputy).get(CHECK).press("Sign off and send", authorised=CONFIRMED)
    session.commit()
    [mail] = mails(session, "sign-off-receipt")
    [part] = parts(session)
    assert mail.to == team.deputy.email
    assert len(session.exec(select(OutboxMessage)).all()) == 1
    for words in (team.submission.reference, part.digest, "Part: 1", "4 items", "First point.",
                  team.drafts[0].reference, f"/organisation/feedback/{team.submission.reference}/parts/1"):  # fmt: skip
        assert words in mail.text, words
    assert "Half a thought" not in mail.text


def test_signing_is_recorded_without_names(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(CHECK).press("Sign off and send", authorised=CONFIRMED)
    session.commit()
    [event] = session.exec(select(AuditEvent).where(AuditEvent.action == "feedback signed off"))
    assert event.actor_id == team.lead.id and '"items":4' in event.detail
    assert "Lea" not in event.detail and team.lead.email not in event.detail


def test_a_colleague_who_has_left_has_a_tab_that_does_nothing(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.deputy).get(CHECK)
    form = {"items": visitor.page.xpath("//input[@name='items']/@value"), "authorised": CONFIRMED}
    deputy = session.get_one(Person, team.deputy.id)
    deputy.memberships[0].left_at = team.round_.opens_at
    session.add(deputy.memberships[0])
    session.commit()
    visitor.post(CHECK, form)
    assert visitor.status == 403
    session.commit()
    assert not parts(session)


@pytest.mark.parametrize("hostile", ["<script>alert(1)</script>", "${7*7} #{7*7}", "# Heading\n\n*star*", "مرحبا 👍"])
def test_words_are_shown_as_they_are(hostile: str, visitor: Visitor, session: Session, team: Team) -> None:
    team.draft(session, hostile)
    session.commit()
    visitor.sign_in(session, team.lead).get(CHECK)
    exact = [element.text_content() for element in visitor.page.find_class("app-exact")]
    assert hostile in exact
    visitor.press("Sign off and send", authorised=CONFIRMED)
    assert hostile in [element.text_content() for element in visitor.page.find_class("app-exact")]


def test_a_list_that_is_empty_says_why(visitor: Visitor, session: Session) -> None:
    team = make_team(session)
    session.commit()
    visitor.sign_in(session, team.lead).get(CHECK)
    assert "nobody has written anything in this round" in visitor.text
    visitor.post(CHECK, {"authorised": CONFIRMED})
    assert visitor.status == 422


def test_nothing_that_is_not_signed_is_counted(session: Session, team: Team) -> None:
    with pytest.raises(signing.NeedsSignOff):
        commenting.edit(
            session, _sent_point(session, team), by=team.as_(team.member), seen=1, body="Mine.",
            publish_as=PublishAs.NAMED,
        )  # fmt: skip
    assert team.submission.first_sent_at is not None


def _sent_point(session: Session, team: Team) -> Comment:
    keys = [key for key in team.keys(session) if key.startswith(team.drafts[0].reference)]
    signing_off.sign_off(session, team.submission, keys, by=team.as_(team.lead))
    return session.get_one(Comment, team.drafts[0].id)


@pytest.mark.parametrize("way", ["removed", "made a member", "suspended"])
def test_who_lost_the_place_after_coming_in_sends_nothing(session: Session, team: Team, way: str) -> None:
    keys = team.keys(session)
    sent = team.draft(session, "Sent before.")
    [key] = set(team.keys(session)) - set(keys)
    signing_off.sign_off(session, team.submission, [key], by=team.as_(team.lead))
    stale = team.as_(team.deputy)
    place = find_place(team.deputy)
    assert place
    if way == "removed":
        membership.remove(session, place, by=team.lead)
    elif way == "made a member":
        membership.unname_deputy(session, place, by=team.lead)
    else:
        suspending.suspend(session, team.organisation, by=make_staff(session), because="Asked to")
    session.flush()
    before = len(parts(session))
    with pytest.raises(signing.NeedsSignOff):
        signing_off.sign_off(session, team.submission, keys, by=stale)
    with pytest.raises(signing.NeedsSignOff):
        commenting.edit(session, sent, by=stale, seen=sent.text_number, body="Other words.", publish_as=PublishAs.NAMED)
    with pytest.raises(signing.NeedsSignOff):
        commenting.withdraw(session, sent, by=stale)
    assert len(parts(session)) == before


def test_a_list_too_long_for_one_form_is_sent_in_parts(
    visitor: Visitor, session: Session, team: Team, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(feedback_routes, "IN_ONE_PART", 3)
    visitor.sign_in(session, team.lead).get(CHECK)
    assert len(visitor.page.xpath("//input[@name='items']")) == 3 and "Half a thought." in visitor.text
    assert "The first 3 items are shown." in visitor.text
    visitor.press("Sign off and send the selected items", authorised=CONFIRMED)
    visitor.get(CHECK)
    assert len(visitor.page.xpath("//input[@name='items']")) == 1 and "items are shown" not in visitor.text
    assert feedback_routes.IN_ONE_PART < 1000


def test_what_is_offered_at_once_is_taken_in(visitor: Visitor, session: Session, team: Team) -> None:
    keys = [f"NOTTHERE:{number}" for number in range(feedback_routes.IN_ONE_PART)]
    visitor.sign_in(session, team.lead).post(CHECK, {"items": keys, "authorised": CONFIRMED})
    assert visitor.status == 409 and "Check your answers" in visitor.text


def test_what_ratings_rest_on_is_shown_before_they_are_signed(visitor: Visitor, session: Session, team: Team) -> None:
    line = release_queries.find_line(session, team.round_.release, team.entries[1])
    assert line
    rating.rate(session, team.submission, line.revision, {"clarity": 3}, by=team.member, grounds=["own-data"])
    session.commit()
    text = visitor.sign_in(session, team.lead).get(CHECK).page.text_content()
    assert text.count("It rests on: Our own data") == 1 and "Research" not in text


def rate_on(session: Session, team: Team, grounds: list[str]) -> None:
    """The member answers about an entry, for these reasons."""
    line = release_queries.find_line(session, team.round_.release, team.entries[1])
    assert line
    rating.rate(session, team.submission, line.revision, {"clarity": 3}, by=team.member, grounds=grounds)
    session.commit()


def test_what_ratings_rest_on_is_part_of_what_is_signed(visitor: Visitor, session: Session, team: Team) -> None:
    def keys() -> list[str]:
        return [key for key in team.keys(session) if key.startswith(f"{team.entries[1].code}:")]

    rate_on(session, team, ["own-data"])
    before = keys()
    rate_on(session, team, ["research"])
    with pytest.raises(signing_off.ListMovedOn):
        signing_off.sign_off(session, team.submission, before, by=team.as_(team.lead))
    part = signing_off.sign_off(session, team.submission, keys(), by=team.as_(team.lead))
    session.commit()
    rate_on(session, team, ["own-data"])
    assert keys(), "other reasons are signed anew"
    visitor.sign_in(session, team.lead).get(f"/organisation/feedback/{team.submission.reference}/parts/{part.number}")
    assert "It rests on: Research" in visitor.text


def test_a_receipt_shows_what_was_signed_whatever_is_said_later(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.lead).get(CHECK).press("Sign off and send the selected items", authorised=CONFIRMED)
    receipt = visitor.path
    point = team.drafts[0]
    session.refresh(point)
    commenting.edit(
        session, point, by=team.as_(team.lead), seen=1, body="Other words.", publish_as=PublishAs.SUMMARY_ONLY
    )
    session.commit()
    visitor.get(receipt)
    article = next(each for each in visitor.page.iter("article") if point.reference in each.text_content())
    text = " ".join(article.text_content().split())
    assert "May be published, with this under it: Brightplay" in text
    assert "Other words were sent for this in a later part." in text
    commenting.withdraw(session, point, by=team.as_(team.lead))
    session.commit()
    assert "This was taken back after it had been signed off." in visitor.get(receipt).text


def test_who_may_not_sign_any_more_is_told_who_does(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.deputy).get(CHECK)
    form = {"items": visitor.page.xpath("//input[@name='items']/@value"), "authorised": CONFIRMED}
    place = session.get_one(Person, team.deputy.id).memberships[0]
    place.standing = Standing.MEMBER
    session.add(place)
    session.commit()
    visitor.post(CHECK, form)
    assert visitor.status == 403 and "Your lead or a deputy does this" in visitor.text
    session.commit()
    assert not parts(session)


def test_members_are_told_that_they_can_change_any_item(visitor: Visitor, session: Session, team: Team) -> None:
    visitor.sign_in(session, team.member).get(CHECK)
    assert "You and your colleagues can read each item, change it and leave notes." in visitor.text


def test_it_is_said_who_wrote_who_changed_and_for_whom(visitor: Visitor, session: Session, team: Team) -> None:
    point, members = team.drafts[:2]
    drafting.save(session, point, by=team.as_(team.deputy), seen=1, body="Other words.", publish_as=point.publish_as)
    drafting.offer(session, point, by=team.as_(team.deputy))
    members.speaking_for = SpeakingFor.MEMBERS
    session.add(members)
    session.commit()
    visitor.sign_in(session, team.lead).get(CHECK)
    changed = "Written by Mo Member, last changed by Dee Deputy. Spoken for: Brightplay."
    told = (changed, "Written by Mo Member. Spoken for: members of Brightplay, or a named client.")
    for words in told:
        assert words in visitor.text, words
    visitor.press("Sign off and send the selected items", authorised=CONFIRMED)
    for words in told:
        assert words in visitor.text, words
    visitor.follow("Download this part (PDF)")
    printed = " ".join(page.extract_text() for page in PdfReader(BytesIO(visitor.response.content)).pages)
    assert "Last changed by" in printed and "Dee Deputy" in printed and "My organisation" not in printed
