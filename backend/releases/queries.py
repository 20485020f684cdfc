"""Reading frameworks, releases and entries."""

from sqlalchemy.orm import joinedload, selectinload
from sqlmodel import Session, col, select

from backend.core.errors import NotFound
from backend.releases.models import Entry, Framework, Release, ReleaseEntry, ReleaseState, Round, Scheme


def frameworks(session: Session) -> list[Framework]:
    """Every framework, those under consultation first."""
    return list(session.exec(select(Framework).order_by(col(Framework.is_reference), col(Framework.position))))


def framework(session: Session, slug: str) -> Framework:
    """The framework at this address. Raises NotFound."""
    found = session.exec(select(Framework).where(Framework.slug == slug)).first()
    if found is None:
        raise NotFound()
    return found


def consulted_framework(session: Session) -> Framework:
    """The framework under consultation: the first that takes rounds. Raises NotFound where there is none."""
    found = session.exec(
        select(Framework).where(col(Framework.is_reference).is_(False)).order_by(col(Framework.position))
    ).first()
    if found is None:
        raise NotFound()
    return found


def schemes(session: Session, framework: Framework) -> list[Scheme]:
    """The framework's schemes with their terms, in the order of the page."""
    found = session.exec(
        select(Scheme).where(col(Scheme.slug).in_(framework.schemes)).options(selectinload(Scheme.terms))
    )  # type: ignore[arg-type]
    return sorted(found, key=lambda scheme: framework.schemes.index(scheme.slug))


def releases(session: Session, framework: Framework) -> list[Release]:
    """Every release that has been published, the newest first."""
    return list(
        session.exec(
            select(Release)
            .where(Release.framework_id == framework.id, Release.state != ReleaseState.DRAFT)
            .order_by(col(Release.position).desc())
        )
    )


def find_current(session: Session, framework: Framework) -> Release | None:
    """The newest release that stands: published and not withdrawn."""
    return session.exec(
        select(Release)
        .where(Release.framework_id == framework.id, Release.state == ReleaseState.PUBLISHED)
        .order_by(col(Release.position).desc())
    ).first()


def current_release(session: Session, framework: Framework) -> Release:
    """The newest release that stands. Raises NotFound where nothing is published."""
    found = find_current(session, framework)
    if found is None:
        raise NotFound()
    return found


def release(session: Session, framework: Framework, number: str) -> Release:
    """A published or withdrawn release by its number. Raises NotFound, for a draft too."""
    found = session.exec(
        select(Release).where(
            Release.framework_id == framework.id, Release.number == number, Release.state != ReleaseState.DRAFT
        )
    ).first()
    if found is None:
        raise NotFound()
    return found


def find_draft(session: Session, framework: Framework) -> Release | None:
    """The framework's draft release, if one is open."""
    return session.exec(
        select(Release).where(Release.framework_id == framework.id, Release.state == ReleaseState.DRAFT)
    ).first()


def manifest(session: Session, release: Release) -> list[ReleaseEntry]:
    """The lines of a release in order, each with its entry and revision."""
    return list(
        session.exec(
            select(ReleaseEntry)
            .join(Entry)
            .where(ReleaseEntry.release_id == release.id)
            .order_by(col(Entry.position))
            .options(joinedload(ReleaseEntry.entry), joinedload(ReleaseEntry.revision))  # type: ignore[arg-type]
        )
    )


def entry(session: Session, code: str) -> Entry:
    """The entry with this code, in capitals or not. Raises NotFound."""
    found = session.exec(select(Entry).where(Entry.code == code.upper())).first()
    if found is None:
        raise NotFound()
    return found


def find_line(session: Session, release: Release, entry: Entry) -> ReleaseEntry | None:
    """The line of the entry in the release's manifest, if it is in it."""
    return session.exec(
        select(ReleaseEntry)
        .where(ReleaseEntry.release_id == release.id, ReleaseEntry.entry_id == entry.id)
        .options(joinedload(ReleaseEntry.revision), joinedload(ReleaseEntry.entry))  # type: ignore[arg-type]
    ).first()


def find_round(session: Session, framework: Framework) -> Round | None:
    """The framework's latest round, by its opening time: planned, open or closed."""
    return session.exec(
        select(Round)
        .join(Release)
        .where(Release.framework_id == framework.id)
        .order_by(col(Round.opens_at).desc(), col(Round.id).desc())
    ).first()


def rounds(session: Session, framework: Framework) -> list[Round]:
    """Every round of the framework, the latest first."""
    return list(
        session.exec(
            select(Round)
            .join(Release)
            .where(Release.framework_id == framework.id)
            .order_by(col(Round.opens_at).desc(), col(Round.id).desc())
        )
    )
