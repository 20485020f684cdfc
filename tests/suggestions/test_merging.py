"""Merging suggestions into the draft."""

import json

import pytest
from sqlmodel import Session, select

from backend.answers.models import Outcome
from backend.comments.independence import OwnContribution
from backend.comments.models import Comment, Kind, State
from backend.people.models import StaffRole
from backend.releases import queries, revising
from backend.releases.models import Revision
from backend.releases.revising import DraftMovedOn
from backend.suggestions import merging
from backend.suggestions.models import Cause, Suggestion
from backend.suggestions.three_way_merge import Value
from tests import factories
from tests.answers.scene import Scene
from tests.browsing import Visitor

SECTION = "section:mitigations"


def suggest(scene: Scene, value: Value, *, field: str = SECTION, state: State = State.PUBLISHED) -> Suggestion:
    """A checked suggestion for a field of the first entry."""
    comment = factories.make_comment(
        scene.session, scene.submission, scene.author, entry=scene.entry, kind=Kind.WORDING, state=state,
        section="mitigations", replacement=json.dumps(value),
    )  # fmt: skip
    suggestion = Suggestion(comment_id=comment.id, base_revision_id=comment.revision_id or 0, field=field)
    scene.session.add(suggestion)
    scene.session.flush()
    return suggestion


def draft_says(scene: Scene, field: str = SECTION) -> Value:
    """What the draft has in a field of the first entry."""
    return line(scene).content.value(field)


def line(scene: Scene) -> Revision:
    found = queries.find_line(scene.session, scene.draft, scene.entry)
    assert found
    return found.revision


def edit(scene: Scene, value: Value, field: str = SECTION) -> None:
    """Somebody edits the draft."""
    seen = line(scene)
    content = seen.content.with_field(field, value)
    revising.revise(scene.session, scene.draft, scene.entry, content, seen=seen, by=scene.staff, because="Clearer.")


def test_an_accepted_suggestion_is_in_the_draft_and_is_its_cause(session: Session) -> None:
    scene = Scene(session)
    suggestion = suggest(scene, "- Keep it off by default\n- Show a clear sign\n- Log it")
    revision = merging.accept(session, suggestion, into=scene.draft, by=scene.staff)
    assert draft_says(scene) == "- Keep it off by default\n- Show a clear sign\n- Log it"
    cause = session.exec(select(Cause)).one()
    assert (cause.revision_id, cause.comment_id, cause.field) == (revision.id, suggestion.comment_id, SECTION)
    assert suggestion.comment.reference in revision.message
    with pytest.raises(merging.AlreadyMerged):
        merging.accept(session, suggestion, into=scene.draft, by=scene.staff)


def test_what_the_draft_has_changed_elsewhere_is_kept(session: Session) -> None:
    scene = Scene(session)
    suggestion = suggest(scene, "- Keep it off by default\n- Show a clear sign\n- Log it")
    edit(scene, "- Keep it switched off\n- Show a clear sign")
    merging.accept(session, suggestion, into=scene.draft, by=scene.staff)
    assert draft_says(scene) == "- Keep it switched off\n- Show a clear sign\n- Log it"


def test_competing_words_conflict_until_somebody_settles_them(session: Session) -> None:
    scene = Scene(session)
    one = suggest(scene, "- Keep it off for ever\n- Show a clear sign")
    other = suggest(scene, "- Keep it off until asked\n- Show a clear sign")
    merging.accept(session, one, into=scene.draft, by=scene.staff)
    with pytest.raises(merging.MergeConflict) as conflict:
        merging.accept(session, other, into=scene.draft, by=scene.staff)
    piece = conflict.value.merged.conflicts[0]
    assert "for ever" in piece.mine and "until asked" in piece.theirs
    seen = line(scene)
    merging.accept(
        session, other, into=scene.draft, by=scene.staff, settled="- Keep it off until an adult asks", seen=seen
    )
    assert draft_says(scene) == "- Keep it off until an adult asks"
    assert merging.merged_into(session, scene.draft) == {one.comment_id, other.comment_id}
    with pytest.raises(merging.AlreadyMerged):
        merging.accept(session, other, into=scene.draft, by=scene.staff, seen=seen)


def test_terms_of_two_suggestions_are_both_taken(session: Session) -> None:
    scene = Scene(session)
    field = "terms:code-standards"
    for value in (("2", "7", "12"), ("2", "5")):
        merging.accept(session, suggest(scene, value, field=field), into=scene.draft, by=scene.staff)
    assert draft_says(scene, field) == ("2", "5", "12")


def test_the_same_words_from_two_people_are_caused_by_both(session: Session) -> None:
    scene = Scene(session)
    words = "- Keep it off by default\n- Show a clear sign\n- Log it"
    one, other = suggest(scene, words), suggest(scene, words)
    first = merging.accept(session, one, into=scene.draft, by=scene.staff)
    assert merging.accept(session, other, into=scene.draft, by=scene.staff).id == first.id
    assert len(session.exec(select(Cause)).all()) == 2


