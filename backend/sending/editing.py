"""Writing on what is not sent yet: what its form shows, and what comes of saving it."""

from typing import Any

from fastapi import Request
from sqlmodel import Session
from starlette.responses import Response

from backend.comments import drafting, queries
from backend.comments.models import OFFERED, Comment, State
from backend.core import tokens, web
from backend.core.errors import NotFound
from backend.core.forms import Typed
from backend.core.i18n import gettext, mark
from backend.people import queries as people_queries
from backend.people.access import Permission, Viewer
from backend.people.models import Membership, Standing
from backend.sending import tracking
from backend.submissions import queries as submission_queries
from backend.submissions import speaking
from backend.submissions.models import SpeakingFor
from backend.suggestions import queries as suggestion_queries
from backend.suggestions import suggesting
from backend.suggestions.models import Suggestion

DRAFT_SAVED = mark("Your draft has been saved. Nothing has been sent yet.")


def own(session: Session, viewer: Viewer, reference: str) -> Comment:
    """The point with this reference, which is the viewer's or their organisation's. Raises NotFound."""
    comment = queries.comment(session, reference)
    if comment.submission.voice not in submission_queries.voices(viewer):
        raise NotFound()
    return comment


def may_change(comment: Comment, viewer: Viewer) -> bool:
    """Whether this person may change their own point: what an organisation has sent, only its lead and deputies may."""
    is_organisations = comment.submission.organisation_id is not None
    return not is_organisations or comment.state is State.DRAFT or viewer.may(Permission.SIGN_OFF)


def signers(session: Session, comment: Comment) -> list[Membership]:
    """Who signs off what the organisation says, the lead first; nobody for a point of one's own."""
    organisation = comment.submission.organisation
    members = people_queries.members(session, organisation) if organisation else []
    return [member for member in members if member.standing in (Standing.LEAD, Standing.DEPUTY)]


def facts(session: Session, comment: Comment, viewer: Viewer, typed: Typed) -> dict[str, Any]:
    """All that the form to change a point shows: its words as they are, and what may be chosen."""
    text = queries.written(session, [comment])[comment.id]
    suggestion = session.get(Suggestion, comment.id)
    field = suggestion.field if suggestion else ""
    framework = comment.round.release.framework
    labels: dict[str, Any] = suggestion_queries.term_labels(session, framework) if field.startswith("terms:") else {}
    is_of_a_kind = comment.state is State.DRAFT and not suggestion and comment.kind in OFFERED
    return {
        "comment": comment,
        "text": text,
        "typed": typed,
        "field": field,
        "field_label": tracking.field_label(framework, field),
        "value": suggesting.read(text.replacement),
        "terms": list(labels.get(field.removeprefix("terms:"), {}).items()),
        "kinds": [(kind.value, gettext(kind.label)) for kind in OFFERED] if is_of_a_kind else [],
        "choices": choices(session, comment, viewer) if comment.state is State.DRAFT else [],
        "form_token": typed.one("form_token") or tokens.secret(),
        "number": text.number,
    }


def choices(session: Session, comment: Comment, viewer: Viewer) -> list[SpeakingFor]:
    """For whom the draft may speak: whom its author likes, until a colleague has worked on it as well."""
    offered = speaking.choices(viewer)
    if drafting.may_change_hands(session, comment, viewer):
        return offered
    return [choice for choice in offered if speaking.voice_of(viewer, choice) == comment.submission.voice]


def conflict(request: Request, session: Session, viewer: Viewer, comment: Comment, typed: Typed) -> Response:
    """Both texts of a point: as it is now, and what was typed over the one before it."""
    return web.render(request, "sending/edit_conflict.html", status=409, **facts(session, comment, viewer, typed))
