"""Forms in which people say what they need in order to take part, and let the organisers see it."""

from typing import TypeVar

from backend.core.forms import Form, Typed
from backend.core.i18n import gettext

AnyForm = TypeVar("AnyForm", bound=Form)

IN_ORDER = ("", "name", "access_needs", "access_consent", "is_adult", "agrees")
"""Its fields as they stand on the pages, so that all mistakes are told at once and in order."""


def checked(typed: Typed, model: type[AnyForm]) -> AnyForm | None:
    """The form, or None: then `typed` says what to do. What somebody needs is kept only if they agree to it."""
    form = typed.check(model)
    if typed.one("access_needs").strip() and typed.one("access_consent") != "yes":
        typed.mistake("access_consent", gettext("Tick this to tell the organisers, or leave the box above empty"))
    typed.mistakes = {name: typed.mistakes[name] for name in sorted(typed.mistakes, key=IN_ORDER.index)}
    return None if typed.mistakes else form
