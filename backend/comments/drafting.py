"""Drafts: words that only their own voice sees, written by one or several hands until they are sent."""

from datetime import datetime
from typing import Unpack

from sqlalchemy import bindparam
from sqlmodel import Session, col, select

from backend.audit import log
from backend.comments import commenting, queries
from backend.comments.commenting import Said, TextMovedOn
from backend.comments.models import Comment, Draft, Kind, State
from backend.core import clock, counters, db, tokens
from backend.core.errors import Gone, NotFound, Refusal
from backend.core.i18n import mark
from backend.people.access import Viewer
from backend.releases import rounds
from backend.releases.models import Round
from backend.submissions import queries as submission_queries
from backend.submissions import signing, speaking
from backend.submissions.models import PublishAs, SpeakingFor

MADE_BY = select(col(Comment.id)).where(Comment.form_token == bindparam("token"))
"""Asked for each form that is sent, most of which have made nothing yet, so made once."""


class AlreadySent(Refusal):
    """What was sent is no draft any more."""

    title = mark("This has been sent already")
    words = mark("Point %(reference)s is not a draft any more. Open it to see where it stands, or to change it.")

    def __init__(self, comment: Comment) -> None:
        super().__init__(reference=comment.reference)
        self.way_on = (f"/comments/{comment.reference}", mark("Open the point"))


class DraftDiscarded(Gone):
    """Its author or a colleague threw the draft away."""

    title = mark("This draft has been thrown away")
    words = mark("It was never sent, and its words have been deleted.")
    way_on = ("/my-feedback", mark("Go to my feedback"))


class ColleaguesToo(Refusal):
    """A draft leaves its organisation only by its author, and only while it is nobody else's work."""

    status = 422
    title = mark("A colleague has worked on this draft")
    words = mark(
        "A colleague has begun this draft, worked on it or left a note about it. "
        "Leave who it speaks for as it is, or write a point of your own."
    )


def begin(session: Session, viewer: Viewer, round_: Round, **said: Unpack[Said]) -> Comment:
    """Keep the words of a form as a draft. The same form coming again writes over the draft that it made.

    Raises RoundClosed, EntryNotInRelease, NotFound for a section that the framework has not, CannotSpeak, and as `save`
    does.
    """
    comment, _ = _keep(session, viewer, round_, said, ready_at=None)
    return comment


def finish(session: Session, viewer: Viewer, round_: Round, **said: Unpack[Said]) -> Comment:
    """Send a point of one's own, or add one to the organisation's feedback, which its lead or a deputy signs off.

    The same form coming again gives the point that it made. Raises as `begin` and `commenting.send` do.
    """
    if not said["body"]:
        raise commenting.NothingSaid()
    for_organisation = speaking.is_for_an_organisation(said["speaking_for"])
    if not for_organisation and find_made(session, commenting.token_of(said, viewer.known)) is None:
        return commenting.send(session, viewer, round_, **said)
    comment, is_new = _keep(session, viewer, round_, said, ready_at=clock.now() if for_organisation else None)
    if comment.state is State.DRAFT and not is_new:
        (offer if for_organisation else send)(session, comment, by=viewer)
    return comment


def find_made(session: Session, token: str) -> Comment | None:
    """The point that the form with this token has made."""
    made = session.exec(MADE_BY, params={"token": token}).first()
    return session.get(Comment, made, options=queries.whole()) if made else None


def save(
    session: Session,
    comment: Comment,
    *,
    by: Viewer,
    seen: int,
    body: str,
    publish_as: PublishAs,
    kind: Kind | None = None,
    replacement: str | None = None,
    speaking_for: SpeakingFor | None = None,
    on_behalf_of: str = "",
    form: str = "",
) -> Draft:
    """Write other words over those that the person had seen; being written again, they wait to be offered again.

    What came from the same form before has been seen. Raises NotFound where the draft is not theirs, RoundClosed,
    AlreadySent, DraftDiscarded, TextMovedOn, CannotSpeak or ColleaguesToo.
    """
    draft = hold(session, comment, by)
    speaking_for = speaking_for or comment.speaking_for
    others = on_behalf_of if speaking_for is SpeakingFor.MEMBERS else ""
    publish_as = speaking.allowed(speaking_for, publish_as)
    digest = commenting.digest_of(body, replacement)
    form = tokens.digest(form) if form else ""
    before = (draft.digest, comment.kind, comment.speaking_for, comment.on_behalf_of, comment.publish_as)
    after = (digest, kind or comment.kind, speaking_for, others, publish_as)
    if before != after:
        if draft.number != seen and (not form or draft.form != form):
            raise TextMovedOn(comment)
        _speak_for(session, comment, by, speaking_for, publish_as, others)
        comment.kind, comment.publish_as, comment.digest = kind or comment.kind, publish_as, digest
        session.add(comment)
        draft.body, draft.replacement, draft.digest = body, replacement, digest
        draft.number += 1
        draft.form = form
        draft.saved_by_id = by.known.id
        draft.saved_at, draft.ready_at = clock.now(), None
        note_others(session, comment, by=by)
    session.add(draft)
    session.flush()
    return draft


def offer(session: Session, comment: Comment, *, by: Viewer) -> None:
    """Say that the draft can be signed off. Raises as `save` does, and NothingSaid for a draft without words."""
    draft = hold(session, comment, by)
    if not draft.body:
        raise commenting.NothingSaid()
    draft.ready_at = clock.now()
    session.add(draft)


