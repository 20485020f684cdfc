"""The workshops that stand in `content/workshops/`, and what the demonstration tells of one to come."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import Session, select

from backend.core.clock import LONDON
from backend.workshops import arranging
from backend.workshops.models import Workshop

NOTHING: arranging.AboutSession = {
    "title": "", "title_as_published": "", "speaker": "", "speaker_role": "", "affiliation": "", "duration": "",
    "summary": "", "transcript": "", "captions": "", "video_id": None,
}  # fmt: skip


def load(session: Session, folder: Path) -> list[str]:
    """Announce the workshops that are not there yet; those that are there belong to staff. Says what was done."""
    lines = []
    for path in sorted(folder.glob("*.yaml")):
        facts: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
        if session.exec(select(Workshop.id).where(Workshop.title == facts["title"])).first() is None:
            lines.append(_announce(session, facts))
    return lines


def _announce(session: Session, facts: dict[str, Any]) -> str:
    day = datetime.combine(facts["day"], time(), LONDON)
    about: arranging.About = {
        "title": facts["title"],
        "summary": facts["summary"],
        "is_illustrative": True,
        "starts_at": day.astimezone(UTC),
        "ends_at": (day + timedelta(days=1)).astimezone(UTC),
        "times_known": False,
        "place": "",
        "is_online": False,
        "hosts": facts["hosts"],
        "audience": "",
        "organisations_attended": facts["organisations_attended"],
        "capacity": None,
        "joining_details": "",
    }
    workshop = arranging.arrange(session, about, by=None)
    for told in facts["sessions"]:
        arranging.add_session(session, workshop, {**NOTHING, **told}, by=None)
    return f"Workshop {workshop.slug}: {len(facts['sessions'])} sessions."
