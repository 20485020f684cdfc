"""Checking points at the staff pages."""

import pytest
from sqlalchemy import event, func
from sqlmodel import Session, col, select

from backend.accounts import membership
from backend.comments import commenting, drafting, moderation
from backend.comments.independence import OwnContribution
from backend.comments.models import Check, Comment, Kind, State, WithheldBecause
from backend.core import counters
from backend.core.db import Database
from backend.notifications.models import OutboxMessage
from backend.people.access import viewer_for
from backend.people.models import Membership, StaffRole, Standing
from backend.people.queries import find_place
from backend.releases import queries
from backend.submissions.models import PublishAs, SpeakingFor
from tests import factories
from tests.browsing import Visitor

HOSTILE = "<script>alert(1)</script> <div data-hx-get=/x data-hx-trigger=load>here</div> [x](javascript:alert(1))"


def make_point(session: Session, **facts: object) -> Comment:
    """A held point of an organisation on the first entry."""
    framework = factories.make_framework(session)
    round_ = factories.make_round(session, framework)
    organisation = factories.make_organisation(session, name="Brightplay")
    author = factories.make_member(session, organisation)
    submission = factories.make_submission(session, round_, organisation=organisation)
    comment = factories.make_comment(
        session, submission, author, entry=queries.entry(session, "CCHF-01"), **facts  # type: ignore[arg-type]
    )  # fmt: skip
    session.commit()
    return comment


def test_a_held_point_is_published_from_the_queue(session: Session, visitor: Visitor) -> None:
    comment = make_point(session, body="Say more about autoplay.")
    moderator = factories.make_staff(session, StaffRole.MODERATOR)
    visitor.sign_in(session, moderator).get("/staff/check")
    for words in ("Say more about autoplay.", "Brightplay", "CCHF-01", "Publish it with the name", "1 point waits"):
        assert words in visitor.text
    visitor.press("Publish")
    assert "Nothing waits to be checked" in visitor.text
    session.refresh(comment)
    assert comment.state is State.PUBLISHED and comment.checked_at
    check = session.exec(select(Check)).one()
    assert (check.outcome, check.moderator_id, check.text_number) == (State.PUBLISHED, moderator.id, 1)
    counts = counters.read(session, f"points:{comment.round_id}:{comment.entry_id}:")
    assert counts["published"] == 1


def test_with_htmx_only_the_row_changes(session: Session, visitor: Visitor) -> None:
    comment = make_point(session)
    visitor.sign_in(session, factories.make_staff(session))
    row = {"HX-Request": "true"}
    visitor.post(f"/staff/check/{comment.reference}/publish", {"seen": "1"}, **row)
    assert visitor.status == 200
    assert "<!DOCTYPE" not in visitor.response.text and "Published" in visitor.response.text
    visitor.post(f"/staff/check/{comment.reference}/publish", {"seen": "1"}, **row)
    assert visitor.status == 409
    assert "<!DOCTYPE" not in visitor.response.text and "Somebody else" in visitor.response.text


@pytest.mark.parametrize(
    ("facts"),
    [{"publish_as": PublishAs.SUMMARY_ONLY}, {"speaking_for": SpeakingFor.PRIVATE}],
)
def test_what_is_not_for_publication_is_kept(session: Session, visitor: Visitor, facts: dict[str, object]) -> None:
    comment = make_point(session)
    for name, value in facts.items():
        setattr(comment, name, value)
    session.add(comment)
    session.commit()
    visitor.sign_in(session, factories.make_staff(session)).get(f"/staff/check/{comment.reference}")
    visitor.press("Mark as checked")
    session.refresh(comment)
    assert comment.state is State.KEPT


