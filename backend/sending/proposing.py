"""“20 minutes?”: the entries that most lack the view of this organisation's constituency."""

from collections import defaultdict

from sqlmodel import Session, col, or_, select

from backend.comments import queries as comment_queries
from backend.comments.models import Comment, State
from backend.people.models import Constituency, Organisation, Person
from backend.ratings import queries as rating_queries
from backend.ratings.models import Rating
from backend.releases import queries as release_queries
from backend.releases.models import ReleaseEntry, Round
from backend.submissions import queries as submission_queries
from backend.submissions.models import SpeakingFor, Submission

AT_MOST = 3


def propose(
    session: Session, round_: Round, organisation: Organisation, submission: Submission | None
) -> list[ReleaseEntry]:
    """Entries of the panel, or of the framework where it is empty, on which the organisation has said nothing.

    Those first on which the fewest of its constituency have been heard. Only what was sent counts, and how many they
    are is told to nobody.
    """
    lines = release_queries.manifest(session, round_.release)
    panel = submission_queries.panel(session, submission) if submission else []
    chosen = {each.entry_id for each in panel} or {line.entry_id for line in lines}
    done = {each.entry_id for each in panel if each.looked_at}
    if submission:
        done |= comment_queries.entries_of(session, submission)
        done |= rating_queries.rated_entries(session, submission.voice, lines)
    heard = _heard(session, round_, organisation.constituency)
    left = [line for line in lines if line.entry_id in chosen - done]
    return sorted(left, key=lambda line: (len(heard[line.entry_id]), line.entry.position))[:AT_MOST]


def _heard(session: Session, round_: Round, constituency: Constituency) -> defaultdict[int, set[str]]:
    """By entry, the voices of this constituency that have sent something about it in this round."""
    said = session.exec(
        select(Comment.entry_id, Submission.voice)
        .join(Submission, col(Submission.id) == Comment.submission_id)
        .join(Organisation, col(Organisation.id) == Submission.organisation_id, isouter=True)
        .join(Person, col(Person.id) == Submission.person_id, isouter=True)
        .where(
            Comment.round_id == round_.id,
            col(Comment.text_number) > 0,
            col(Comment.state).not_in((State.DRAFT, State.WITHDRAWN)),
            Comment.speaking_for != SpeakingFor.PRIVATE,
            or_(Organisation.constituency == constituency, Person.constituency == constituency),
        )
        .distinct()
    )
    rated = session.exec(
        select(ReleaseEntry.entry_id, Rating.voice)
        .join(Rating, col(Rating.revision_id) == ReleaseEntry.revision_id)
        .where(
            ReleaseEntry.release_id == round_.release_id,
            Rating.constituency == constituency,
            col(Rating.sent_at).is_not(None),
        )
        .distinct()
    )
    heard: defaultdict[int, set[str]] = defaultdict(set)
    for entry_id, voice in [*said, *rated]:
        if entry_id is not None:
            heard[entry_id].add(voice)
    return heard
