"""The form for all fields of an entry, made for the framework whose entry it is."""

from collections.abc import Mapping
from typing import Any

from pydantic import create_model
from sqlmodel import Session, col, select

from backend.comments.models import Comment, State
from backend.core import forms
from backend.core.forms import Line, Typed, Words
from backend.core.i18n import gettext, mark
from backend.releases.content import EntryContent
from backend.releases.models import Framework, Release, Round


class EntryForm(forms.Form):
    """The fields of every entry; those for sections and terms are added for each framework."""

    title: Line
    because: Words = ""
    prompted_by: Words = ""
    seen: int = 0

    mistakes = {
        "title": mark("Enter a title of up to 300 characters"),
        "because": mark("Enter why the entry changes. It is published with the release"),
        "prompted_by": mark("Enter the references of points, with spaces between them"),
    }


def name_of(field: str) -> str:
    """The name of a field of an entry in the form: `section:why-these-links` is `section_why_these_links`."""
    return field.replace(":", "_").replace("-", "_")


def form_for(framework: Framework) -> type[EntryForm]:
    """The form for entries of this framework."""
    fields: dict[str, Any] = {name_of(f"section:{section['key']}"): (Words, "") for section in framework.sections}
    fields |= {name_of(f"terms:{slug}"): (list[str], []) for slug in framework.schemes}
    return create_model("EntryFormOfFramework", __base__=EntryForm, **fields)


def content_of(framework: Framework, form: EntryForm) -> EntryContent:
    """What was typed, as the content of an entry."""
    sections = {section["key"]: getattr(form, name_of(f"section:{section['key']}")) for section in framework.sections}
    terms = {slug: tuple(getattr(form, name_of(f"terms:{slug}"))) for slug in framework.schemes}
    return EntryContent(title=form.title, sections=sections, terms=terms)


def values_of(content: EntryContent | None) -> Mapping[str, Any]:
    """The fields of an entry by their names in the form."""
    return {name_of(field): value for field, value in content.fields().items()} if content else {}


def points_of(session: Session, framework: Framework, form: EntryForm, typed: Typed) -> list[Comment]:
    """The points that were named as having prompted the change; a mistake is noted for what is no point."""
    references = {reference.upper() for reference in form.prompted_by.replace(",", " ").split()}
    if not references:
        return []
    found = session.exec(
        select(Comment)
        .join(Round, col(Round.id) == Comment.round_id)
        .join(Release, col(Release.id) == Round.release_id)
        .where(
            col(Comment.reference).in_(references),
            Release.framework_id == framework.id,
            col(Comment.state).in_((State.PUBLISHED, State.KEPT, State.HELD)),
        )
        .order_by(col(Comment.id))
    ).all()
    if missing := references - {comment.reference for comment in found}:
        words = gettext("There is no point %(references)s about this framework")
        typed.mistake("prompted_by", words % {"references": ", ".join(sorted(missing))[:100]})
    return list(found)
