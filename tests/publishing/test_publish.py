"""The gate, and publishing everything in one moment."""

from datetime import timedelta

import pytest
from sqlmodel import Session, select
from time_machine import travel

from backend.answers import answering, deciding, queries
from backend.answers.models import Outcome
from backend.comments.models import State
from backend.core import clock, counters
from backend.notifications.models import OutboxMessage
from backend.people.models import StaffRole
from backend.publishing import carry_forward, drafting, gate, publish, telling
from backend.publishing import queries as publishing_queries
from backend.publishing.carry_forward import Standing
from backend.publishing.gate import GateClosed
from backend.releases import queries as release_queries
from backend.releases import revising
from backend.releases.kinds import ReleaseState
from backend.releases.revising import NotADraft
from backend.suggestions import merging
from tests import factories
from tests.answers.scene import Scene
from tests.browsing import Visitor
from tests.suggestions.test_merging import line, suggest


def what(scene: Scene) -> list[str]:
    """The names of the obstacles."""
    return [obstacle.what for obstacle in gate.obstacles(scene.session, scene.draft)]


def test_each_obstacle_goes_when_its_thing_is_done(session: Session) -> None:
    scene = Scene(session, closed=False)
    scene.comment.state = State.HELD
    session.add(scene.comment)
    assert what(scene) == ["round", "held", "undecided", "nothing changed"]
    with travel(clock.now() + timedelta(days=11), tick=False):
        assert what(scene) == ["held", "undecided", "nothing changed"]
        scene.comment.state = State.KEPT
        session.add(scene.comment)
        assert what(scene) == ["undecided", "nothing changed"]
        scene.decide()
        assert what(scene) == ["drafted", "nothing changed"]
        deciding.make_final(session, scene.draft, scene.staff)
        assert what(scene) == ["nothing changed"]
        scene.change(because="")
        assert what(scene) == ["reason"]
        scene.change("CCHF-02")
        assert what(scene) == ["reason"]
        other = release_queries.find_line(session, scene.draft, scene.entry)
        assert other
        content = other.revision.content.with_field("title", "Better still")
        drafting.save(
            session, scene.draft, scene.entry, content, seen=other.revision, by=scene.staff, because="Plainer."
        )
        assert what(scene) == []
        publish.publish(session, scene.draft, scene.staff)
    assert scene.draft.state is ReleaseState.PUBLISHED


def test_a_draft_in_which_nothing_changed_may_say_so(session: Session) -> None:
    scene = Scene(session, points=0)
    assert what(scene) == ["nothing changed"]
    drafting.describe(session, scene.draft, title="Next", introduction="Nothing changed.", by=scene.staff)
    assert what(scene) == []


def test_a_change_and_its_undoing_is_no_change(session: Session) -> None:
    scene = Scene(session, points=0)
    original = line(scene).content
    scene.change()
    revising.revise(session, scene.draft, scene.entry, original, seen=line(scene), by=scene.staff, because="Undone.")
    assert what(scene) == ["nothing changed"]
    assert publishing_queries.notes(session, scene.draft) == []


def test_a_point_that_led_to_a_change_is_not_told_that_nothing_was_done(session: Session) -> None:
    scene = Scene(session)
    suggestion = suggest(scene, "- Keep it switched off")
    merging.accept(session, suggestion, into=scene.draft, by=scene.staff)
    scene.decide()
    facts = {"reason": "Because.", "release": scene.draft, "by": scene.staff}
    deciding.decide(session, suggestion.comment, outcome=Outcome.NOT_CHANGED, **facts)
    deciding.make_final(session, scene.draft, scene.staff)
    assert what(scene) == ["contradicted"]
    deciding.decide(session, suggestion.comment, outcome=Outcome.CHANGED, **facts)
    deciding.make_final(session, scene.draft, scene.staff)
    assert what(scene) == []


def test_the_gate_stays_closed_for_whoever_pushes(session: Session) -> None:
    scene = Scene(session)
    scene.change()
    scene.decide()
    with pytest.raises(GateClosed, match="draft"):
        publish.publish(session, scene.draft, scene.staff)
    assert scene.draft.state is ReleaseState.DRAFT
    assert session.exec(select(OutboxMessage)).all() == []