def test_a_withheld_comment_tells_its_author_why(session: Session, visitor: Visitor) -> None:
    comment = make_point(session)
    visitor.sign_in(session, factories.make_staff(session)).get(f"/staff/check/{comment.reference}")
    visitor.press("Withhold and tell the author")
    assert visitor.status == 422
    assert "Enter what the author should know" in visitor.text
    visitor.press("Withhold and tell the author", because="personal-data", words="Don’t name the pupil & it's fine.")
    assert "its author has been told" in visitor.text
    session.refresh(comment)
    assert comment.state is State.WITHHELD
    mail = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "withheld")).one()
    assert mail.to == comment.author.email
    assert "Don’t name the pupil & it's fine." in mail.text and "It holds personal data" in mail.text
    assert f"/comments/{comment.reference}" in mail.text
    visitor.get(f"/staff/check/{comment.reference}")
    assert "Don’t name the pupil" in visitor.text and "Sam Staff" in visitor.text


def test_where_the_author_has_left_whoever_signs_off_is_told_why(session: Session, visitor: Visitor) -> None:
    comment = make_point(session)
    organisation = comment.submission.organisation
    lead = factories.make_member(session, organisation, standing=Standing.LEAD)
    deputy = factories.make_member(session, organisation, standing=Standing.DEPUTY)
    factories.make_member(session, organisation)
    place = find_place(comment.author)
    assert place
    membership.remove(session, place, by=lead)
    session.commit()
    visitor.sign_in(session, factories.make_staff(session)).get(f"/staff/check/{comment.reference}")
    visitor.press("Withhold and tell the author", because="personal-data", words="Don’t name the pupil.")
    mails = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "withheld")).all()
    assert sorted(mail.to for mail in mails) == sorted([lead.email, deputy.email])


def test_of_two_moderators_one_wins_and_the_other_is_told(session: Session, visitor: Visitor) -> None:
    comment = make_point(session)
    visitor.sign_in(session, factories.make_staff(session)).get(f"/staff/check/{comment.reference}")
    moderation.publish_or_keep(session, comment, factories.make_staff(session))
    session.commit()
    visitor.press("Withhold and tell the author", because="offensive", words="No.")
    assert visitor.status == 409
    assert "This point has moved on" in visitor.text and "is now: published" in visitor.text
    session.refresh(comment)
    assert comment.state is State.PUBLISHED


def test_a_text_that_its_author_has_changed_is_not_published_unread(session: Session, visitor: Visitor) -> None:
    comment = make_point(session)
    visitor.sign_in(session, factories.make_staff(session)).get(f"/staff/check/{comment.reference}")
    comment.text_number = 2
    session.add(comment)
    session.commit()
    visitor.press("Publish")
    assert visitor.status == 409
    assert "newer text" in visitor.text
    session.refresh(comment)
    assert comment.state is State.HELD


def test_a_published_point_can_be_withheld_later(session: Session, visitor: Visitor) -> None:
    comment = make_point(session, state=State.PUBLISHED)
    moderator = factories.make_staff(session)
    moderation.withhold(session, comment, by=moderator, because=WithheldBecause.PERSONAL_DATA, words="A name.")
    session.commit()
    assert counters.read(session, "page:")["entry:CCHF-01"] == 1
    with pytest.raises(moderation.AlreadyChecked):
        moderation.publish_or_keep(session, comment, moderator)


def test_nobody_checks_their_own_point(session: Session, visitor: Visitor) -> None:
    comment = make_point(session)
    moderator = factories.make_staff(session)
    session.add(Membership(organisation_id=comment.submission.organisation_id or 0, person_id=moderator.id))
    session.commit()
    session.refresh(moderator)
    visitor.sign_in(session, moderator).get("/staff/check")
    assert "Somebody else has to check it" in visitor.text
    visitor.post(f"/staff/check/{comment.reference}/publish", {"seen": "1"})
    assert visitor.status == 403
    with pytest.raises(OwnContribution):
        moderation.publish_or_keep(session, comment, comment.author)


def test_the_queue_can_be_filtered_and_says_so_when_nothing_fits(session: Session, visitor: Visitor) -> None:
    comment = make_point(session, kind=Kind.EVIDENCE)
    visitor.sign_in(session, factories.make_staff(session))
    assert comment.reference in visitor.get("/staff/check?entry=cchf-01&kind=evidence").text
    assert "No point that waits fits" in visitor.get("/staff/check?entry=CCHF-02").text
    assert "No point that waits fits" in visitor.get("/staff/check?kind=question").text
    assert visitor.get("/staff/check?after=99999999999999999999").status == 422


