"""Loads the schemes, frameworks and workshops in `content/`. Running it again changes only what has changed there."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import yaml
from sqlmodel import Session, SQLModel, select

from backend.core.clock import LONDON
from backend.releases import activity, queries, revising, translating
from backend.releases.content import EntryContent
from backend.releases.models import Criterion, Framework, Revision, Scheme, Term
from seed import pages, workshops

CONTENT = Path(__file__).parent / "content"


def load(session: Session, folder: Path = CONTENT) -> list[str]:
    """Bring schemes and frameworks up to date and publish the releases that are missing; says what was done, in lines.

    The words of published releases are never touched, whatever the files say. Nothing is committed.
    """
    lines = []
    welsh = Welsh.read(folder / "welsh.yaml")
    changed: set[str] = set()
    for path in sorted((folder / "schemes").glob("*.yaml")):
        facts = _read(path)
        if said := _load_scheme(session, facts, welsh):
            lines.append(said)
            changed.add(facts["slug"])
    loaded = [_read(path) for path in sorted((folder / "frameworks").glob("*.yaml"))]
    loaded.sort(key=lambda facts: facts["is_reference"])
    for position, facts in enumerate(loaded):
        lines += _load_framework(session, facts, position, changed, welsh)
    lines += pages.load(session, folder / "pages")
    lines += workshops.load(session, folder / "workshops")
    return lines or ["Everything is there already; nothing was changed."]


class Welsh:
    """The Welsh of each text of the content, by the English: where that is changed, its Welsh is not known any more."""

    def __init__(self, pairs: Iterable[Mapping[str, str]]) -> None:
        self.known = {" ".join(pair["en"].split()): pair["cy"] for pair in pairs}

    @classmethod
    def read(cls, path: Path) -> "Welsh":
        """What is known, from a file of pairs; nothing where it is not there."""
        return cls(yaml.safe_load(path.read_text(encoding="utf-8")) if path.exists() else [])

    def of(self, **texts: str) -> dict[str, str]:
        """What there is in Welsh of these texts, by their names."""
        found = {name: self.known.get(" ".join(text.split()), "") for name, text in texts.items()}
        return {name: welsh for name, welsh in found.items() if welsh}


def _read(path: Path) -> dict[str, Any]:
    facts: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return facts


def _load_scheme(session: Session, facts: dict[str, Any], welsh: Welsh) -> str | None:
    scheme = session.exec(select(Scheme).where(Scheme.slug == facts["slug"])).first()
    is_new = scheme is None
    scheme = scheme or Scheme(slug=facts["slug"], title="", term_title="")
    texts = {name: facts[name] for name in ("title", "term_title", "description", "source")}
    changes = _update(scheme, {**texts, "welsh": welsh.of(**texts)})
    session.add(scheme)
    session.flush()
    known = {term.code: term for term in scheme.terms}
    for position, term_facts in enumerate(facts["terms"]):
        term = known.get(term_facts["code"]) or Term(
            scheme_id=scheme.id, code=term_facts["code"], label="", position=position
        )
        texts = {"label": term_facts["label"], "description": term_facts.get("description", "")}
        place = {"group": term_facts.get("group", ""), "position": position}
        changes += _update(term, {**texts, **place, "welsh": welsh.of(**texts)})
        session.add(term)
    session.flush()
    session.expire(scheme, ["terms"])
    if is_new:
        return f"Scheme {scheme.slug}: {len(facts['terms'])} terms."
    return f"Scheme {scheme.slug}: {changes} texts brought up to date." if changes else None


def _load_framework(
    session: Session, facts: dict[str, Any], position: int, changed_schemes: set[str], welsh: Welsh
) -> list[str]:
    slug = facts["slug"]
    framework = session.exec(select(Framework).where(Framework.slug == slug)).first()
    is_new = framework is None
    framework = framework or Framework(
        slug=slug, title="", code_prefix=facts["code_prefix"], summary="", notice="", sections=[], schemes=[]
    )
    names = ("title", "is_reference", "summary", "notice", "sections", "schemes")
    grounds = facts.get("grounds", [])
    texts = {name: facts[name] for name in ("title", "summary", "notice")}
    texts |= {f"section:{section['key']}": section["label"] for section in facts["sections"]}
    texts |= {f"ground:{ground['code']}": ground["label"] for ground in grounds}
    known = {name: facts[name] for name in names}
    changes = _update(framework, {**known, "grounds": grounds, "position": position, "welsh": welsh.of(**texts)})
    session.add(framework)
    session.flush()
    changes += _load_criteria(session, framework, facts.get("criteria", []), welsh)
    lines = []
    if changes and not is_new:
        lines.append(f"Framework {slug}: {changes} texts brought up to date.")
    if changes or changed_schemes.intersection(framework.schemes):
        activity.framework_changed(session, framework)
    return lines + _load_release(session, framework, facts, welsh)


def _load_criteria(session: Session, framework: Framework, listed: list[dict[str, Any]], welsh: Welsh) -> int:
    known = {criterion.code: criterion for criterion in framework.criteria}
    changes = 0
    for position, facts in enumerate(listed, start=1):
        criterion = known.get(facts["code"]) or Criterion(
            framework_id=framework.id, code=facts["code"], label="", prompt="", scale=facts["scale"], position=position
        )
        names = ("label", "prompt", "scale", "is_core", "about")
        said = welsh.of(label=facts["label"], prompt=facts["prompt"])
        changes += _update(criterion, {**{name: facts[name] for name in names}, "position": position, "welsh": said})
        session.add(criterion)
    session.flush()
    session.expire(framework, ["criteria"])
    return changes


def _load_release(session: Session, framework: Framework, facts: dict[str, Any], welsh: Welsh) -> list[str]:
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
    draft.welsh = welsh.of(title=first["title"], introduction=first["introduction"])
    for code, content in contents.items():
        revision = revising.add_entry(session, draft, code=code, content=content, by=None, because="First version")
        _translate(session, revision, welsh)
    revising.freeze(session, draft, by=None, at=_morning(first["published_on"]))
    return [f"Framework {framework.slug}: published {draft.number} “{draft.title}” with {len(contents)} entries."]


def _translate(session: Session, revision: Revision, welsh: Welsh) -> None:
    """Put the Welsh of an entry beside it, where all of it is there."""
    content = revision.content
    said = welsh.of(title=content.title, **content.sections)
    if set(said) == {"title", *content.sections}:
        title = said.pop("title")
        translating.translate(session, revision, EntryContent(title=title, sections=said), seen=0, by=None)


def _morning(day: str) -> datetime:
    return datetime.combine(date.fromisoformat(day), time(9), LONDON)


def _update(row: SQLModel, values: dict[str, Any]) -> int:
    """Set what differs, and count it."""
    different = {name: value for name, value in values.items() if getattr(row, name, None) != value}
    for name, value in different.items():
        setattr(row, name, value)
    return len(different)
