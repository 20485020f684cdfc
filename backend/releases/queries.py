"""Reading frameworks, releases and entries."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import and_, bindparam, func, or_, true
from sqlalchemy.orm import aliased, contains_eager, joinedload, selectinload
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from backend.core import clock
from backend.core.bilingual import WELSH, Said, said
from backend.core.errors import NotFound
from backend.core.i18n import language
from backend.releases.content import EntryContent
from backend.releases.kinds import ReleaseState
from backend.releases.models import Entry, Framework, Release, ReleaseEntry, Retirement, Revision, Round, Scheme, Term

# Made once: an alias costs more than the query that it is for.
AFTER, BEFORE = aliased(Revision), aliased(Revision)
NEW_LINE, OLD_LINE = aliased(ReleaseEntry), aliased(ReleaseEntry)

# Asked whenever somebody takes part, so made once as well.
FRAMEWORK = select(Framework).where(Framework.slug == bindparam("slug"))
ENTRY = select(Entry).where(Entry.code == bindparam("code"))
ROUND = (
    select(Round)
    .join(Release)
    .where(Release.framework_id == bindparam("framework"))
    .order_by(col(Round.opens_at).desc(), col(Round.id).desc())
    .options(contains_eager(Round.release))  # type: ignore[arg-type]
    .limit(1)
)
WITH_REVISION = (joinedload(ReleaseEntry.revision),)  # type: ignore[arg-type]


def frameworks(session: Session) -> list[Framework]:
    """Every framework, those under consultation first."""
    return list(session.exec(select(Framework).order_by(col(Framework.is_reference), col(Framework.position))))


def framework(session: Session, slug: str) -> Framework:
    """The framework at this address. Raises NotFound."""
    found = session.exec(FRAMEWORK, params={"slug": slug}).first()
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
        select(Scheme).where(col(Scheme.slug).in_(framework.schemes)).options(selectinload(Scheme.terms))  # type: ignore[arg-type]
    )
    return sorted(found, key=lambda scheme: framework.schemes.index(scheme.slug))


def scheme_titles(session: Session) -> dict[str, Said]:
    """The title of every scheme by its slug, in the reader's language, read once a session."""
    titles: dict[str, Said] | None = session.info.get("scheme titles")
    if titles is None:
        titles = {scheme.slug: said(scheme, "title") for scheme in session.exec(select(Scheme))}
        session.info["scheme titles"] = titles
    return titles


def terms_of(schemes: Iterable[Scheme], content: EntryContent) -> list[tuple[Scheme, list[Term]]]:
    """The terms that a content uses, scheme by scheme, in the order of the page."""
    used = []
    for scheme in schemes:
        codes = set(content.terms.get(scheme.slug, ()))
        if terms := [term for term in scheme.terms if term.code in codes]:
            used.append((scheme, terms))
    return used


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


def with_words() -> Any:
    """Read each line's revision along with it, and what its words are in the reader's language."""
    revision: Any = joinedload(ReleaseEntry.revision)  # type: ignore[arg-type]
    if language.get() != WELSH:
        return revision
    return revision.selectinload(Revision.translations)


def manifest(session: Session, release: Release) -> list[ReleaseEntry]:
    """The lines of a release in order, each with its entry and revision."""
    return list(
        session.exec(
            select(ReleaseEntry)
            .join(Entry)
            .where(ReleaseEntry.release_id == release.id)
            .order_by(col(Entry.position))
            .options(joinedload(ReleaseEntry.entry), with_words())  # type: ignore[arg-type]
        )
    )


def entry(session: Session, code: str) -> Entry:
    """The entry with this code, in capitals or not. Raises NotFound."""
    found = session.exec(ENTRY, params={"code": code.upper()}).first()
    if found is None:
        raise NotFound()
    return found


def codes(session: Session, framework: Framework) -> list[str]:
    """Every code that the framework has ever used, those of retired entries too."""
    return list(
        session.exec(select(Entry.code).where(Entry.framework_id == framework.id).order_by(col(Entry.position)))
    )


def find_line(session: Session, release: Release, entry: Entry) -> ReleaseEntry | None:
    """The line of the entry in the release's manifest, if it is in it."""
    line = session.get(ReleaseEntry, (release.id, entry.id), options=WITH_REVISION)
    if line:
        set_committed_value(line, "entry", entry)
    return line


