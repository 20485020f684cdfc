"""The forms by which somebody registers or applies: what is the same in all, and what a call adds."""

from typing import Annotated, Any, ClassVar, Literal

from pydantic import AfterValidator, StringConstraints, create_model
from pydantic_core import PydanticCustomError

from backend.core.bilingual import Said, in_language
from backend.core.forms import Form, Line, Words
from backend.core.i18n import gettext, mark
from backend.people import addresses
from backend.people.facts import Nation, SizeBand
from backend.registrations.applying import Facts, Partner
from backend.registrations.kinds import Discipline
from backend.registrations.models import Call, CallQuestion
from backend.registrations.opt_in import Details

ShortLine = Annotated[Line, StringConstraints(max_length=200)]
Answer = Annotated[Words, StringConstraints(max_length=5000)]
UNSAID = "unsaid"
"""What stands for not saying it; nothing is kept then."""

FieldOfWork = Discipline | Literal["unsaid"]


class WhoForm(Form):
    """Who somebody is."""

    name: Annotated[Line, StringConstraints(min_length=1, max_length=100)]
    email: addresses.Address
    organisation_name: ShortLine = ""
    type_code: Annotated[Line, StringConstraints(min_length=1)]
    role: ShortLine = ""
    of_age: Literal["yes"]

    mistakes: ClassVar = {
        "name": mark("Enter your name, in 100 characters or fewer"),
        "email": addresses.FORMAT,
        "organisation_name": mark("Enter the name of your organisation in 200 characters or fewer"),
        "type_code": mark("Select what type of organisation you work for"),
        "role": mark("Enter your role in 200 characters or fewer"),
        "of_age": mark("Confirm that you are 18 or over. Only adults can register"),
    }

    def details(self) -> Details:
        """What they say of themselves."""
        return Details(self.name, self.organisation_name, self.type_code, self.role)


class ApplyForm(WhoForm):
    """An application to a call, before the call's own questions."""

    size_band: SizeBand | Literal["unsaid"]
    nation: Nation | Literal["unsaid"]
    discipline: FieldOfWork
    partner_name: Annotated[Line, StringConstraints(max_length=100)] = ""
    partner_email: addresses.Address | Literal[""] = ""
    agreed: Literal["yes"]

    mistakes: ClassVar = {
        **WhoForm.mistakes,
        "size_band": mark("Select how many people work there, or that you would rather not say"),
        "nation": mark("Select where it works, or that you would rather not say"),
        "discipline": mark("Select your field, or that you would rather not say"),
        "partner_name": mark("Enter the name of your colleague in 100 characters or fewer"),
        "partner_email": addresses.FORMAT,
        "agreed": mark("Select that we may write to you about it. Else we could not tell you whether there is a place"),
    }

    def facts(self) -> Facts:
        """What a mix is made of; nothing where they would rather not say."""
        said = (str(self.size_band), str(self.nation), str(self.discipline))
        return Facts(*("" if word == UNSAID else word for word in said))

    def partner(self) -> Partner | None:
        """The colleague, if they named one."""
        return Partner(self.partner_name, self.partner_email) if self.partner_email else None


def answers(form: Form, call: Call) -> dict[str, str]:
    """What somebody answered, by the number of the question."""
    given = {str(asked.id): str(getattr(form, field_of(asked), "")) for asked in call.questions}
    return {number: words for number, words in given.items() if words}


def field_of(asked: CallQuestion) -> str:
    """The field that the question has in a form."""
    return f"answer_{asked.id}"


def form_for(call: Call) -> type[ApplyForm]:
    """The form of this call, with a field for each of its questions; none of them must be answered."""
    form = create_model("ApplyFormOfCall", __base__=ApplyForm, **answer_fields(call))
    form.mistakes = {**ApplyForm.mistakes, **answer_mistakes(call)}
    return form


def answer_fields(call: Call) -> dict[str, Any]:
    """A field for each question of the call."""
    return {field_of(asked): (_answer_to(asked), "") for asked in call.questions}


def answer_mistakes(call: Call) -> dict[str, str]:
    """What to do about each of them."""
    return {field_of(asked): _mistake(asked) for asked in call.questions}


def asked_by(asked: CallQuestion) -> list[tuple[str, Said]]:
    """What there is to choose from: each answer as it is kept, and in the reader's language."""
    welsh = asked.welsh.get("options", "").splitlines()
    in_welsh = welsh if len(welsh) == len(asked.options) else [""] * len(asked.options)
    return [(option, in_language(option, there)) for option, there in zip(asked.options, in_welsh, strict=True)]


def choices() -> dict[str, list[tuple[str, str]]]:
    """The words to choose from, each list with a way not to say."""
    unsaid = (UNSAID, gettext("I would rather not say"))
    elsewhere = (UNSAID, gettext("Outside the UK, or I would rather not say"))
    return {
        "sizes": [*((each.value, gettext(each.label)) for each in SizeBand), unsaid],
        "nations": [*((each.value, gettext(each.label)) for each in Nation), elsewhere],
        "disciplines": [*((each.value, gettext(each.label)) for each in Discipline), unsaid],
    }


def _answer_to(asked: CallQuestion) -> Any:
    if asked.options:
        return Literal[("", *asked.options)]
    if asked.longest is None:
        return Answer
    longest = asked.longest

    def short_enough(words: str) -> str:
        if len(words.split()) > longest:
            raise PydanticCustomError("too_many_words", "too many words")
        return words

    return Annotated[Answer, AfterValidator(short_enough)]


def _mistake(asked: CallQuestion) -> str:
    if asked.options:
        return gettext("Select one of the answers")
    if asked.longest is None:
        return gettext("Answer in 5,000 characters or fewer")
    return gettext("Answer in %(longest)s words or fewer") % {"longest": asked.longest}
