"""Sending a point, changing what was sent, taking it back: what its author may do."""

from typing import Required, TypedDict, Unpack

from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, select

from backend.audit import log
from backend.comments.models import Comment, CommentText, Kind, State
from backend.core import clock, counters, db, tokens
from backend.core.db import add_once
from backend.core.errors import Gone, NotFound, Refusal
from backend.core.i18n import language, mark
from backend.people.access import Viewer
from backend.people.models import Person
from backend.releases import activity, rounds
from backend.releases import queries as release_queries
from backend.releases.models import Entry, Question, ReleaseEntry, Round
from backend.submissions import queries as submission_queries
from backend.submissions import signing, speaking
from backend.submissions.models import PublishAs, SignOff, SpeakingFor, Submission

CHANGEABLE = frozenset({State.DRAFT, State.HELD, State.PUBLISHED, State.KEPT, State.WITHHELD})


class EntryNotInRelease(Refusal):
    """Feedback is given on the exact words of the release that the round is about."""

    status = 422
    title = mark("This entry is not in the release")
    words = mark(
        "%(code)s is not in release %(number)s, which this round is about, so there are no words to give feedback on. "
        "Go back to the framework and choose an entry from it."
    )


class NothingSaid(Refusal):
    """A point needs words."""

    status = 422
    title = mark("There are no words")
    words = mark("Enter your point.")


class NotChangeable(Refusal):
    """Somebody is looking at the point, or it is a draft."""

    title = mark("This point cannot be changed now")
    words = mark("We are looking at this point, so it cannot be changed at the moment.")


class PointWithdrawn(Gone):
    """Its author has taken the point back."""

    title = mark("This point has been withdrawn")
    words = mark("Its author has taken it back, so its words are no longer shown and it is not decided on.")


class TextMovedOn(Refusal):
    """Somebody has changed the words since they were read."""

    title = mark("Somebody else has changed these words")
    words = mark("The words have changed since you opened them. Nothing of yours has been lost: compare the two texts.")

    def __init__(self, comment: Comment) -> None:
        super().__init__()
        self.comment = comment


def line_of(session: Session, round_: Round, entry: Entry) -> ReleaseEntry:
    """The exact words of the entry that the round is about. Raises EntryNotInRelease."""
    line = release_queries.find_line(session, round_.release, entry)
    if line is None:
        raise EntryNotInRelease(code=entry.code, number=round_.release.number)
    return line


def count_name(comment: Comment, state: State) -> str:
    """The kept count that the comment is part of while it is in this state."""
    return f"points:{comment.round_id}:{comment.entry_id or 0}:{state}"


def digest_of(body: str, replacement: str | None) -> str:
    """The digest that a receipt carries, of the words and the replacement together."""
    return tokens.digest(tokens.canonical({"body": body, "replacement": replacement}))


def signed_as(reference: str, number: int, digest: str, said: Comment | CommentText) -> list[object]:
    """How a text stands in the list that is signed: its words, and all that is said of them."""
    return ["comment", reference, number, digest, said.kind, said.speaking_for, said.on_behalf_of, said.publish_as]


class Said(TypedDict, total=False):
    """A point: its kind and words, what it is about, who makes it, and what may be published of it."""

    kind: Required[Kind]
    body: Required[str]
    speaking_for: Required[SpeakingFor]
    publish_as: Required[PublishAs]
    on_behalf_of: str
    entry: Entry | None
    section: str | None
    question: Question | None
    """With no entry and no question, it is about the framework as a whole."""
    replacement: str | None
    form_token: str


