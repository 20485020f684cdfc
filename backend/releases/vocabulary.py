"""The terms of a scheme that belongs to no framework in particular, such as the types of organisations."""

from sqlmodel import Session, col, select

from backend.core.bilingual import Said, said
from backend.releases.models import Scheme, Term

ORGANISATION_TYPES = "organisation-types"
TOPICS = "harm-categories"
"""What somebody who is not taking part yet can be interested in."""


def terms(session: Session, slug: str) -> list[Term]:
    """The terms of the scheme in their order; none where the scheme is not there."""
    return list(session.exec(select(Term).join(Scheme).where(Scheme.slug == slug).order_by(col(Term.position))))


def labels(session: Session, slug: str) -> dict[str, Said]:
    """The name of each term of the scheme in the reader's language, by its code."""
    return {term.code: said(term, "label") for term in terms(session, slug)}