def find_round(session: Session, framework: Framework) -> Round | None:
    """The framework's latest round, by its opening time: planned, open or closed."""
    return session.exec(ROUND, params={"framework": framework.id}).first()


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


def next_moment(round_: Round | None) -> datetime | None:
    """When pages that show the round will next change by themselves: its opening, its closing, the end of signing."""
    moments = (round_.opens_at, round_.closes_at, round_.signing_ends_at) if round_ else ()
    return next((moment for moment in moments if moment > clock.now()), None)


def history(session: Session, entry: Entry) -> list[ReleaseEntry]:
    """The entry in every release that has held it, the newest first."""
    return list(
        session.exec(
            select(ReleaseEntry)
            .join(Release)
            .where(ReleaseEntry.entry_id == entry.id, Release.state != ReleaseState.DRAFT)
            .order_by(col(Release.position).desc())
            .options(joinedload(ReleaseEntry.release), with_words())  # type: ignore[arg-type]
        )
    )


def find_retirement(session: Session, entry: Entry) -> tuple[Retirement, Release] | None:
    """How the entry left, and the published release that it left with."""
    found = session.exec(
        select(Retirement, Release)
        .join(Release, col(Release.id) == Retirement.release_id)
        .where(Retirement.entry_id == entry.id, Release.state != ReleaseState.DRAFT)
        .order_by(col(Release.position).desc())
        .options(joinedload(Retirement.superseded_by))  # type: ignore[arg-type]
    ).first()
    return (found[0], found[1]) if found else None


def retirements_between(session: Session, old: Release | None, new: Release) -> dict[int, Retirement]:
    """By entry, the retirements of the releases after the old one, up to the new one."""
    found = session.exec(
        select(Retirement)
        .join(Release, col(Release.id) == Retirement.release_id)
        .where(
            Release.framework_id == new.framework_id,
            Release.position > (old.position if old else 0),
            Release.position <= new.position,
            or_(col(Release.id) == new.id, col(Release.state) != ReleaseState.DRAFT),
        )
        .order_by(col(Release.position))
        .options(joinedload(Retirement.superseded_by))  # type: ignore[arg-type]
    )
    return {retirement.entry_id: retirement for retirement in found}


def revisions_between(
    session: Session, old: Release | None, new: Release, entry: Entry | None = None
) -> dict[int, list[Revision]]:
    """By entry, or for one, the revisions after that of the old release, up to that of the new, oldest first."""
    found = session.exec(
        select(Revision)
        .join(NEW_LINE, col(NEW_LINE.entry_id) == Revision.entry_id)
        .join(AFTER, col(AFTER.id) == NEW_LINE.revision_id)
        .outerjoin(
            OLD_LINE,
            and_(col(OLD_LINE.entry_id) == Revision.entry_id, col(OLD_LINE.release_id) == (old.id if old else None)),
        )
        .outerjoin(BEFORE, col(BEFORE.id) == OLD_LINE.revision_id)
        .where(
            col(NEW_LINE.release_id) == new.id,
            Revision.number <= AFTER.number,
            col(Revision.number) > func.coalesce(BEFORE.number, 0),
            col(Revision.entry_id) == entry.id if entry else true(),
        )
        .order_by(col(Revision.id))
    )
    by_entry: dict[int, list[Revision]] = defaultdict(list)
    for revision in found:
        by_entry[revision.entry_id].append(revision)
    return by_entry


def shown_release(session: Session, framework: Framework) -> Release:
    """The current release or, where all are withdrawn, the newest of them. Raises NotFound where none was published."""
    found = find_current(session, framework) or next(iter(releases(session, framework)), None)
    if found is None:
        raise NotFound()
    return found


def entry_of(session: Session, framework: Framework, code: str) -> Entry:
    """The framework's entry with this code. Raises NotFound."""
    found = entry(session, code)
    if found.framework_id != framework.id:
        raise NotFound()
    return found


def latest_releases(session: Session, limit: int = 50) -> list[Release]:
    """The latest releases of all frameworks, withdrawn ones too, the newest first."""
    return list(
        session.exec(
            select(Release)
            .where(Release.state != ReleaseState.DRAFT)
            .order_by(col(Release.published_at).desc(), col(Release.id).desc())
            .limit(limit)
            .options(joinedload(Release.framework))  # type: ignore[arg-type]
        )
    )
