"""The table of a workshop: what it discusses, who sits at it, and what is said there, of nobody in particular."""

from collections.abc import Sequence

from sqlalchemy import delete
from sqlmodel import Session, col

from backend.audit import log
from backend.comments import noting
from backend.comments.models import Comment, Kind
from backend.core.db import lock
from backend.core.errors import NotFound, Refusal
from backend.core.i18n import mark
from backend.people import queries as people
from backend.people.access import Permission, Viewer
from backend.people.models import Person
from backend.releases import queries as releases
from backend.releases.models import Entry, ReleaseEntry, Round
from backend.submissions import speaking
from backend.submissions.models import PublishAs, SpeakingFor
from backend.workshops import queries, showing, telling
from backend.workshops.models import Place, PlaceState, TableEntry, Workshop


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


class NotInTheRound(Refusal):
    """Notes are taken on the exact words that a round is about."""

    status = 422
    title = mark("This entry is not in the round")
    words = mark("%(code)s is not in the release of the round. Take it out, or correct it")


def voice_of(workshop: Workshop) -> str:
    """The voice of the table in a round."""
    return f"workshop:{workshop.id}"


def find_workshop(session: Session, voice: str) -> Workshop | None:
    """The workshop whose table has this voice, if it is the voice of one."""
    what, _, number = voice.partition(":")
    return session.get(Workshop, int(number)) if what == "workshop" else None


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
    """Say which entries the table discusses, in this order. Raises NotInTheRound."""
    for entry in entries:
        if find_line(session, entry)[1] is None:
            raise NotInTheRound(code=entry.code)
    lock(session, workshop)
    session.execute(delete(TableEntry).where(col(TableEntry.workshop_id) == workshop.id))
    for position, entry in enumerate(entries, start=1):
        session.add(TableEntry(workshop_id=workshop.id, entry_id=entry.id, position=position))
    session.flush()
    showing.changed(session)
    log.record(session, "workshop table set", f"workshop {workshop.slug}", by=by, entries=len(entries))


def name_note_taker(session: Session, place: Place, *, may: bool, by: Person) -> None:
    """Let somebody who has a place run the table, and tell them; or no longer. Raises NoPlaceToName."""
    lock(session, place)
    person = place.person or people.find_person(session, place.email)
    if may and (place.state is not PlaceState.BOOKED or person is None):
        raise NoPlaceToName()
    place.person_id = person.id if person else None
    place.may_take_notes = may
    session.add(place)
    session.flush()
    session.refresh(place, ["person"])
    if may:
        telling.asked_to_take_notes(session, place)
    log.record(session, "note taker named", f"workshop {place.workshop.slug}", by=by, place=place.number, may=may)


def line_at(session: Session, workshop: Workshop, code: str) -> tuple[Round, ReleaseEntry]:
    """The round, and the exact words of an entry of the table in it. Raises NotFound where it is not discussed."""
    entry = next((each.entry for each in queries.table(session, workshop) if each.entry.code == code), None)
    round_, line = find_line(session, entry) if entry else (None, None)
    if round_ is None or line is None:
        raise NotFound()
    return round_, line


def find_line(session: Session, entry: Entry) -> tuple[Round | None, ReleaseEntry | None]:
    """The round of its framework and the exact words of the entry in it, as far as there are."""
    round_ = releases.find_round(session, entry.framework)
    return round_, releases.find_line(session, round_.release, entry) if round_ else None


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


def must_have_begun(workshop: Workshop) -> None:
    """Go on only when people have met. Raises NotBegun."""
    if not workshop.has_begun:
        raise NotBegun()
