"""What is asked about an organisation, by the same words on every page that asks."""

from typing import Annotated, Any, ClassVar

from pydantic import StringConstraints

from backend.core.forms import Form, Words
from backend.core.i18n import gettext, mark
from backend.people.facts import Nation, SizeBand, UsedByChildren

ABOUT_LONGEST = 600
About = Annotated[Words, StringConstraints(max_length=ABOUT_LONGEST)]


class ProfileForm(Form):
    """What a lead says of their organisation."""

    size_band: SizeBand
    nation: Nation
    likely_used_by_children: UsedByChildren
    about: About = ""

    mistakes: ClassVar = {
        "size_band": mark("Select how many people work there"),
        "nation": mark("Select where it works"),
        "likely_used_by_children": mark("Select whether its service is likely to be used by children"),
    }

    def said(self) -> dict[str, str]:
        """The facts alone, as they are kept."""
        return self.model_dump(include={"size_band", "nation", "likely_used_by_children", "about"})


def choices() -> dict[str, Any]:
    """The words to choose from."""
    return {
        "sizes": [(each.value, gettext(each.label)) for each in SizeBand],
        "nations": [(each.value, gettext(each.label)) for each in Nation],
        "answers": [(each.value, gettext(each.label)) for each in UsedByChildren],
    }


def labels() -> dict[str, str]:
    """The name of every such word on screen, and what stands where nothing was said."""
    known = [*SizeBand, *Nation, *UsedByChildren]
    return {"": gettext("Not said yet"), **{each.value: gettext(each.label) for each in known}}