def test_everything_is_revealed_at_once_and_nothing_before(session: Session, visitor: Visitor) -> None:
    scene = Scene(session, points=2)
    scene.change()
    answer = answering.write(
        session, scene.draft, title="Autoplay", you_said="More.", we_did="It is off.", outcome=Outcome.CHANGED,
        by=scene.staff,
    )  # fmt: skip
    answering.attach(session, answer, scene.comments, scene.staff)
    deciding.make_final(session, scene.draft, scene.staff)
    session.commit()
    assert queries.published_decisions(session, scene.comments) == {}
    assert visitor.get("/frameworks/harms/releases/0.2").status == 404
    before = counters.read(session, "page:")
    publish.publish(session, scene.draft, scene.staff)
    session.commit()
    after = counters.read(session, "page:")
    for page in ("site", "framework:harms", "points:harms", "entry:CCHF-01"):
        assert after[page] > before.get(page, 0), page
    assert len(queries.published_decisions(session, scene.comments)) == 2
    assert "New title of CCHF-01" in visitor.get("/frameworks/harms/entries/CCHF-01").text
    assert "It is off." in visitor.get("/frameworks/harms/releases/0.2/answers").text
    assert scene.comment.reference in visitor.get("/frameworks/harms/releases/0.2/ledger").text


def test_one_digest_goes_to_each_contributor(session: Session) -> None:
    scene = Scene(session, points=3)
    other = factories.make_member(session, scene.organisation)
    scene.comments.append(factories.make_comment(session, scene.submission, other, state=State.WITHHELD))
    deciding.decide_all(
        session, scene.comments, outcome=Outcome.NOT_CHANGED, reason="It’s for another body & not ours.",
        release=scene.draft, by=scene.staff,
    )  # fmt: skip
    scene.publish()
    mails = session.exec(select(OutboxMessage).where(OutboxMessage.kind == "digest")).all()
    assert {mail.to for mail in mails} == {scene.author.email, other.email} and len(mails) == 2
    mail = next(mail for mail in mails if mail.to == scene.author.email)
    for comment in scene.comments[:3]:
        assert f"{comment.reference} (CCHF-01): Not changed" in mail.text
    assert "It’s for another body & not ours." in mail.text
    assert "/frameworks/harms/releases/0.2/ledger" in mail.text
    assert scene.comments[3].reference not in mail.text
    telling.tell(session, scene.draft)
    assert len(session.exec(select(OutboxMessage).where(OutboxMessage.kind == "digest")).all()) == 2


def test_a_release_is_published_once(session: Session) -> None:
    scene = Scene(session)
    scene.decide()
    scene.publish()
    with pytest.raises(NotADraft):
        publish.publish(session, scene.draft, scene.staff)


def test_publishing_that_breaks_off_leaves_nothing_behind(session: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    scene = Scene(session)
    scene.decide()
    scene.draft.introduction = "Answers."
    session.add(scene.draft)
    deciding.make_final(session, scene.draft, scene.staff)
    session.commit()

    def pull_the_plug(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(telling, "tell", pull_the_plug)
    with pytest.raises(KeyboardInterrupt):
        publish.publish(session, scene.draft, scene.staff)
    session.rollback()
    session.expire_all()
    assert scene.draft.state is ReleaseState.DRAFT and scene.draft.digest is None
    assert queries.published_decisions(session, scene.comments) == {}
    monkeypatch.undo()
    scene.publish()
    assert scene.draft.state is ReleaseState.PUBLISHED


def test_notes_say_why_and_credit_who_prompted_it(session: Session) -> None:
    scene = Scene(session, points=0)
    merging.accept(session, suggest(scene, "- New mitigation"), into=scene.draft, by=scene.staff)
    kept = suggest(scene, "- New mitigation", state=State.KEPT)
    merging.accept(session, kept, into=scene.draft, by=scene.staff)
    note = publishing_queries.notes(session, scene.draft)[0]
    assert [credit.byline for credit in note.credits] == ["Brightplay"]
    assert note.others and note.change.entry.code == "CCHF-01"


def test_a_point_still_applies_until_its_words_change(session: Session) -> None:
    scene = Scene(session)
    given_on = line(scene)
    assert carry_forward.standing(given_on, line(scene)) is Standing.APPLIES
    content = given_on.content.with_field("terms:code-standards", ("2",))
    revising.revise(session, scene.draft, scene.entry, content, seen=given_on, by=scene.staff, because="Links.")
    assert carry_forward.standing(given_on, line(scene)) is Standing.APPLIES
    scene.change()
    assert carry_forward.standing(given_on, line(scene)) is Standing.TEXT_CHANGED
    assert carry_forward.standing(given_on, None) is Standing.RETIRED


def test_only_releasers_publish(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    scene.decide()
    scene.draft.introduction = "Answers."
    deciding.make_final(session, scene.draft, scene.staff)
    session.commit()
    for person in (scene.author, factories.make_staff(session, StaffRole.MODERATOR)):
        visitor.sign_in(session, person)
        assert visitor.post("/staff/release/publish").status == 403
        assert visitor.get("/staff/release/publish").status == 403
    visitor.sign_in(session, scene.staff).get("/staff/release/publish")
    visitor.press("Publish release 0.2")
    assert "Release 0.2 is published" in visitor.text and visitor.path == "/frameworks/harms/releases/0.2"
