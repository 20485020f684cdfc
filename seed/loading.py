"""Loads the schemes, frameworks and workshops in `content/`. Running it again changes only what has changed there."""

from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import Session, SQLModel, select

from backend.core.clock import LONDON
from backend.releases import activity, queries, revising
from backend.releases.content import EntryContent
from backend.releases.models import Criterion, Framework, Scheme, Term
from seed import pages, workshops

CONTENT = Path(__file__).parent / "content"


def load(session: Session, folder: Path = CONTENT) -> list[str]:
    """Bring schemes and frameworks up to date and publish the releases that are missing; says what was done, in lines.

    The words of published releases are never touched, whatever the files say. Nothing is committed.
    """
    lines = []
    changed: set[str] = set()
    for path in sorted((folder / "schemes").glob("*.yaml")):
        facts = _read(path)
        if said := _load_scheme(session, facts):
            lines.append(said)
            changed.add(facts["slug"])
    loaded = [_read(path) for path in sorted((folder / "frameworks").glob("*.yaml"))]
    loaded.sort(key=lambda facts: facts["is_reference"])
    for position, facts in enumerate(loaded):
        lines += _load_framework(session, facts, position, changed)
    lines += pages.load(session, folder / "pages")
    lines += workshops.load(session, folder / "workshops")
    return lines or ["Everything is there already; nothing was changed."]


def _read(path: Path) -> dict[str, Any]:
    facts: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return facts


def _load_scheme(session: Session, facts: dict[str, Any]) -> str | None:
    scheme = session.exec(select(Scheme).where(Scheme.slug == facts["slug"])).first()
    is_new = scheme is None
    scheme = scheme or Scheme(slug=facts["slug"], title="", term_title="")
    changes = _update(scheme, {name: facts[name] for name in ("title", "term_title", "description", "source")})
    session.add(scheme)
    session.flush()
    known = {term.code: term for term in scheme.terms}
    for position, term_facts in enumerate(facts["terms"]):
        term = known.get(term_facts["code"]) or Term(
            scheme_id=scheme.id, code=term_facts["code"], label="", position=position
        )
        changes += _update(term, {
            "label": term_facts["label"],
            "description": term_facts.get("description", ""),
            "group": term_facts.get("group", ""),
            "position": position,
        })  # fmt: skip
        session.add(term)
    session.flush()
    session.expire(scheme, ["terms"])
    if is_new:
        return f"Scheme {scheme.slug}: {len(facts['terms'])} terms."
    return f"Scheme {scheme.slug}: {changes} texts brought up to date." if changes else None


def _load_framework(session: Session, facts: dict[str, Any], position: int, changed_schemes: set[str]) -> list[str]:
    slug = facts["slug"]
    framework = session.exec(select(Framework).where(Framework.slug == slug)).first()
    is_new = framework is None
    framework = framework or Framework(
        slug=slug, title="", code_prefix=facts["code_prefix"], summary="", notice="", sections=[], schemes=[]
    )
    names = ("title", "is_reference", "summary", "notice", "sections", "schemes")
    changes = _update(
        framework, {**{name: facts[name] for name in names}, "grounds": facts.get("grounds", []), "position": position}
    )
    session.add(framework)
    session.flush()
    changes += _load_criteria(session, framework, facts.get("criteria", []))
    lines = []
    if changes and not is_new:
        lines.append(f"Framework {slug}: {changes} texts brought up to date.")
    if changes or changed_schemes.intersection(framework.schemes):
        activity.framework_changed(session, framework)
    return lines + _load_release(session, framework, facts)


def _load_criteria(session: Session, framework: Framework, listed: list[dict[str, Any]]) -> int:
    known = {criterion.code: criterion for criterion in framework.criteria}
    changes = 0
    for position, facts in enumerate(listed, start=1):
        criterion = known.get(facts["code"]) or Criterion(
            framework_id=framework.id, code=facts["code"], label="", prompt="", scale=facts["scale"], position=position
        )
        names = ("label", "prompt", "scale", "is_core", "about")
        changes += _update(criterion, {**{name: facts[name] for name in names}, "position": position})
        session.add(criterion)
    session.flush()
    session.expire(framework, ["criteria"])
    return changes


def _load_release(session: Session, framework: Framework, facts: dict[str, Any]) -> list[str]:
    """Publish the framework's first release; where it is published already, only say which texts differ from it."""
    [first] = facts["releases"]
    contents = {
        entry["code"]: EntryContent(title=entry["title"], sections=entry["sections"], terms=entry["terms"])
        for entry in facts["entries"]
    }
    published = {release.number: release for release in queries.releases(session, framework)}
    if first["number"] in published:
        manifest = queries.manifest(session, published[first["number"]])
        digests = {line.entry.code: line.revision.digest for line in manifest}
        kept = [code for code, content in contents.items() if digests.get(code) != content.digest]
        what = f"Framework {framework.slug}: release {first['number']} is published"
        return [f"{what}; left as they were: {', '.join(kept)}."] if kept else []
    draft = revising.open_draft(session, framework, number=first["number"], title=first["title"], by=None)
    draft.introduction = first["introduction"]
    for code, content in contents.items():
        revising.add_entry(session, draft, code=code, content=content, by=None, because="First version")
    revising.freeze(session, draft, by=None, at=_morning(first["published_on"]))
    return [f"Framework {framework.slug}: published {draft.number} “{draft.title}” with {len(contents)} entries."]


def _morning(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(9), LONDON)


def _update(row: SQLModel, values: dict[str, Any]) -> int:
    """Set what differs, and count it."""
    different = {name: value for name, value in values.items() if getattr(row, name, None) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return len(different)
