"""Two people in one form: what is saved now beside what the second one has typed."""

from collections.abc import Mapping

from backend.core.i18n import gettext, mark

LABELS = {
    "title": mark("Title"),
    "summary": mark("Summary"),
    "is_illustrative": mark("Whose words"),
    "day": mark("Day"),
    "starts": mark("Starts at"),
    "ends": mark("Ends at"),
    "venue": mark("Venue"),
    "is_online": mark("Online"),
    "hosts": mark("Hosts"),
    "audience": mark("Whom it is for"),
    "organisations_attended": mark("How many organisations attended"),
    "capacity": mark("How many places there are"),
    "joining_details": mark("How to join"),
    "source": mark("Page where it was published"),
    "title_as_published": mark("Title as published"),
    "speaker": mark("Speaker"),
    "speaker_role": mark("Role at the time"),
    "affiliation": mark("Affiliation"),
    "minutes": mark("Length in minutes"),
    "seconds": mark("and seconds"),
    "transcript": mark("Transcript"),
    "captions": mark("Captions and audio description"),
    "video": mark("Recording"),
    "welsh_title": mark("Title in Welsh"),
    "welsh_summary": mark("Summary in Welsh"),
    "welsh_joining_details": mark("How to join, in Welsh"),
    "welsh_transcript": mark("Transcript in Welsh"),
}


def differences(saved: Mapping[str, str], typed: Mapping[str, list[str]]) -> list[tuple[str, str]]:
    """The fields of the form that say something else than what is saved: their label, and what is saved."""
    differing = (name for name in LABELS if name in saved and saved[name] != _one(typed, name))
    return [(gettext(LABELS[name]), saved[name] or gettext("nothing")) for name in differing]


def _one(typed: Mapping[str, list[str]], name: str) -> str:
    return typed.get(name, [""])[0].replace("\r\n", "\n").strip()