def test_what_was_always_there_is_not_called_a_change(session: Session) -> None:
    scene = Scene(session)
    same = str(draft_says(scene))
    with pytest.raises(merging.NothingToMerge):
        merging.accept(session, suggest(scene, same), into=scene.draft, by=scene.staff)


@pytest.mark.parametrize("state", [State.HELD, State.WITHHELD, State.WITHDRAWN])
def test_only_what_was_checked_is_merged(session: Session, state: State) -> None:
    scene = Scene(session)
    with pytest.raises(merging.NotToBeMerged):
        merging.accept(session, suggest(scene, "- New", state=state), into=scene.draft, by=scene.staff)


def test_nobody_merges_their_own_suggestion_nor_into_an_entry_that_is_gone(session: Session) -> None:
    scene = Scene(session)
    suggestion = suggest(scene, "- New")
    with pytest.raises(OwnContribution):
        merging.accept(session, suggestion, into=scene.draft, by=scene.author)
    revising.retire(session, scene.draft, scene.entry, because="Merged.", superseded_by=None, by=scene.staff)
    with pytest.raises(merging.EntryGone):
        merging.accept(session, suggestion, into=scene.draft, by=scene.staff)


def test_a_merge_settles_the_decision_field(session: Session) -> None:
    scene = Scene(session)
    suggestion = suggest(scene, "- New mitigation")
    merging.accept(session, suggestion, into=scene.draft, by=scene.staff)
    scene.comments.insert(0, suggestion.comment)
    assert scene.decide(Outcome.CHANGED).field == SECTION


def test_a_suggestion_is_accepted_on_its_page(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    suggestion = suggest(scene, "- Keep it off by default\n- Show a clear sign\n- Log it")
    session.commit()
    visitor.sign_in(session, scene.staff).get(f"/staff/release/suggestions/{suggestion.comment.reference}")
    assert "What a merge gives" in visitor.text and "Log it" in visitor.text
    visitor.press("Accept the suggestion")
    assert "The suggestion is in the draft" in visitor.text
    session.expire_all()
    assert "Log it" in str(draft_says(scene))


def test_a_conflict_is_settled_by_hand_and_keeps_both_texts(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    suggestion = suggest(scene, "- Keep it off until asked\n- Show a clear sign")
    edit(scene, "- Keep it off for ever\n- Show a clear sign")
    session.commit()
    visitor.sign_in(session, scene.staff).get(f"/staff/release/suggestions/{suggestion.comment.reference}")
    for words in ("disagree", "Keep it off for ever", "Keep it off until asked"):
        assert words in visitor.text
    visitor.press("Save these words", settled="")
    assert visitor.status == 422
    edit(scene, "- Keep it off always\n- Show a clear sign")
    session.commit()
    visitor.press("Save these words", settled="- Keep it off until an adult asks")
    assert visitor.status == 409
    assert "draft has moved on" in visitor.text and "Keep it off always" in visitor.text
    assert "until an adult asks" in visitor.page.findtext(".//textarea[@name='settled']")
    visitor.press("Save these words")
    session.expire_all()
    assert draft_says(scene) == "- Keep it off until an adult asks"


def test_a_draft_that_moved_on_is_read_again_before_accepting(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    suggestion = suggest(scene, "- Keep it off by default\n- Show a clear sign\n- Log it")
    session.commit()
    visitor.sign_in(session, scene.staff).get(f"/staff/release/suggestions/{suggestion.comment.reference}")
    edit(scene, "- Keep it switched off\n- Show a clear sign")
    session.commit()
    visitor.press("Accept the suggestion")
    assert visitor.status == 409 and "Keep it switched off" in visitor.text
    with pytest.raises(DraftMovedOn):
        seen = session.get(Revision, suggestion.base_revision_id)
        merging.accept(session, suggestion, into=scene.draft, by=scene.staff, seen=seen)


def test_only_releasers_merge(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    address = f"/staff/release/suggestions/{suggest(scene, '- New').comment.reference}"
    session.commit()
    for person in (scene.author, factories.make_staff(session, StaffRole.MODERATOR)):
        assert visitor.sign_in(session, person).get(address).status == 403
    plain = session.exec(select(Comment).where(Comment.kind == Kind.EVIDENCE)).first()
    assert plain
    visitor.sign_in(session, scene.staff)
    assert visitor.get(f"/staff/release/suggestions/{plain.reference}").status == 404


def test_hostile_words_stay_words(session: Session, visitor: Visitor) -> None:
    scene = Scene(session)
    suggestion = suggest(
        scene, "<script>alert(1)</script>\n<div data-hx-get=/x data-hx-trigger=load>\n[x](javascript:1)"
    )
    edit(scene, "- Other <b>words</b>")
    session.commit()
    visitor.sign_in(session, scene.staff).get(f"/staff/release/suggestions/{suggestion.comment.reference}")
    main = visitor.page.find(".//main")
    assert main is not None and "alert(1)" in visitor.text
    assert not main.xpath(".//script") and not main.xpath(".//*[@data-hx-trigger]")
