"""Loads the drafts of the pages that a public body owes."""

from pathlib import Path

import yaml
from sqlmodel import Session

from backend.pages import queries, writing
from backend.pages.models import Owed


def load(session: Session, folder: Path) -> list[str]:
    """Write the first version of each page, and of a draft that has changed here the next; says so, in lines.

    What staff have written is never written over: from their first version on, a page is theirs.
    """
    lines = []
    for path in sorted(folder.glob("*.yaml")):
        facts: dict[str, str] = yaml.safe_load(path.read_text(encoding="utf-8"))
        page = Owed(facts.pop("slug"))
        words = writing.Words(**{name: said.strip() for name, said in facts.items()})
        last = next(reversed(queries.versions(session, page)), None)
        if last and (last.author_id or _said(words) == (last.title, last.body, last.welsh_title, last.welsh_body)):
            continue
        version = writing.write(session, page, words, holds_from=None, by=None, seen=last.number if last else 0)
        lines.append(f"Page {page}: version {version.number}.")
    return lines


def _said(words: writing.Words) -> tuple[str, str, str, str]:
    return words.title, words.body, words.welsh_title, words.welsh_body