def send(session: Session, viewer: Viewer, round_: Round, **said: Unpack[Said]) -> Comment:
    """Send a point of one's own, to be checked; an organisation's is drafted, and sent when it is signed off.

    The same form sent again gives the comment it made the first time. Raises RoundClosed, EntryNotInRelease, NotFound
    for a section that the framework has not, NothingSaid, CannotSpeak, or NeedsSignOff for an organisation's point.
    """
    if not said["body"]:
        raise NothingSaid()
    if speaking.is_for_an_organisation(said["speaking_for"]):
        speaking.must_be_offered(viewer, said["speaking_for"])
        raise signing.NeedsSignOff()
    token = token_of(said, viewer.known, said["body"], said.get("replacement"))
    comment, is_new = make(session, viewer, round_, State.HELD, token, **said)
    return note_sent(session, comment, said, by=viewer.known) if is_new else comment


def note_sent(session: Session, comment: Comment, said: Said, *, by: Person) -> Comment:
    """Keep the words of a point that has just been made, and count it as waiting to be checked."""
    speaking.note_sent(session, comment.submission)
    comment.text_number = 1
    write(session, comment, said["body"], said.get("replacement"))
    counters.add(session, count_name(comment, State.HELD))
    log.record(session, "comment sent", f"comment {comment.reference}", by=by, digest=comment.digest)
    return comment


def make(
    session: Session, viewer: Viewer, round_: Round, state: State, token: str, **said: Unpack[Said]
) -> tuple[Comment, bool]:
    """The comment of this form and whether it is new: a form that comes twice makes one. Its words come after it.

    Raises RoundClosed, EntryNotInRelease, NotFound for a section that the framework has not, or CannotSpeak.
    """
    revision_id = must_make_sense(session, round_, said)
    submission = speaking.speak(
        session, round_, viewer, speaking_for=said["speaking_for"], publish_as=said["publish_as"],
        on_behalf_of=said.get("on_behalf_of", ""),
    )  # fmt: skip
    return make_in(session, submission, revision_id, viewer.known, state, token, said)


def must_make_sense(session: Session, round_: Round, said: Said) -> int | None:
    """The revision that the point is about, if it is about one. Raises RoundClosed, EntryNotInRelease or NotFound."""
    rounds.must_be_open(round_)
    entry, section = said.get("entry"), said.get("section")
    line = line_of(session, round_, entry) if entry else None
    if section and section not in {known["key"] for known in round_.release.framework.sections}:
        raise NotFound()
    return line.revision_id if line else None


def make_in(
    session: Session, submission: Submission, revision_id: int | None, author: Person, state: State, token: str,
    said: Said,
) -> tuple[Comment, bool]:  # fmt: skip
    """The comment of this form in a submission, and whether it is new."""
    entry, question, speaking_for = said.get("entry"), said.get("question"), said["speaking_for"]
    comment = Comment(
        reference=tokens.reference(),
        form_token=token,
        round_id=submission.round_id,
        submission_id=submission.id,
        author_id=author.id,
        entry_id=entry.id if entry else None,
        revision_id=revision_id,
        section=said.get("section"),
        question_id=question.id if question else None,
        kind=said["kind"],
        state=state,
        speaking_for=speaking_for,
        on_behalf_of=said.get("on_behalf_of", "") if speaking_for is SpeakingFor.MEMBERS else "",
        publish_as=speaking.allowed(speaking_for, said["publish_as"]),
        language=language.get(),
        digest=digest_of(said["body"], said.get("replacement")),
        sent_at=clock.now() if state is State.HELD else None,
    )
    while not add_once(session, comment):
        before = session.exec(select(Comment).where(Comment.form_token == token)).first()
        if before:
            return before, False
        comment.reference = tokens.reference()  # the other was taken: one in four thousand million is
    set_committed_value(comment, "submission", submission)
    return comment, True


