"""What every form asks: who is speaking, and what may be published."""

from backend.core.forms import AnyForm, Typed
from backend.core.i18n import gettext, mark
from backend.people.access import Viewer
from backend.submissions import speaking

MISTAKES = {
    "speaking_for": mark("Select who you are speaking for"),
    "on_behalf_of": mark("Enter the members or the client in one line of 300 characters or fewer"),
    "publish_as": mark("Select what may be published"),
}
"""What to do about each of the fields `speaking_for`, `on_behalf_of` and `publish_as`."""

HIDDEN = ("step", "form_token", "revision", "seen")


def check(typed: Typed, model: type[AnyForm], viewer: Viewer) -> AnyForm | None:
    """The form as a checked value, or None: also where someone would speak for whom they may not speak.

    A mistake in a field that is not seen on the page stands at the top.
    """
    form = typed.check(model)
    for name in HIDDEN:
        if name in typed.mistakes:
            typed.mistakes = {"": typed.mistakes.pop(name), **typed.mistakes}
    speaking_for = getattr(form, "speaking_for", None)
    if speaking_for and speaking_for not in speaking.choices(viewer):
        typed.mistake("speaking_for", gettext(MISTAKES["speaking_for"]))
        return None
    return form
