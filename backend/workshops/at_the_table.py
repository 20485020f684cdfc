"""What is said at the table of a workshop: notes and counts of hands, of the event and of nobody in particular."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete
from sqlmodel import Session, col

from backend.audit import log
from backend.comments import noting
from backend.comments.models import Comment, Kind
from backend.core import clock, counters
from backend.core.db import lock
from backend.core.errors import NotFound, Refusal
from backend.core.i18n import mark
from backend.people.access import Permission, Viewer
from backend.people.models import Person
from backend.releases import queries as releases
from backend.releases import rounds
from backend.releases.models import Criterion, Entry, ReleaseEntry, Round
from backend.submissions import speaking
from backend.submissions.models import PublishAs, SpeakingFor
from backend.workshops import queries, showing
from backend.workshops.models import HandCount, Place, PlaceState, TableEntry, Workshop


class NotBegun(Refusal):
    """There is nothing to note before people have met."""

    title = mark("The workshop has not begun")
    words = mark("Notes and counts of hands are taken from the moment it begins until the round closes.")
    way_on = ("/workshops", mark("See all workshops"))


class NoPlaceToName(Refusal):
    """Only somebody who comes, and who can sign in, takes notes."""

    title = mark("This person cannot take notes")
    words = mark("Whoever takes notes needs a place at the workshop and an account to sign in with.")
    way_on = ("/staff/workshops", mark("Go to all workshops"))


def voice_of(workshop: Workshop) -> str:
    """The voice of the table in a round."""
    return f"workshop:{workshop.id}"


def may_sit_at(session: Session, workshop: Workshop, viewer: Viewer) -> bool:
    """Whether the person runs the table: staff, or somebody whom staff have asked to take notes."""
    if viewer.may(Permission.RUN_WORKSHOPS):
        return True
    own = queries.find_own(session, workshop, viewer.person)
    return own is not None and own.state is PlaceState.BOOKED and own.may_take_notes


def must_sit_at(session: Session, workshop: Workshop, viewer: Viewer) -> None:
    """Go on only as somebody who runs the table. Raises NotFound."""
    if not may_sit_at(session, workshop, viewer):
        raise NotFound()


def set_table(session: Session, workshop: Workshop, entries: Sequence[Entry], *, by: Person) -> None:
    """Say which entries the table discusses, in this order."""
    lock(session, workshop)
    session.execute(delete(TableEntry).where(col(TableEntry.workshop_id) == workshop.id))
    for position, entry in enumerate(entries, start=1):
        session.add(TableEntry(workshop_id=workshop.id, entry_id=entry.id, position=position))
    session.flush()
    showing.changed(session)
    log.record(session, "workshop table set", f"workshop {workshop.slug}", by=by, entries=len(entries))


def name_note_taker(session: Session, place: Place, *, may: bool, by: Person) -> None:
    """Let somebody who has a place run the table, or no longer. Raises NoPlaceToName."""
    lock(session, place)
    if may and (place.state is not PlaceState.BOOKED or place.person_id is None):
        raise NoPlaceToName()
    place.may_take_notes = may
    session.add(place)
    log.record(session, "note taker named", f"workshop {place.workshop.slug}", by=by, place=place.number, may=may)


def line_at(session: Session, workshop: Workshop, code: str) -> tuple[Round, ReleaseEntry]:
    """The round, and the exact words of an entry of the table in it. Raises NotFound where it is not discussed."""
    entry = next((each.entry for each in queries.table(session, workshop) if each.entry.code == code), None)
    round_ = releases.find_round(session, entry.framework) if entry else None
    line = releases.find_line(session, round_.release, entry) if entry and round_ else None
    if round_ is None or line is None:
        raise NotFound()
    return round_, line


def take_note(
    session: Session, workshop: Workshop, round_: Round, line: ReleaseEntry, *, kind: Kind, body: str, form_token: str,
    section: str | None, by: Person,
) -> Comment:  # fmt: skip
    """Send a point of the table about these words: its own voice in the round. Raises NotBegun, and as `send_for`."""
    must_have_begun(workshop)
    submission = speaking.speak_for_event(session, round_, voice_of(workshop), event=workshop.title, by=by)
    return noting.send_for(
        session, submission, by=by, kind=kind, body=body, entry=line.entry, section=section, form_token=form_token,
        speaking_for=SpeakingFor.EVENT, publish_as=PublishAs.NAMED,
    )  # fmt: skip


def count_hands(
    session: Session, workshop: Workshop, round_: Round, line: ReleaseEntry, criterion: Criterion,
    hands: Mapping[int, int], *, by: Person,
) -> None:  # fmt: skip
    """Keep how many hands went up for each score, in place of an earlier count. Raises NotBegun or RoundClosed."""
    must_have_begun(workshop)
    rounds.must_be_open(round_)
    lock(session, workshop)
    about = (
        HandCount.workshop_id == workshop.id,
        HandCount.revision_id == line.revision_id,
        HandCount.criterion_id == criterion.id,
    )
    session.execute(delete(HandCount).where(*about))  # type: ignore[arg-type]
    for score, number in sorted(hands.items()):
        if number:
            session.add(
                HandCount(workshop_id=workshop.id, revision_id=line.revision_id, criterion_id=criterion.id,
                          round_id=round_.id, score=score, hands=number)
            )  # fmt: skip
    session.flush()
    counters.add(session, showing.WORKSHOPS)
    log.record(
        session, "hands counted", f"workshop {workshop.slug}", by=by,
        entry=line.entry.code, criterion=criterion.code,
    )  # fmt: skip


def must_have_begun(workshop: Workshop) -> None:
    """Go on only when people have met. Raises NotBegun."""
    if workshop.cancelled_at is not None or clock.now() < workshop.starts_at:
        raise NotBegun()