def send(session: Session, comment: Comment, *, by: Viewer) -> None:
    """Send a draft of one's own, to be checked. Raises as `save` does, NothingSaid, or NeedsSignOff for others."""
    draft = hold(session, comment, by)
    if comment.submission.organisation_id is not None:
        raise signing.NeedsSignOff()
    if not draft.body:
        raise commenting.NothingSaid()
    comment.text_number += 1
    comment.sent_at = clock.now()
    speaking.note_sent(session, comment.submission)
    commenting.write(session, comment, draft.body, draft.replacement)
    session.delete(draft)
    commenting.move(session, comment, State.HELD)
    log.record(session, "comment sent", f"comment {comment.reference}", by=by.person, digest=comment.digest)


def discard(session: Session, comment: Comment, *, by: Viewer) -> None:
    """Throw the draft away: its words go for good. Raises as `save` does."""
    throw_away(session, comment, hold(session, comment, by))
    log.record(session, "draft discarded", f"comment {comment.reference}", by=by.person)


def throw_away(session: Session, comment: Comment, draft: Draft) -> None:
    """The words of the draft go, and that there was one stays."""
    session.delete(draft)
    comment.withdrawn_at = clock.now()
    comment.digest = ""
    commenting.move(session, comment, State.WITHDRAWN)


def hold(session: Session, comment: Comment, viewer: Viewer) -> Draft:
    """The draft, which nobody else changes or signs off until this transaction ends.

    Raises NotFound where it is not theirs, RoundClosed, AlreadySent or DraftDiscarded.
    """
    commenting.lock(session, comment)
    if comment.submission.voice not in submission_queries.voices(viewer):
        raise NotFound()
    return must_be_draft(session, comment)


def must_be_draft(session: Session, comment: Comment) -> Draft:
    """The draft as it is now, to be read. Raises RoundClosed, AlreadySent or DraftDiscarded."""
    draft = session.get(Draft, comment.id, populate_existing=True)
    if is_discarded(comment):
        raise DraftDiscarded()
    if comment.state is not State.DRAFT or draft is None:
        raise AlreadySent(comment)
    rounds.must_be_open(comment.round)
    return draft


def may_change_hands(session: Session, comment: Comment, viewer: Viewer) -> bool:
    """Whether this person may let the draft speak for somebody else: its author, while nobody else has a part in it."""
    draft = session.get_one(Draft, comment.id)
    return comment.author_id == viewer.known.id and not draft.by_others


def note_others(session: Session, comment: Comment, *, by: Viewer) -> None:
    """This person has worked on the draft, so from now on it stays with them all if they are not its author."""
    draft = session.get(Draft, comment.id)
    if draft is not None and comment.author_id != by.known.id:
        draft.by_others = True
        session.add(draft)


def is_discarded(comment: Comment) -> bool:
    """Whether it was a draft that has been thrown away."""
    return comment.state is State.WITHDRAWN and comment.text_number == 0


def _keep(
    session: Session, viewer: Viewer, round_: Round, said: Said, *, ready_at: datetime | None
) -> tuple[Comment, bool]:
    """The draft of the form, and whether it is new; only a new one is ready at once."""
    token = commenting.token_of(said, viewer.known)
    made = find_made(session, token)
    if made is None:
        made, is_new = commenting.make(session, viewer, round_, State.DRAFT, token, **said)
        if is_new:
            _write_draft(session, made, viewer, said, ready_at)
            return made, True
    digest = commenting.digest_of(said["body"], said.get("replacement"))
    if made.state is State.DRAFT or made.digest != digest:
        save(
            session, made, by=viewer, seen=0, body=said["body"], replacement=said.get("replacement"),
            kind=said["kind"], publish_as=said["publish_as"], speaking_for=said["speaking_for"],
            on_behalf_of=said.get("on_behalf_of", ""), form=said.get("form_token", ""),
        )  # fmt: skip
    return made, False


def _write_draft(session: Session, comment: Comment, viewer: Viewer, said: Said, ready_at: datetime | None) -> None:
    form = said.get("form_token", "")
    draft = Draft(
        comment_id=comment.id,
        body=said["body"],
        replacement=said.get("replacement"),
        digest=comment.digest,
        form=tokens.digest(form) if form else "",
        saved_by_id=viewer.known.id,
        ready_at=ready_at,
    )
    db.add_once(session, draft, "comment_id")
    counters.add(session, commenting.count_name(comment, State.DRAFT))
    log.record(session, "draft begun", f"comment {comment.reference}", by=viewer.person)


def _speak_for(
    session: Session, comment: Comment, viewer: Viewer, speaking_for: SpeakingFor, publish_as: PublishAs, others: str
) -> None:
    """Let the draft speak for somebody else, in their submission."""
    if speaking.voice_of(viewer, speaking_for) != comment.submission.voice:
        if not may_change_hands(session, comment, viewer):
            raise ColleaguesToo()
        before = comment.submission.reference
        comment.submission = speaking.speak(
            session, comment.round, viewer, speaking_for=speaking_for, publish_as=publish_as, on_behalf_of=others
        )
        log.record(
            session, "draft changed hands", f"comment {comment.reference}", by=viewer.person, before=before,
            after=comment.submission.reference,
        )  # fmt: skip
    comment.speaking_for, comment.on_behalf_of = speaking_for, others
