"""Taking a release away, and following releases in a feed reader."""

from fastapi import APIRouter
from fastapi.responses import Response
from sqlmodel import Session

from backend.accounts import limits
from backend.core.db import SessionDep
from backend.people.access import Anyone
from backend.releases import downloads, feeding, queries
from backend.releases.models import Framework, Release

router = APIRouter(include_in_schema=False)

FOR_EVER = "public, max-age=31536000, immutable"
COUNTED = [limits.limited(limits.DOWNLOADS)]


@router.get("/frameworks/{slug}/releases/{number}.csv-metadata.json", dependencies=COUNTED)
def release_csv_metadata(slug: str, number: str, session: SessionDep, viewer: Anyone) -> Response:
    """What the columns of the CSV file mean, as CSV on the Web has it."""
    framework, release = _release(session, slug, number)
    written = downloads.csv_metadata(framework, release, queries.schemes(session, framework))
    return _file(written, "application/csvm+json", f"{number}.csv-metadata.json")


@router.get("/frameworks/{slug}/releases/{number}.csv", dependencies=COUNTED)
def release_csv(slug: str, number: str, session: SessionDep, viewer: Anyone) -> Response:
    """The entries as a table."""
    framework, release = _release(session, slug, number)
    written = downloads.as_csv(framework, queries.schemes(session, framework), queries.manifest(session, release))
    response = _file(written, "text/csv; charset=utf-8", f"{slug}-{number}.csv")
    response.headers["Link"] = f'<{number}.csv-metadata.json>; rel="describedby"; type="application/csvm+json"'
    return response


@router.get("/frameworks/{slug}/releases/{number}.json", dependencies=COUNTED)
def release_json(slug: str, number: str, session: SessionDep, viewer: Anyone) -> Response:
    """The entries with their digests."""
    framework, release = _release(session, slug, number)
    retirements = queries.retirements_between(session, release.previous, release)
    written = downloads.as_json(framework, release, queries.manifest(session, release), retirements.values())
    return _file(written, "application/json", f"{slug}-{number}.json")


@router.get("/releases.atom")
def feed(session: SessionDep, viewer: Anyone, lang: feeding.Language = "en") -> Response:
    """Every release of every framework, the newest first."""
    releases = queries.latest_releases(session)
    moments = [release.withdrawn_at or release.published_at for release in releases]
    return feeding.atom("releases", lang, moments, page="/frameworks", releases=releases)


def _release(session: Session, slug: str, number: str) -> tuple[Framework, Release]:
    framework = queries.framework(session, slug)
    return framework, queries.release(session, framework, number)


def _file(written: str | bytes, media_type: str, name: str) -> Response:
    disposition = f'attachment; filename="{name}"'
    return Response(
        written, media_type=media_type, headers={"Content-Disposition": disposition, "Cache-Control": FOR_EVER}
    )
