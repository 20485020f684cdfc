"""The forms in which staff say what a workshop and its sessions are."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field

from backend.core import clock
from backend.core.forms import Form, Line, ManyWords, SomeLine, Typed, Words
from backend.core.i18n import gettext, mark
from backend.workshops import arranging, durations, videos
from backend.workshops.models import Workshop, WorkshopSession


def _or_none(value: Any) -> Any:
    return value.strip() or None if isinstance(value, str) else value


MaybeNumber = Annotated[Annotated[int, Field(ge=0, le=100_000)] | None, BeforeValidator(_or_none)]
Minutes = Annotated[Annotated[int, Field(ge=0, le=durations.MOST_MINUTES)] | None, BeforeValidator(_or_none)]
Seconds = Annotated[Annotated[int, Field(ge=0, le=59)] | None, BeforeValidator(_or_none)]
MaybeTime = Annotated[time | None, BeforeValidator(_or_none)]
NUMBER = mark("Enter a whole number, or leave it empty")
TIME = mark("Enter a time, such as 14:30, or leave it empty if it is not known")


class WorkshopForm(Form):
    """What is said about a workshop."""

    title: SomeLine
    summary: Words = ""
    is_illustrative: Literal["", "yes"] = ""
    day: Annotated[date, Field(gt=date(2000, 1, 1), lt=date(2200, 1, 1))]
    starts: MaybeTime = None
    ends: MaybeTime = None
    venue: Line = ""
    is_online: Literal["", "yes"] = ""
    hosts: Words = ""
    audience: Line = ""
    organisations_attended: MaybeNumber = None
    capacity: MaybeNumber = None
    joining_details: Words = ""

    mistakes = {
        "title": mark("Enter a title of up to 300 characters"),
        "day": mark("Enter the day, such as 2026-12-09"),
        "starts": TIME,
        "ends": TIME,
        "venue": mark("Enter the venue in one line of up to 300 characters"),
        "audience": mark("Enter whom it is for in one line of up to 300 characters"),
        "organisations_attended": NUMBER,
        "capacity": NUMBER,
    }


class SessionForm(Form):
    """What is said about a session."""

    title: SomeLine
    title_as_published: Line = ""
    speaker: Line = ""
    speaker_role: Line = ""
    affiliation: Line = ""
    minutes: Minutes = None
    seconds: Seconds = None
    summary: Words = ""
    transcript: ManyWords = ""
    captions: Words = ""
    video: Line = ""

    mistakes = {
        "title": mark("Enter a title of up to 300 characters"),
        "minutes": mark("Enter a whole number of minutes up to 1,440, which is a day, or leave it empty"),
        "seconds": mark("Enter a whole number of seconds up to 59, or leave it empty"),
    }


def about_workshop(typed: Typed) -> arranging.About | None:
    """What the form says of a workshop, or None: then `typed` says what to do."""
    form = typed.check(WorkshopForm)
    if form is None:
        return None
    if (form.starts is None) != (form.ends is None):
        typed.mistake("ends" if form.starts else "starts", gettext("Enter both times, or leave both empty"))
    elif form.starts and form.ends and form.ends <= form.starts:
        typed.mistake("ends", gettext("Enter a time after the workshop starts"))
    if typed.mistakes:
        return None
    return {
        "title": form.title,
        "summary": form.summary,
        "is_illustrative": form.is_illustrative == "yes",
        "starts_at": _moment(form.day, form.starts or time()),
        "ends_at": _moment(form.day, form.ends) if form.ends else _moment(form.day + timedelta(days=1), time()),
        "times_known": form.starts is not None,
        "venue": form.venue,
        "is_online": form.is_online == "yes",
        "hosts": [line.strip() for line in form.hosts.splitlines() if line.strip()],
        "audience": form.audience,
        "organisations_attended": form.organisations_attended,
        "capacity": form.capacity,
        "joining_details": form.joining_details,
    }


def about_session(typed: Typed) -> arranging.AboutSession | None:
    """What the form says of a session, or None: then `typed` says what to do."""
    form = typed.check(SessionForm)
    if form is None:
        return None
    video_id = videos.id_in(form.video) if form.video else None
    if form.video and video_id is None:
        typed.mistake("video", gettext("Enter the https address of one recording on youtube.com or youtu.be"))
        return None
    return {
        "title": form.title,
        "title_as_published": form.title_as_published,
        "speaker": form.speaker,
        "speaker_role": form.speaker_role,
        "affiliation": form.affiliation,
        "duration": durations.written(form.minutes or 0, form.seconds or 0),
        "summary": form.summary,
        "transcript": form.transcript,
        "captions": form.captions,
        "video_id": video_id,
    }


def shown_times(workshop: Workshop | None) -> dict[str, str]:
    """Day and times as the form shows them."""
    if workshop is None:
        return {"day": "", "starts": "", "ends": ""}
    starts, ends = clock.in_london(workshop.starts_at), clock.in_london(workshop.ends_at)
    known = workshop.times_known
    return {
        "day": starts.date().isoformat(),
        "starts": f"{starts:%H:%M}" if known else "",
        "ends": f"{ends:%H:%M}" if known else "",
    }


def shown_duration(part: WorkshopSession | None) -> dict[str, str]:
    """Minutes and seconds, and the address of the recording, as the form shows them."""
    total = int(durations.parsed(part.duration).total_seconds()) if part else 0
    video = videos.player(part.video_id) if part and part.video_id else ""
    return {
        "minutes": str(total // 60) if total else "",
        "seconds": str(total % 60) if total else "",
        "video": video,
    }


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, clock.LONDON).astimezone(UTC)
