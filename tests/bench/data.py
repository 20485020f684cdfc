"""A pilot as large as asked for: 30 entries, a first round that was answered in 0.2, and an open one."""

from dataclasses import dataclass
from datetime import timedelta
from itertools import count

from sqlalchemy import insert
from sqlmodel import Session, col, select

from backend.accounts import sessions
from backend.answers.models import Answer, Decision, Outcome
from backend.comments.models import Comment, CommentText, Kind, State
from backend.core import clock, counters, tokens
from backend.people.models import Constituency, Membership, Organisation, Person, StaffRole, Standing
from backend.ratings.models import Rating, RatingEvent
from backend.releases import queries, revising, rounds
from backend.releases.models import Criterion, ReleaseEntry, Round
from backend.submissions.models import PublishAs, SignOff, SpeakingFor, Submission
from seed import loading
from tests.bench import signing
from tests.factories import make_staff

BUSY = "CCHF-05"
"""The entry that 500 points of the open round are about."""
ORGANISATIONS = 120
WORDS = "The description should also name what a child sees when the setting is changed by an update. " * 3


@dataclass(frozen=True)
class Filled:
    """What the measurements need to know."""

    slug: str
    cookies: list[str]
    answered: str
    batches: list[signing.Batch]


def fill(session: Session, *, comments: int, ratings: int) -> Filled:
    """Fill an empty, migrated database. Half of the comments were answered in 0.2; the rest are on the open round."""
    loading.load(session)
    framework = queries.consulted_framework(session)
    staff = make_staff(session, StaffRole.MODERATOR, StaffRole.RELEASER)
    organisations, members = _participants(session)
    with clock.at(clock.now() - timedelta(days=100)):
        first = _round(session, queries.current_release(session, framework), timedelta(days=20))
    draft = revising.open_draft(session, framework, number="0.2", title="After the first round", by=staff)
    answered = _comments(session, first, members, comments // 2)
    _decide(session, draft.id, staff.id, [row["id"] for row in answered])
    revising.freeze(session, draft, by=staff)
    second = _round(session, draft, timedelta(days=30))
    _comments(session, second, members, comments - comments // 2, busy=500)
    _ratings(session, first, members, ratings)
    cookies = [f"__Host-session={sessions.open_session(session, member)}" for member in members[:8]]
    return Filled(framework.slug, cookies, draft.number, signing.prepare(session, second))


def _participants(session: Session) -> tuple[list[Organisation], list[Person]]:
    kinds = [("online-games", Constituency.ONLINE_SERVICES), ("childrens-charity", Constituency.CIVIL_SOCIETY),
             ("academia", Constituency.SPECIALISTS), ("trade-body", Constituency.PUBLIC_AND_PROFESSIONAL)]  # fmt: skip
    organisations, members = [], []
    for number in range(ORGANISATIONS):
        type_code, constituency = kinds[number % 4]
        organisation = Organisation(
            slug=f"load-{number}", name=f"Load {number}", type_code=type_code, constituency=constituency
        )
        person = Person(email=f"load{number}@load.example", name=f"Person {number}")
        session.add_all([organisation, person])
        session.flush()
        session.add(Membership(organisation_id=organisation.id, person_id=person.id, standing=Standing.LEAD))
        organisations.append(organisation)
        members.append(person)
    session.flush()
    return organisations, members


def _round(session: Session, release: object, lasts: timedelta) -> Round:
    return rounds.open_round(
        session,
        release,  # type: ignore[arg-type]
        title="Round",
        opens_at=clock.now() - timedelta(seconds=1),
        closes_at=clock.now() + lasts,
        use_statement="We read every point.",
        can_change="The words of entries.",
        cannot_change="The code.",
        questions=[],
        by=None,
    )


def _comments(
    session: Session, round_: Round, members: list[Person], number: int, busy: int = 0
) -> list[dict[str, object]]:
    """Published points, spread evenly over the entries, but `busy` of them on one."""
    lines = queries.manifest(session, round_.release)
    target = next(line for line in lines if line.entry.code == BUSY)
    others = [line for line in lines if line is not target]
    submissions = []
    for member in members:
        organisation_id = member.memberships[0].organisation_id
        submission = Submission(
            reference=tokens.reference(), round_id=round_.id, voice=f"organisation:{organisation_id}",
            organisation_id=organisation_id, speaking_for=SpeakingFor.ORGANISATION, publish_as=PublishAs.NAMED,
            first_sent_at=clock.now(),
        )  # fmt: skip
        session.add(submission)
        submissions.append(submission)
    session.flush()
    parts = [
        SignOff(submission_id=submission.id, number=1, signed_by_id=member.id, digest=tokens.digest("all of it"))
        for submission, member in zip(submissions, members, strict=True)
    ]
    session.add_all(parts)
    session.flush()
    first_id = (session.exec(select(Comment.id).order_by(col(Comment.id).desc())).first() or 0) + 1
    rows, texts = [], []
    references: set[str] = set()
    while len(references) < number:
        references.add(f"{round_.id}{tokens.reference()[1:]}")
    for place, comment_id in zip(range(number), count(first_id)):
        line = target if place < busy else others[place % len(others)]
        body = f"{place}. {WORDS}"
        digest = tokens.digest(tokens.canonical({"body": body, "replacement": None}))
        row = _comment_row(comment_id, round_, submissions, members, place, line, digest)
        rows.append({**row, "reference": references.pop()})
        texts.append({
            "comment_id": comment_id, "number": 1, "body": body, "digest": digest, "created_at": clock.now(),
            "sign_off_id": parts[place % len(members)].id,
            **{name: row[name] for name in ("kind", "speaking_for", "publish_as")}, "on_behalf_of": "",
        })  # fmt: skip
        counters.add(session, f"points:{round_.id}:{line.entry_id}:published")
    session.execute(insert(Comment), rows)
    session.execute(insert(CommentText), texts)
    _set_sequence(session, "comment")
    return rows


def _comment_row(
    comment_id: int, round_: Round, submissions: list[Submission], members: list[Person], place: int,
    line: ReleaseEntry, digest: str,
) -> dict[str, object]:  # fmt: skip
    speaker = place % len(members)
    return {
        "id": comment_id,
        "form_token": tokens.secret(),
        "round_id": round_.id,
        "submission_id": submissions[speaker].id,
        "author_id": members[speaker].id,
        "entry_id": line.entry_id,
        "revision_id": line.revision_id,
        "section": "description",
        "kind": Kind.MISSING_ACTIVITY,
        "state": State.PUBLISHED,
        "speaking_for": SpeakingFor.ORGANISATION,
        "publish_as": PublishAs.NAMED,
        "language": "en",
        "text_number": 1,
        "digest": digest,
        "created_at": clock.now(),
        "sent_at": clock.now(),
        "checked_at": clock.now(),
    }


def _decide(session: Session, release_id: int, person_id: int, comment_ids: list[object]) -> None:
    answer = Answer(
        release_id=release_id, title="Updates", you_said="Updates change settings.", we_did="We said so.",
        outcome=Outcome.CHANGED, written_by_id=person_id,
    )  # fmt: skip
    session.add(answer)
    session.flush()
    session.execute(
        insert(Decision),
        [
            {
                "comment_id": comment_id, "release_id": release_id, "answer_id": answer.id,
                "outcome": Outcome.CHANGED, "reason": "The description says so now.", "is_final": True,
                "decided_by_id": person_id, "at": clock.now(),
            }
            for comment_id in comment_ids
        ],
    )  # fmt: skip


def _ratings(session: Session, round_: Round, members: list[Person], number: int) -> None:
    """Ratings of the answered round; voices repeat themselves over entries and criteria, and change their minds."""
    criteria = session.exec(select(Criterion).where(Criterion.framework_id == round_.release.framework_id)).all()
    lines = queries.manifest(session, round_.release)
    current: dict[tuple[object, ...], dict[str, object]] = {}
    events = []
    for place in range(number):
        member = members[place % len(members)]
        line = lines[place // len(members) % len(lines)]
        criterion = criteria[place // (len(members) * len(lines)) % len(criteria)]
        organisation = member.memberships[0].organisation
        row = {
            "voice": f"organisation:{organisation.id}", "author_id": member.id, "revision_id": line.revision_id,
            "criterion_id": criterion.id, "constituency": organisation.constituency,
            "score": place % len(criterion.scale.labels) + 1,
        }  # fmt: skip
        at = round_.opens_at + timedelta(seconds=place)
        events.append({**row, "round_id": round_.id, "at": at})
        current[row["voice"], criterion.id, line.revision_id] = {**row, "rated_at": at, "sent_at": at, "ready": True}
    session.execute(insert(RatingEvent), events)
    session.execute(insert(Rating), list(current.values()))


def _set_sequence(session: Session, table: str) -> None:
    """PostgreSQL does not notice ids that were given."""
    if session.get_bind().dialect.name == "postgresql":
        session.connection().exec_driver_sql(
            f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))"
        )
