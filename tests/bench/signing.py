"""Organisations with 300 drafted items each: a list as long as nobody will have, to be read and signed off at once."""

from dataclasses import dataclass
from urllib.parse import urlencode

from sqlalchemy import insert
from sqlmodel import Session, select

from backend.accounts import sessions
from backend.comments.models import Comment, Draft, Kind, State
from backend.core import clock, tokens
from backend.people.models import Constituency, Membership, Organisation, Person, Standing
from backend.releases import queries
from backend.releases.models import Round
from backend.sending import queries as sending_queries
from backend.submissions.models import PublishAs, SpeakingFor, Submission
from tests.bench import client
from tests.bench.client import Order, Result

PATH = "/organisation/feedback/check"
ITEMS = 300
TIMES = 5


@dataclass(frozen=True)
class Batch:
    """One lead's session, and the form with which they sign everything off."""

    cookie: str
    body: str


def prepare(session: Session, round_: Round) -> list[Batch]:
    """As many organisations as measurements, each with its lead and its drafts."""
    return [_batch(session, round_, number) for number in range(TIMES)]


def read(batches: list[Batch], port: int) -> Result:
    """How long the list takes to read; once is not counted, because everything is made for the first time."""
    answers = [_once(Order(port, PATH, 1, 0, [batch.cookie])) for batch in (batches[0], *batches)]
    return _together(answers[1:])


def sign(batches: list[Batch], port: int) -> Result:
    """How long signing off takes, to the answer after the commit: each list once."""
    return _together([_once(Order(port, PATH, 1, 0, [batch.cookie], [batch.body])) for batch in batches])


def _once(order: Order) -> Result:
    return client.run(order)


def _together(answers: list[Result]) -> Result:
    """One result of several single requests: the median as p50, the slowest as p99."""
    took = sorted(1000 / answer.per_second for answer in answers)
    statuses: dict[str, int] = {}
    for answer in answers:
        for status, number in answer.statuses.items():
            statuses[status] = statuses.get(status, 0) + number
    return Result(1000 * len(took) / sum(took), took[len(took) // 2], took[-1], len(took), statuses, answers[0].bytes)


def _batch(session: Session, round_: Round, number: int) -> Batch:
    organisation = Organisation(
        slug=f"signing-{number}", name=f"Signing {number}", type_code="online-games",
        constituency=Constituency.ONLINE_SERVICES,
    )  # fmt: skip
    lead = Person(email=f"lead{number}@signing.example", name=f"Lead {number}")
    session.add_all([organisation, lead])
    session.flush()
    session.add(Membership(organisation_id=organisation.id, person_id=lead.id, standing=Standing.LEAD))
    submission = Submission(
        reference=tokens.reference(), round_id=round_.id, voice=f"organisation:{organisation.id}",
        organisation_id=organisation.id, speaking_for=SpeakingFor.ORGANISATION, publish_as=PublishAs.NAMED,
    )  # fmt: skip
    session.add(submission)
    session.flush()
    _drafts(session, submission, lead)
    items = [item.key for item in sending_queries.waiting(session, submission)]
    cookie = f"__Host-session={sessions.open_session(session, lead)}"
    return Batch(cookie, urlencode({"items": items, "authorised": "yes"}, doseq=True))


def _drafts(session: Session, submission: Submission, lead: Person) -> None:
    lines = queries.manifest(session, submission.round.release)
    words = {
        tokens.secret(): f"{place}. The description should also name what a child sees after an update. " * 4
        for place in range(ITEMS)
    }
    session.execute(
        insert(Comment),
        [
            {
                "reference": tokens.reference(), "form_token": token, "round_id": submission.round_id,
                "submission_id": submission.id, "author_id": lead.id, "entry_id": lines[place % len(lines)].entry_id,
                "revision_id": lines[place % len(lines)].revision_id, "section": "description",
                "kind": Kind.MISSING_ACTIVITY, "state": State.DRAFT, "speaking_for": SpeakingFor.ORGANISATION,
                "publish_as": PublishAs.NAMED, "language": "en", "text_number": 0, "digest": "",
                "created_at": clock.now(),
            }
            for place, token in enumerate(words)
        ],
    )  # fmt: skip
    made = session.exec(select(Comment.id, Comment.form_token).where(Comment.submission_id == submission.id))
    session.execute(
        insert(Draft),
        [
            {
                "comment_id": comment_id, "body": words[token], "number": 1, "saved_at": clock.now(),
                "digest": tokens.digest(tokens.canonical({"body": words[token], "replacement": None})),
                "saved_by_id": lead.id, "ready_at": clock.now(),
            }
            for comment_id, token in made
        ],
    )  # fmt: skip