def test_hostile_words_are_inert(session: Session, visitor: Visitor) -> None:
    comment = make_point(session, body=HOSTILE)
    visitor.sign_in(session, factories.make_staff(session)).get(f"/staff/check/{comment.reference}")
    assert "alert(1)" in visitor.text
    main = visitor.page.find(".//main")
    assert main is not None
    assert not main.xpath(".//script") and not main.xpath(".//*[@data-hx-get]")
    assert not main.xpath(".//a[contains(@href, 'javascript')]")


def test_only_moderators_check(session: Session, visitor: Visitor) -> None:
    comment = make_point(session)
    for person in (comment.author, factories.make_staff(session, StaffRole.RELEASER)):
        visitor.sign_in(session, person)
        assert visitor.get("/staff/check").status == 403
        assert visitor.post(f"/staff/check/{comment.reference}/publish", {"seen": "1"}).status == 403


def test_the_queue_takes_as_many_reads_for_ten_points_as_for_one(
    session: Session, visitor: Visitor, database: Database
) -> None:
    comment = make_point(session)
    visitor.sign_in(session, factories.make_staff(session))
    few = _reads(visitor, database)
    for _ in range(9):
        factories.make_comment(session, comment.submission, comment.author, entry=comment.entry)
    session.commit()
    assert _reads(visitor, database) == few
    for _ in range(15):
        factories.make_comment(session, comment.submission, comment.author)
    session.commit()
    visitor.get("/staff/check").follow("Next page")
    assert visitor.page.find_class("app-point")


def _reads(visitor: Visitor, database: Database) -> int:
    seen: list[object] = []

    def count(*args: object) -> None:
        seen.append(args[2])

    event.listen(database.engine, "before_cursor_execute", count)
    visitor.get("/staff/check")
    event.remove(database.engine, "before_cursor_execute", count)
    return len(seen)


def test_the_kept_counts_equal_a_recount(session: Session) -> None:
    framework = factories.make_framework(session)
    round_ = factories.make_round(session, framework)
    author = viewer_for(factories.make_specialist(session))
    moderator = factories.make_staff(session)
    sent = [
        commenting.send(
            session, author, round_, kind=Kind.EVIDENCE, body=f"Point {number}", publish_as=publish_as,
            speaking_for=SpeakingFor.SPECIALIST, entry=queries.entry(session, "CCHF-01") if number % 2 else None,
        )
        for number, publish_as in enumerate([PublishAs.NAMED, PublishAs.SUMMARY_ONLY, PublishAs.NAMED] * 3)
    ]  # fmt: skip
    for comment in sent[:5]:
        moderation.publish_or_keep(session, comment, moderator)
    for comment in sent[3:7]:
        moderation.withhold(session, comment, by=moderator, because=WithheldBecause.OFFENSIVE, words="No.")
    commenting.withdraw(session, sent[0], by=author)
    colleagues = [factories.make_member(session, standing=Standing.LEAD) for _ in range(2)]
    for place, lead in enumerate(colleagues):
        drafts = [
            drafting.begin(
                session, viewer_for(lead), round_, kind=Kind.EVIDENCE, body=f"Draft {number}",
                publish_as=PublishAs.NAMED, speaking_for=SpeakingFor.ORGANISATION,
            )
            for number in range(3)
        ]  # fmt: skip
        for ready in drafts[::2]:
            drafting.offer(session, ready, by=viewer_for(lead))
        drafting.discard(session, drafts[1], by=viewer_for(lead))
        if place:
            factories.sign_everything(session, drafts[0].submission, lead)
    session.commit()
    recount = session.exec(
        select(Comment.entry_id, Comment.state, func.count()).group_by(col(Comment.entry_id), col(Comment.state))
    ).all()
    kept = {name: number for name, number in counters.read(session, f"points:{round_.id}:").items() if number}
    assert kept == {f"{entry_id or 0}:{state.value}": number for entry_id, state, number in recount}
