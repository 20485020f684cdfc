"""The workshops that stand in `content/workshops/`, and what the demonstration tells of one to come."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import Session, select

from backend.comments import moderation
from backend.comments.models import Kind
from backend.core import clock
from backend.core.clock import LONDON
from backend.releases import queries as releases
from backend.workshops import arranging, at_the_table, booking, counting, programme, queries
from backend.workshops.models import Workshop
from seed.cast import MODERATOR, Cast

STORY = Path(__file__).parent / "content" / "demo-workshops.yaml"

NOTHING: programme.AboutSession = {
    "title": "", "title_as_published": "", "speaker": "", "speaker_role": "", "affiliation": "", "duration": "",
    "summary": "", "transcript": "", "captions": "", "video_id": None, "welsh": {},
}  # fmt: skip


def load(session: Session, folder: Path) -> list[str]:
    """Announce the workshops that are not there yet; those that are there belong to staff. Says what was done."""
    lines = []
    for path in sorted(folder.glob("*.yaml")):
        facts: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        if session.exec(select(Workshop.id).where(Workshop.title == facts["title"])).first() is None:
            lines.append(_announce(session, facts))
    return lines


def tell(cast: Cast) -> None:
    """The demonstration: a workshop to come that is full, and one that was held the other day, with what was said."""
    facts: dict[str, Any] = yaml.safe_load(STORY.read_text(encoding="utf-8"))
    for told in (facts["held"], facts["coming"]):
        starts_at = _moment(clock.today() + timedelta(days=told["in_days"]), told["starts"])
        with clock.at(min(clock.now(), starts_at) - timedelta(days=9)):
            workshop = _arrange(cast, told, starts_at)
            _fill(cast, workshop, told)
        if "notes" in told:
            with clock.at(starts_at + timedelta(hours=1)):
                _sit(cast, workshop, told)


def _arrange(cast: Cast, told: dict[str, Any], starts_at: datetime) -> Workshop:
    session, by = cast.session, cast.person(MODERATOR)
    about: arranging.About = {
        "starts_at": starts_at,
        "ends_at": starts_at + timedelta(hours=told["hours"]),
        "times_known": True,
        "is_illustrative": False,
        "is_online": True,
        "organisations_attended": None,
        "title": told["title"],
        "summary": told["summary"],
        "venue": told["venue"],
        "hosts": told["hosts"],
        "audience": told["audience"],
        "capacity": told["capacity"],
        "joining_details": told["joining_details"],
        "source": "",
        "welsh": told.get("welsh", {}),
    }
    workshop = arranging.arrange(session, about, by=by)
    for part in told["sessions"]:
        programme.add(session, workshop, {**NOTHING, **part}, by=by)
    entries = [releases.entry(session, code) for code in told["entries"]]
    at_the_table.set_table(session, workshop, entries, by=by)
    return workshop


def _fill(cast: Cast, workshop: Workshop, told: dict[str, Any]) -> None:
    """Everybody books in turn: some with their account, others by their mailbox."""
    session = cast.session
    for guest in told["places"]:
        if isinstance(guest, str):
            booking.book(session, workshop, cast.person(guest))
            continue
        token = booking.ask(session, workshop, email=guest["email"], client="demonstration")
        assert token
        booking.confirm(session, token, name=guest["name"], access=guest.get("access", ""))
    taker = queries.find_own(session, workshop, cast.person(told["note_taker"]))
    assert taker
    at_the_table.name_note_taker(session, taker, may=True, by=cast.person(MODERATOR))


def _sit(cast: Cast, workshop: Workshop, told: dict[str, Any]) -> None:
    """What was said and shown at the table; some of it has been checked since."""
    session, by = cast.session, cast.person(told["note_taker"])
    round_, line = at_the_table.line_at(session, workshop, told["entries"][0])
    for number, note in enumerate(told["notes"]):
        comment = at_the_table.take_note(
            session, workshop, round_, line, kind=Kind(note["kind"]), body=note["body"], section=None,
            form_token=f"{workshop.slug}-{number}", by=by,
        )  # fmt: skip
        if number < told["publish"]:
            moderation.publish_or_keep(session, comment, cast.person(MODERATOR))
    criterion = round_.release.framework.criteria[0]
    counting.count(session, workshop, round_, line, criterion, told["hands"], seen="", by=by)


def _moment(day: date, hour: int) -> datetime:
    return datetime.combine(day, time(hour), LONDON).astimezone(UTC)


def _announce(session: Session, facts: dict[str, Any]) -> str:
    day = datetime.combine(facts["day"], time(), LONDON)
    about: arranging.About = {
        "title": facts["title"],
        "summary": facts["summary"],
        "is_illustrative": True,
        "starts_at": day.astimezone(UTC),
        "ends_at": (day + timedelta(days=1)).astimezone(UTC),
        "times_known": False,
        "venue": "",
        "is_online": False,
        "hosts": facts["hosts"],
        "audience": "",
        "organisations_attended": facts["organisations_attended"],
        "capacity": None,
        "joining_details": "",
        "source": facts["page"],
        "welsh": {},
    }
    workshop = arranging.arrange(session, about, by=None)
    for told in facts["sessions"]:
        programme.add(session, workshop, {**NOTHING, **told}, by=None)
    return f"Workshop {workshop.slug}: {len(facts['sessions'])} sessions."
