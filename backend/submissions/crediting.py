"""What stands under a published point: a name, a kind of organisation, or nothing."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import func
from sqlmodel import Session, col, select

from backend.core.bilingual import Said
from backend.core.i18n import gettext
from backend.people.models import Constituency, Organisation, Person
from backend.releases import vocabulary
from backend.submissions.models import Event, PublishAs, SpeakingFor, Submission

ENOUGH = 5
"""A kind of organisation is named only where so many take part that it points at nobody."""

TYPES = "organisation-types"


@dataclass(frozen=True)
class Participants:
    """How many of each kind take part in each round, and what the kinds are called."""

    numbers: dict[tuple[int, str], int]
    labels: dict[str, Said]

    def type_label(self, round_id: int, type_code: str | None, constituency: Constituency | None) -> str:
        """The kind, or the constituency where too few of the kind take part in the round."""
        if type_code in self.labels and self.numbers.get((round_id, type_code), 0) >= ENOUGH:
            return self.labels[type_code]
        return gettext(constituency.label) if constituency else gettext("A participant")

    def with_one_more(self, round_id: int, type_code: str | None) -> "Participants":
        """The same with one more participant of this kind, who has not begun yet."""
        key = (round_id, type_code or "")
        return Participants({**self.numbers, key: self.numbers.get(key, 0) + 1}, self.labels)

    def just_enough(self, submission: Submission) -> bool:
        """Whether this submission is the one with which there are enough of its kind."""
        body = submission.speaker
        return self.numbers.get((submission.round_id, body.type_code or ""), 0) == ENOUGH


def participants(session: Session, rounds: Iterable[int]) -> Participants:
    """Who has sent something in these rounds, by kind, in two reads; in none where no round is asked about."""
    wanted = set(rounds)
    if not wanted:
        return Participants({}, {})
    kind = func.coalesce(Organisation.type_code, Person.type_code, "")
    rows = session.exec(
        select(Submission.round_id, kind, func.count())
        .join(Organisation, col(Submission.organisation_id) == Organisation.id, isouter=True)
        .join(Person, col(Submission.person_id) == Person.id, isouter=True)
        .where(col(Submission.round_id).in_(wanted), col(Submission.first_sent_at).is_not(None))
        .group_by(col(Submission.round_id), kind)
    )
    numbers = {(round_id, code): number for round_id, code, number in rows}
    return Participants(numbers, vocabulary.labels(session, TYPES))


def participants_with(
    session: Session, round_id: int, submission: Submission | None, body: Organisation | Person | Event
) -> Participants:
    """Who has sent something in the round, and this body as well: as it will be once its submission is sent."""
    among = participants(session, [round_id])
    is_among_them = submission is not None and submission.first_sent_at is not None
    return among if is_among_them else among.with_one_more(round_id, body.type_code)


def credit(
    body: Organisation | Person | Event,
    *,
    round_id: int,
    speaking_for: SpeakingFor,
    publish_as: PublishAs,
    on_behalf_of: str,
    among: Participants,
) -> str | None:
    """The exact words that stand under the point in public, or None where it is not published in full."""
    if publish_as is PublishAs.SUMMARY_ONLY or speaking_for is SpeakingFor.PRIVATE:
        return None
    if isinstance(body, Event):
        return gettext("Notes of a table at %(event)s") % {"event": body.name}
    for_members = speaking_for is SpeakingFor.MEMBERS
    if publish_as is PublishAs.BY_TYPE:
        kind = among.type_label(round_id, body.type_code, body.constituency)
        return gettext("%(name)s, for its members") % {"name": kind} if for_members else kind
    if isinstance(body, Person):
        if not body.expertise:
            return body.name
        return gettext("%(name)s (%(field)s, verified)") % {"name": body.name, "field": body.expertise}
    if for_members and on_behalf_of:
        return gettext("%(name)s, for %(others)s") % {"name": body.name, "others": on_behalf_of}
    return gettext("%(name)s, for its members") % {"name": body.name} if for_members else body.name
