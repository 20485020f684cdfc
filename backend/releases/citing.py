"""How an entry is cited, and where it can be found for ever."""

from backend.core.config import settings
from backend.core.i18n import day, gettext
from backend.releases.models import Release, ReleaseEntry


def address(line: ReleaseEntry, release: Release) -> str:
    """The short address of the entry as it stands in this release."""
    return f"{settings().base_url.rstrip('/')}/{line.entry.code}@{release.number}"


def citation(line: ReleaseEntry, release: Release) -> str:
    """What to write in a paper or an impact assessment, so that anybody finds the exact words again."""
    assert release.published_at, "only published words can be cited"
    return gettext(
        "%(framework)s, %(code)s “%(title)s”, release %(number)s (illustrative), published %(day)s. "
        "Text digest SHA-256 %(digest)s. %(address)s"
    ) % {
        "framework": release.framework.title,
        "code": line.entry.code,
        "title": line.revision.content.title,
        "number": release.number,
        "day": day(release.published_at),
        "digest": line.revision.digest[:12],
        "address": address(line, release),
    }
