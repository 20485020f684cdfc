"""A workshop as a file for people's calendars."""

from urllib.parse import urlsplit

from icalendar import Calendar, Event

from backend.core import clock
from backend.core.config import settings
from backend.workshops.models import Workshop


def written(workshop: Workshop) -> bytes:
    """The workshop as iCalendar (RFC 5545), the same event for ever; a higher sequence replaces what is kept."""
    base = settings().base_url.rstrip("/")
    event = Event()
    event.add("uid", f"workshop-{workshop.id}@{urlsplit(base).hostname}")
    event.add("sequence", workshop.sequence)
    event.add("dtstamp", workshop.changed_at)
    event.add("last-modified", workshop.changed_at)
    event.add("summary", workshop.title)
    starts, ends = clock.in_london(workshop.starts_at), clock.in_london(workshop.ends_at)
    event.add("dtstart", starts if workshop.times_known else starts.date())
    event.add("dtend", ends if workshop.times_known else ends.date())
    if workshop.venue:
        event.add("location", workshop.venue)
    event.add("url", f"{base}/workshops/{workshop.slug}")
    event.add("status", "CANCELLED" if workshop.cancelled_at else "CONFIRMED")
    calendar = Calendar()
    calendar.add("prodid", f"-//{settings().service_name}//workshops//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add_component(event)
    calendar.add_missing_timezones()
    return bytes(calendar.to_ical())
