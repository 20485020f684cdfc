"""Finding entries: by the terms they use and by the words they hold."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from backend.core import text
from backend.core.errors import Refusal
from backend.core.i18n import mark
from backend.releases.models import ReleaseEntry, Scheme, Term

LONGEST_SEARCH = 200


class FilterNotUnderstood(Refusal):
    """A filter in the address names a term that the framework does not have."""

    status = 422
    title = mark("We do not know that filter")
    words = mark("The address asks for “%(term)s”, which is not a term of this framework. Choose from its filters.")


class SearchNotUnderstood(Refusal):
    """A search that nobody can have typed."""

    status = 422
    title = mark("We could not search for that")
    words = mark("Use fewer than 200 characters, and only ones that can be typed.")


@dataclass(frozen=True)
class Filters:
    """What someone is looking for: terms by scheme, and words."""

    terms: Mapping[str, tuple[str, ...]]
    words: str = ""

    @property
    def any(self) -> bool:
        """Whether anything is asked for at all."""
        return bool(self.terms or self.words)

    def has(self, scheme: Scheme, term: Term) -> bool:
        """Whether the term is asked for."""
        return term.code in self.terms.get(scheme.slug, ())

    def without(self, scheme: str, code: str) -> "Filters":
        """The same without one term."""
        left = {
            slug: tuple(kept for kept in codes if (slug, kept) != (scheme, code)) for slug, codes in self.terms.items()
        }
        return replace(self, terms={slug: codes for slug, codes in left.items() if codes})

    def without_words(self) -> "Filters":
        """The same without the search."""
        return replace(self, words="")

    def query(self) -> str:
        """The query string of an address, with its question mark; empty where nothing is asked for."""
        pairs = [("term", f"{slug}:{code}") for slug, codes in self.terms.items() for code in codes]
        pairs += [("q", self.words)] if self.words else []
        return "?" + urlencode(pairs, safe=":") if pairs else ""


@dataclass(frozen=True)
class Option:
    """A term that can be chosen, and how many entries that would give."""

    term: Term
    count: int
    chosen: bool


def read(schemes: Iterable[Scheme], terms: Sequence[str], words: str) -> Filters:
    """What an address asks for. Raises FilterNotUnderstood or SearchNotUnderstood."""
    words = text.normalised(words)
    if len(words) > LONGEST_SEARCH or text.CONTROL.search(words):
        raise SearchNotUnderstood()
    known = [(scheme.slug, term.code) for scheme in schemes for term in scheme.terms]
    asked = {tuple(term.partition(":")[::2]) for term in terms}
    for slug, code in asked.difference(known):
        raise FilterNotUnderstood(term=text.excerpt(text.CONTROL.sub("", f"{slug}:{code}"), 60))
    chosen: dict[str, tuple[str, ...]] = {}
    for slug, code in known:
        if (slug, code) in asked:
            chosen[slug] = (*chosen.get(slug, ()), code)
    return Filters(chosen, words)


def matching(lines: Iterable[ReleaseEntry], filters: Filters) -> list[ReleaseEntry]:
    """The entries that have, for each scheme asked for, one of its terms, and every word of the search."""
    searched = _search(filters.words)
    return [line for line in lines if _has_terms(line, filters.terms) and _has_words(line, searched)]


def options(
    lines: Iterable[ReleaseEntry], schemes: Iterable[Scheme], filters: Filters
) -> list[tuple[Scheme, list[Option]]]:
    """Every term that would give an entry beside the search and the filters of other schemes, and how many it would."""
    found = matching(lines, replace(filters, terms={}))
    offered = []
    for scheme in schemes:
        others = {slug: codes for slug, codes in filters.terms.items() if slug != scheme.slug}
        beside = [line.revision.content.terms.get(scheme.slug, ()) for line in found if _has_terms(line, others)]
        counted = [
            Option(term, sum(term.code in codes for codes in beside), filters.has(scheme, term))
            for term in scheme.terms
        ]
        if worth_offering := [option for option in counted if option.count or option.chosen]:
            offered.append((scheme, worth_offering))
    return offered


def _search(words: str) -> list[re.Pattern[str]]:
    return [re.compile(rf"(?<!\w){re.escape(word)}") for word in re.findall(r"\w+", _folded(words))]


def _folded(words: str) -> str:
    return unicodedata.normalize("NFC", words.casefold())


def _has_terms(line: ReleaseEntry, terms: Mapping[str, tuple[str, ...]]) -> bool:
    content = line.revision.content
    return all(set(codes).intersection(content.terms.get(slug, ())) for slug, codes in terms.items())


def _has_words(line: ReleaseEntry, searched: list[re.Pattern[str]]) -> bool:
    if not searched:
        return True
    contents = [line.revision.content, *([line.revision.translation.content] if line.revision.translation else [])]
    texts = [text for content in contents for text in (content.title, *content.sections.values())]
    words = _folded("\n".join([line.entry.code, *texts]))
    return all(word.search(words) for word in searched)
