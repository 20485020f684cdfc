"""What staff choose from when they decide: the draft, an entry, a field."""

from sqlmodel import Session, select

from backend.answers.linking import Place
from backend.core.errors import Refusal
from backend.core.forms import Typed
from backend.core.i18n import gettext, mark
from backend.releases import diff, queries
from backend.releases.models import Entry, Framework, Release


class NoDraft(Refusal):
    """Decisions are published with a release."""

    title = mark("There is no draft release")
    words = mark("Decisions are published with a release. Open a draft release first.")
    way_on = ("/staff/release", mark("Go to the draft release"))


def draft(session: Session, framework: Framework) -> Release:
    """The draft release that decisions are published with. Raises NoDraft."""
    found = queries.find_draft(session, framework)
    if found is None:
        raise NoDraft()
    return found


def place(session: Session, draft: Release, code: str, field: str, typed: Typed, name: str = "entry") -> Place | None:
    """The entry and the field that were typed; a mistake is noted where there is no such entry or field."""
    if not code:
        return None
    entry = session.exec(
        select(Entry).where(Entry.code == code.upper(), Entry.framework_id == draft.framework_id)
    ).first()
    if entry is None:
        typed.mistake(name, gettext("Enter the code of an entry of this framework"))
        return None
    if field and field not in dict(fields(draft.framework)):
        typed.mistake("field", gettext("Select a field"))
    return Place(entry, field or None)


def fields(framework: Framework) -> list[tuple[str, str]]:
    """Every field of the framework's entries, for a list to choose from."""
    return [
        ("", gettext("Anywhere in the entry")),
        ("title", gettext("Title")),
        *((f"section:{section['key']}", framework.section_label(section["key"])) for section in framework.sections),
        *((f"terms:{slug}", diff.field_label(framework, f"terms:{slug}")) for slug in framework.schemes),
    ]
