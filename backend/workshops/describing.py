"""The forms in which staff say what a workshop and its sessions are."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from backend.core import clock
from backend.core.forms import Form, Line, ManyWords, SomeLine, Typed, Words
from backend.core.i18n import gettext, mark
from backend.workshops import arranging, durations, programme, videos
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
    source: Annotated[Line, StringConstraints(pattern=r"^(https://\S+)?$")] = ""
    welsh_title: Line = ""
    welsh_summary: Words = ""
    welsh_joining_details: Words = ""
    seen: str = ""
    form_token: str = ""

    mistakes = {
        "title": mark("Enter a title of up to 300 characters"),
        "day": mark("Enter the day, such as 2026-12-09"),
        "starts": TIME,
        "ends": TIME,
        "venue": mark("Enter the venue in one line of up to 300 characters"),
        "audience": mark("Enter whom it is for in one line of up to 300 characters"),
        "organisations_attended": NUMBER,
        "capacity": NUMBER,
        "source": mark("Enter an address that begins with https://, or leave it empty"),
        "welsh_title": mark("Enter a title of up to 300 characters, or none"),
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
    welsh_title: Line = ""
    welsh_summary: Words = ""
    welsh_transcript: ManyWords = ""
    seen: str = ""
    form_token: str = ""

    mistakes = {
        "title": mark("Enter a title of up to 300 characters"),
        "welsh_title": mark("Enter a title of up to 300 characters, or none"),
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
        "source": form.source,
        "welsh": _welsh(form, "title", "summary", "joining_details"),
    }


def about_session(typed: Typed) -> programme.AboutSession | None:
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
        "welsh": _welsh(form, "title", "summary", "transcript"),
    }


def workshop_as_typed(workshop: Workshop | None) -> dict[str, str]:
    """What the form shows of a workshop, field by field; a new one has nothing to show."""
    if workshop is None:
        return dict.fromkeys(WorkshopForm.model_fields, "")
    starts, ends = clock.in_london(workshop.starts_at), clock.in_london(workshop.ends_at)
    known = workshop.times_known
    return {
        **_texts(workshop, "title", "summary", "venue", "audience", "joining_details", "source"),
        "is_illustrative": "yes" if workshop.is_illustrative else "",
        "is_online": "yes" if workshop.is_online else "",
        "day": starts.date().isoformat(),
        "starts": f"{starts:%H:%M}" if known else "",
        "ends": f"{ends:%H:%M}" if known else "",
        "hosts": "\n".join(workshop.hosts),
        "organisations_attended": _number(workshop.organisations_attended),
        "capacity": _number(workshop.capacity),
        **{f"welsh_{name}": workshop.welsh.get(name, "") for name in ("title", "summary", "joining_details")},
    }


def session_as_typed(part: WorkshopSession | None) -> dict[str, str]:
    """What the form shows of a session, field by field; a new one has nothing to show."""
    if part is None:
        return dict.fromkeys(SessionForm.model_fields, "")
    total = int(durations.parsed(part.duration).total_seconds())
    texts = ("title", "title_as_published", "speaker", "speaker_role", "affiliation", "summary", "transcript")
    return {
        **_texts(part, *texts, "captions"),
        "minutes": str(total // 60) if total else "",
        "seconds": str(total % 60) if total else "",
        "video": videos.player(part.video_id) if part.video_id else "",
        **{f"welsh_{name}": part.welsh.get(name, "") for name in ("title", "summary", "transcript")},
    }


def _texts(row: Workshop | WorkshopSession, *names: str) -> dict[str, str]:
    return {name: getattr(row, name) for name in names}


def _number(number: int | None) -> str:
    return "" if number is None else str(number)


def _welsh(form: Form, *names: str) -> dict[str, str]:
    """What is given in Welsh, by the name of the English."""
    given = {name: getattr(form, f"welsh_{name}") for name in names}
    return {name: words for name, words in given.items() if words}


def _moment(day: date, at: time) -> datetime:
    return datetime.combine(day, at, clock.LONDON).astimezone(UTC)
