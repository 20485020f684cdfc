"""A release as files: JSON that gives back its digests, and CSV with a description that machines read."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

from backend.core.config import settings
from backend.core.i18n import gettext
from backend.releases.models import Framework, Release, ReleaseEntry, Retirement, Scheme

DANGEROUS = ("=", "+", "-", "@", "\t", "\r")
"""A spreadsheet takes a cell that begins with one of these for a formula."""

BETWEEN_CODES = " "


def as_json(
    framework: Framework, release: Release, lines: Sequence[ReleaseEntry], retirements: Iterable[Retirement]
) -> str:
    """Every entry with its digest, which is that of its content as canonical JSON, and the digest of the whole.

    That is of the canonical JSON of framework, number, title, introduction, the digests of the entries by code, and by
    code the reason and the successor of each entry that left.
    """
    return json.dumps(
        {
            "framework": framework.slug,
            "title": framework.title,
            "notice": framework.notice,
            "release": release.number,
            "releaseTitle": release.title,
            "introduction": release.introduction,
            "published": release.published_at.isoformat() if release.published_at else None,
            "digest": release.digest,
            "address": f"{_address(framework, release)}",
            "entries": [
                {
                    "code": line.entry.code,
                    "address": f"{settings().base_url.rstrip('/')}/{line.entry.code}@{release.number}",
                    "revision": line.revision.number,
                    "digest": line.revision.digest,
                    "content": line.revision.content.model_dump(mode="json"),
                }
                for line in lines
            ],
            "retirements": [
                {
                    "code": retirement.entry.code,
                    "because": retirement.because,
                    "supersededBy": retirement.superseded_by.code if retirement.superseded_by else None,
                }
                for retirement in sorted(retirements, key=lambda retirement: retirement.entry.position)
            ],
        },
        ensure_ascii=False,
        indent=2,
    )


def as_csv(framework: Framework, schemes: Sequence[Scheme], lines: Sequence[ReleaseEntry]) -> bytes:
    """One row an entry, as RFC 4180 has it, in UTF-8 with a byte order mark so that Excel reads it right."""
    written = io.StringIO(newline="")
    writer = csv.writer(written, lineterminator="\r\n")
    writer.writerow([name for name, _ in _columns(framework, schemes)])
    for line in lines:
        content = line.revision.content
        cells = [line.entry.code, content.title]
        cells += [content.sections.get(section["key"], "") for section in framework.sections]
        cells += [BETWEEN_CODES.join(content.terms.get(scheme.slug, ())) for scheme in schemes]
        cells += [str(line.revision.number), line.revision.digest, framework.notice]
        writer.writerow([_harmless(cell) for cell in cells])
    return written.getvalue().encode("utf-8-sig")


def csv_metadata(framework: Framework, release: Release, schemes: Sequence[Scheme]) -> str:
    """The CSVW description of the CSV file: what each column means, and what was done to its cells."""
    lists = {scheme.slug for scheme in schemes}
    columns: list[dict[str, Any]] = []
    for name, title in _columns(framework, schemes):
        column: dict[str, Any] = {"name": name.replace("-", "_"), "titles": name, "dc:description": title}
        column["datatype"] = "integer" if name == "revision" else "string"
        if name in lists:
            column["separator"] = BETWEEN_CODES
        if name in ("code", "title", "revision", "digest"):
            column["required"] = True
        columns.append(column)
    return json.dumps(
        {
            "@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}],
            "url": f"{release.number}.csv",
            "dc:title": f"{framework.title}, {release.number} {release.title}",
            "dc:description": framework.notice,
            "dc:identifier": release.digest,
            "rdfs:comment": gettext(
                "Where a cell would begin with =, +, -, @, a tab or a carriage return, an apostrophe stands before "
                "it, so that no spreadsheet takes it for a formula. Remove it to get the exact words."
            ),
            "dialect": {"header": True, "encoding": "utf-8-sig", "lineTerminators": ["\r\n"]},
            "tableSchema": {"columns": columns, "primaryKey": "code"},
        },
        ensure_ascii=False,
        indent=2,
    )


def _columns(framework: Framework, schemes: Sequence[Scheme]) -> list[tuple[str, str]]:
    columns = [("code", gettext("Code of the entry")), ("title", gettext("Title"))]
    columns += [(section["key"], section["label"]) for section in framework.sections]
    columns += [(scheme.slug, scheme.title) for scheme in schemes]
    return [
        *columns,
        ("revision", gettext("Number of the revision")),
        ("digest", gettext("SHA-256 of the content")),
        ("notice", gettext("What the text is")),
    ]


def _harmless(cell: str) -> str:
    return f"'{cell}" if cell.startswith(DANGEROUS) else cell


def _address(framework: Framework, release: Release) -> str:
    return f"{settings().base_url.rstrip('/')}/frameworks/{framework.slug}/releases/{release.number}"
