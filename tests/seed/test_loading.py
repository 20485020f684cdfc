"""Loading the schemes and frameworks."""

import shutil
from datetime import date
from pathlib import Path

import pytest
import yaml
from sqlmodel import Session, func, select

from backend.core import clock
from backend.publishing import in_welsh
from backend.releases import queries
from backend.releases.models import Framework, Revision, RevisionTranslation, Scheme, Term
from seed.loading import CONTENT, load

COUNTS = {
    "age-ranges": 5, "code-standards": 15, "data-activities": 11, "four-cs": 5, "harm-categories": 8,
    "organisation-types": 29, "service-types": 16, "strategy-priorities": 4, "uncrc-articles": 54,
}  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    shutil.copytree(CONTENT, tmp_path / "content")
    return tmp_path / "content"


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_everything_is_published_with_its_own_date(session: Session) -> None:
    load(session)
    frameworks = queries.frameworks(session)
    assert [framework.code_prefix for framework in frameworks][0] == "CCHF"
    current = [queries.current_release(session, framework) for framework in frameworks]
    sizes = {release.framework.code_prefix: len(queries.manifest(session, release)) for release in current}
    assert sizes == {"CCHF": 30, "SHARE": 10, "STRAT": 4}
    dates = {
        release.framework.code_prefix: clock.in_london(release.published_at).date()
        for release in current
        if release.published_at
    }
    assert dates == {"CCHF": date(2020, 11, 26), "SHARE": date(2023, 9, 14), "STRAT": date(2024, 4, 3)}


def test_the_schemes_are_complete(session: Session) -> None:
    load(session)
    rows = session.exec(select(Scheme.slug, func.count()).join(Term).group_by(Scheme.slug))
    assert dict(rows.all()) == COUNTS


def test_loading_twice_changes_nothing_and_says_so(session: Session) -> None:
    assert any("published 0.1 “Beta” with 30 entries" in line for line in load(session))
    before = session.exec(select(func.count()).select_from(Revision)).one()
    session.commit()
    assert load(session) == ["Everything is there already; nothing was changed."]
    assert not session.dirty
    assert session.exec(select(func.count()).select_from(Revision)).one() == before


def test_a_changed_label_is_brought_up_to_date(session: Session, folder: Path) -> None:
    load(session, folder)
    edit(folder / "schemes/code-standards.yaml", "label: Transparency", "label: Openness")
    edit(folder / "frameworks/strategy.yaml", "title: Children's code strategy 2024 to 2025", "title: The strategy")
    lines = load(session, folder)
    assert "Scheme code-standards: 2 texts brought up to date." in lines
    term = session.exec(select(Term).join(Scheme).where(Scheme.slug == "code-standards", Term.code == "4")).one()
    assert term.label == "Openness"
    titles = session.exec(select(Framework.title).where(Framework.code_prefix == "STRAT"))
    assert titles.one() == "The strategy"


def test_published_words_are_never_touched(session: Session, folder: Path) -> None:
    load(session, folder)
    path = folder / "frameworks/harms.yaml"
    facts = yaml.safe_load(path.read_text())
    facts["entries"][6]["title"] = "Another title"
    path.write_text(yaml.safe_dump(facts, allow_unicode=True))
    lines = load(session, folder)
    assert any("left as they were: CCHF-07" in line for line in lines)
    framework = queries.framework(session, "childrens-code-harms-framework")
    line = queries.find_line(session, queries.current_release(session, framework), queries.entry(session, "CCHF-07"))
    assert line and line.revision.content.title.startswith("Bullying and harassment")


def test_all_that_readers_see_of_the_content_has_its_welsh(session: Session) -> None:
    load(session)
    missing = []
    for term in session.exec(select(Term)):
        names = [name for name in ("label", "description") if getattr(term, name)]
        missing += [f"{term.code}: {name}" for name in names if name not in term.welsh]
    for scheme in session.exec(select(Scheme)):
        names = ["title", "term_title", "description"]
        missing += [f"{scheme.slug}: {name}" for name in names if name not in scheme.welsh]
    for framework in session.exec(select(Framework)):
        missing += [f"{framework.slug}: {text.english}" for text in in_welsh.texts(framework) if not text.welsh]
        release = queries.current_release(session, framework)
        missing += [f"{framework.slug}: {text.english}" for text in in_welsh.texts(release) if not text.welsh]
    assert not missing, "\n".join(missing)
    assert len(session.exec(select(RevisionTranslation)).all()) == 17, "the reference frameworks, and three entries"
