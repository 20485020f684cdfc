"""Who may speak for whom, and the one submission that a voice has in a round."""

from sqlmodel import Session, select

from backend.audit import log
from backend.core import clock, tokens
from backend.core.db import add_once
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.people.access import Permission, Viewer
from backend.people.models import Person
from backend.releases import activity, rounds
from backend.releases.models import Round
from backend.submissions import crediting, queries
from backend.submissions.models import PublishAs, Speaker, SpeakingFor, Submission

FOR_AN_ORGANISATION = frozenset({SpeakingFor.ORGANISATION, SpeakingFor.MEMBERS})


class CannotSpeak(Refusal):
    """People speak for the organisation they belong to, or for themselves."""

    status = 422
    title = mark("You cannot speak for them")
    words = mark("Select who you are speaking for from those that are offered to you.")


def choices(viewer: Viewer) -> list[SpeakingFor]:
    """For whom this person may speak: none for someone who does not take part."""
    if not viewer.may(Permission.TAKE_PART):
        return []
    found = [SpeakingFor.ORGANISATION, SpeakingFor.MEMBERS] if viewer.organisation else []
    if viewer.known.is_specialist:
        found.append(SpeakingFor.SPECIALIST)
    return [*found, SpeakingFor.PRIVATE]


def is_for_an_organisation(speaking_for: SpeakingFor) -> bool:
    """Whether it is the voice of an organisation, which is heard once a lead or deputy has signed it off."""
    return speaking_for in FOR_AN_ORGANISATION


def must_be_offered(viewer: Viewer, speaking_for: SpeakingFor) -> None:
    """Go on only if this person may speak so. Raises CannotSpeak."""
    if speaking_for not in choices(viewer):
        raise CannotSpeak()


def voice_of(viewer: Viewer, speaking_for: SpeakingFor) -> str:
    """The voice that is heard when this person speaks so. Raises CannotSpeak."""
    must_be_offered(viewer, speaking_for)
    if speaking_for in FOR_AN_ORGANISATION and viewer.organisation:
        return f"organisation:{viewer.organisation.id}"
    return f"person:{viewer.known.id}"


def allowed(speaking_for: SpeakingFor, publish_as: PublishAs) -> PublishAs:
    """The publication choice as it can be kept: what a private individual writes is never published in full."""
    return PublishAs.SUMMARY_ONLY if speaking_for is SpeakingFor.PRIVATE else publish_as


def byline(
    session: Session,
    round_: Round,
    viewer: Viewer,
    *,
    speaking_for: SpeakingFor,
    publish_as: PublishAs,
    on_behalf_of: str = "",
) -> str | None:
    """What would stand under a point that this person sends so, or None where it would not be published in full.

    Raises CannotSpeak.
    """
    voice = voice_of(viewer, speaking_for)
    body = viewer.organisation if voice.startswith("organisation") and viewer.organisation else viewer.known
    among = crediting.participants_with(session, round_.id, queries.find_submission(session, round_, voice), body)
    return crediting.credit(
        body,
        round_id=round_.id,
        speaking_for=speaking_for,
        publish_as=publish_as,
        on_behalf_of=on_behalf_of,
        among=among,
    )


def byline_in(
    session: Session,
    submission: Submission,
    *,
    speaking_for: SpeakingFor,
    publish_as: PublishAs,
    on_behalf_of: str = "",
) -> str | None:
    """What would stand under a point of this submission, whoever of the organisation is asking."""
    body = submission.speaker
    among = crediting.participants_with(session, submission.round_id, submission, body)
    return crediting.credit(
        body,
        round_id=submission.round_id,
        speaking_for=speaking_for,
        publish_as=publish_as,
        on_behalf_of=on_behalf_of,
        among=among,
    )


def speak(
    session: Session,
    round_: Round,
    viewer: Viewer,
    *,
    speaking_for: SpeakingFor,
    publish_as: PublishAs,
    on_behalf_of: str = "",
) -> Submission:
    """The submission through which this person speaks in the round, created on first use with these choices.

    Raises RoundClosed or CannotSpeak.
    """
    rounds.must_be_open(round_)
    voice = voice_of(viewer, speaking_for)
    submission = queries.find_submission(session, round_, voice) or _open(
        session,
        viewer.known,
        Submission(
            reference=tokens.reference(),
            round_id=round_.id,
            voice=voice,
            organisation_id=viewer.organisation.id if voice.startswith("org") and viewer.organisation else None,
            person_id=viewer.known.id if voice.startswith("person") else None,
            speaking_for=speaking_for,
            on_behalf_of=on_behalf_of if speaking_for is SpeakingFor.MEMBERS else "",
            publish_as=allowed(speaking_for, publish_as),
        ),
    )
    if not queries.has_spoken(session, round_, viewer.known):
        speaker = Speaker(round_id=round_.id, person_id=viewer.known.id, submission_id=submission.id)
        add_once(session, speaker, "round_id", "person_id")
    return submission


def speak_for_event(session: Session, round_: Round, voice: str, *, event: str, by: Person) -> Submission:
    """The submission in which the table of an event speaks in this round. Raises RoundClosed."""
    rounds.must_be_open(round_)
    return queries.find_submission(session, round_, voice) or _open(
        session,
        by,
        Submission(
            reference=tokens.reference(),
            round_id=round_.id,
            voice=voice,
            event=event,
            speaking_for=SpeakingFor.EVENT,
            publish_as=PublishAs.NAMED,
        ),
    )


def choose(
    session: Session,
    round_: Round,
    viewer: Viewer,
    *,
    speaking_for: SpeakingFor,
    publish_as: PublishAs,
    on_behalf_of: str = "",
) -> Submission:
    """Settle how this person takes part from now on; what was sent keeps its own choices. Raises as `speak` does."""
    submission = speak(
        session, round_, viewer, speaking_for=speaking_for, publish_as=publish_as, on_behalf_of=on_behalf_of
    )
    submission.speaking_for = speaking_for
    submission.on_behalf_of = on_behalf_of if speaking_for is SpeakingFor.MEMBERS else ""
    submission.publish_as = allowed(speaking_for, publish_as)
    session.add(submission)
    speaker = session.get_one(Speaker, (round_.id, viewer.known.id))
    speaker.submission_id = submission.id
    session.add(speaker)
    log.record(
        session, "way of taking part chosen", f"submission {submission.reference}", by=viewer.person,
        speaking_for=submission.speaking_for, publish_as=submission.publish_as,
    )  # fmt: skip
    session.flush()
    return submission


def note_sent(session: Session, submission: Submission) -> None:
    """Something of the submission is sent: from the first time on, its voice is one of those who take part."""
    if submission.first_sent_at is not None:
        return
    submission.first_sent_at = clock.now()
    session.add(submission)
    session.flush()
    if crediting.participants(session, [submission.round_id]).just_enough(submission):
        activity.framework_changed(session, submission.round.release.framework)


def _open(session: Session, by: Person, submission: Submission) -> Submission:
    """Of two colleagues who begin at once, one creates the submission and both use it."""
    is_new = add_once(session, submission, "round_id", "voice")
    opened = session.exec(
        select(Submission).where(Submission.round_id == submission.round_id, Submission.voice == submission.voice)
    ).one()
    if not is_new:
        return opened
    log.record(session, "submission opened", f"submission {opened.reference}", by=by)
    return opened