def edit(
    session: Session, comment: Comment, *, by: Viewer, seen: int, body: str, publish_as: PublishAs,
    kind: Kind | None = None, replacement: str | None = None,
) -> None:  # fmt: skip
    """Send other words in place of those the author had seen. They wait to be checked; the former are kept.

    An organisation's are a part of its own, signed by who sends them. Raises NotFound where the point is not theirs,
    RoundClosed, Gone, NotChangeable, NeedsSignOff, NothingSaid or TextMovedOn.
    """
    _hold_sent(session, comment, by)
    if not body:
        raise NothingSaid()
    if comment.text_number != seen:
        raise TextMovedOn(comment)
    comment.text_number += 1
    comment.digest = digest_of(body, replacement)
    comment.kind = kind or comment.kind
    comment.publish_as = speaking.allowed(comment.speaking_for, publish_as)
    comment.sent_at = clock.now()
    comment.checked_at = None
    part = None
    if comment.submission.organisation_id is not None:
        item = signed_as(comment.reference, comment.text_number, comment.digest, comment)
        part = signing.sign(session, comment.submission, [item], by=by)
    write(session, comment, body, replacement, part=part)
    move(session, comment, State.HELD)
    log.record(
        session, "comment changed", f"comment {comment.reference}", by=by.person,
        digest=comment.digest, text=comment.text_number,
    )  # fmt: skip


def withdraw(session: Session, comment: Comment, *, by: Viewer) -> None:
    """Take a point that was sent back.

    Raises NotFound where it is not theirs, RoundClosed, Gone, NotChangeable or NeedsSignOff.
    """
    _hold_sent(session, comment, by)
    comment.withdrawn_at = clock.now()
    move(session, comment, State.WITHDRAWN)
    log.record(session, "comment withdrawn", f"comment {comment.reference}", by=by.person)


def move(session: Session, comment: Comment, to: State) -> None:
    """Bring the comment into this state, and with it the counts and whatever the public can read of it."""
    before = comment.state
    comment.state = to
    session.add(comment)
    session.flush()
    counters.add(session, count_name(comment, before), -1)
    counters.add(session, count_name(comment, to))
    if State.PUBLISHED in (before, to):
        activity.points_changed(session, comment.round.release.framework, comment.entry)


def lock(session: Session, comment: Comment) -> None:
    """Read the comment anew and keep everybody else from changing it until this transaction ends."""
    db.lock(session, comment, key_share=True)


def _hold_sent(session: Session, comment: Comment, viewer: Viewer) -> None:
    """Keep a point that was sent, and the place of who changes it, as they are until this transaction ends.

    Raises as `must_be_changeable` does, or NeedsSignOff.
    """
    must_be_changeable(session, comment, viewer)
    if comment.state is State.DRAFT:
        raise NotChangeable()
    signing.must_sign(comment.submission, viewer)
    signing.hold_place(session, comment.submission, viewer)
    lock(session, comment)
    must_be_changeable(session, comment, viewer)


def must_be_changeable(session: Session, comment: Comment, viewer: Viewer) -> None:
    """Go on only with one's own point in an open round. Raises NotFound, Gone, RoundClosed or NotChangeable."""
    if comment.submission.voice not in submission_queries.voices(viewer):
        raise NotFound()
    if comment.state is State.WITHDRAWN:
        raise PointWithdrawn()
    rounds.must_be_open(comment.round)
    if comment.state not in CHANGEABLE:
        raise NotChangeable()


def write(
    session: Session, comment: Comment, body: str, replacement: str | None, *, part: SignOff | None = None,
    changed_by: Person | None = None,
) -> None:  # fmt: skip
    """Keep the words that are sent, for ever."""
    said = {name: getattr(comment, name) for name in ("digest", "kind", "speaking_for", "on_behalf_of", "publish_as")}
    text = CommentText(
        comment_id=comment.id, number=comment.text_number, body=body, replacement=replacement,
        sign_off_id=part.id if part else None, changed_by_id=changed_by.id if changed_by else None, **said,
    )  # fmt: skip
    session.add(text)
    session.flush()
    set_committed_value(comment, "text", text)


def token_of(said: Said, person: Person, *words: str | None) -> str:
    """What tells this form from all others; with its words, also from itself when it was gone back to and changed."""
    entry, question = said.get("entry"), said.get("question")
    about = [entry.id if entry else 0, said.get("section"), question.id if question else 0]
    return tokens.digest(tokens.canonical([said.get("form_token") or tokens.secret(), person.id, about, *words]))
