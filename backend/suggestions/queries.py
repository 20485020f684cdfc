"""Reading suggestions."""

import json
from collections.abc import Sequence

from sqlalchemy.orm import joinedload
from sqlmodel import Session, col, select

from backend.comments import queries as comment_queries
from backend.comments.models import Comment, State
from backend.comments.queries import Change
from backend.core.bilingual import Said
from backend.releases import diff, reading
from backend.releases import queries as release_queries
from backend.releases.models import Entry, Framework, Revision
from backend.suggestions.models import Suggestion

COMPETING_AT_MOST = 50
"""Suggestions for one entry that are set side by side; the rest are found in the list of points."""


def changes(session: Session, comments: Sequence[Comment]) -> dict[int, Change]:
    """What each suggestion among the comments would change, against the words it was made on, in a few reads.

    Of a draft, what it would change as it is written now: whoever asks may see it.
    """
    wanted = [comment.id for comment in comments]
    found = session.exec(
        select(Suggestion).where(col(Suggestion.comment_id).in_(wanted)).options(joinedload(Suggestion.base_revision))  # type: ignore[arg-type]
    ).all()
    if not found:
        return {}
    by_id = {comment.id: comment for comment in comments}
    words = comment_queries.written(session, [by_id[suggestion.comment_id] for suggestion in found])
    labels: dict[int, dict[str, dict[str, Said]]] = {}
    shown = {}
    for suggestion in found:
        framework = by_id[suggestion.comment_id].round.release.framework
        names = labels.setdefault(framework.id, {}) or labels[framework.id]
        if suggestion.field.startswith("terms:") and not names:
            names.update(term_labels(session, framework))
        replacement = words[suggestion.comment_id].replacement
        if replacement is not None:
            shown[suggestion.comment_id] = change(
                framework, suggestion.base_revision, suggestion.field, json.loads(replacement), names
            )
    return shown


def change(
    framework: Framework,
    base: Revision,
    field: str,
    value: str | Sequence[str],
    labels: dict[str, dict[str, Said]],
) -> Change:
    """What putting this value into the field would change."""
    after = base.content.with_field(field, value if isinstance(value, str) else tuple(value))
    pieces = next((each.pieces for each in diff.fields(base.content, after) if each.field == field), [])
    label = diff.field_label(framework, field)
    return Change(field, label, pieces, labels.get(field.removeprefix("terms:"), {}))


def term_labels(session: Session, framework: Framework) -> dict[str, dict[str, Said]]:
    """The name on screen of every term of the framework, by scheme and code."""
    return reading.labels_of(release_queries.schemes(session, framework))


def competing(session: Session, entry: Entry) -> list[Comment]:
    """The published suggestions for fields of the entry that have more than one, field by field."""
    found = session.exec(
        select(Comment, Suggestion.field)
        .join(Suggestion, col(Suggestion.comment_id) == Comment.id)
        .where(Comment.entry_id == entry.id, Comment.state == State.PUBLISHED)
        .order_by(col(Suggestion.field), col(Comment.id))
        .limit(COMPETING_AT_MOST)
        .options(*comment_queries.whole())
    ).all()
    fields = [field for _, field in found]
    return [comment for comment, field in found if fields.count(field) > 1]
