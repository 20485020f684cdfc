"""What a deployment calls itself, in the language of whoever reads: a setting, and beside it the same in Welsh."""

from typing import Any

from backend.core.bilingual import WELSH
from backend.core.config import Settings, settings
from backend.core.i18n import gettext, language


class Name:
    """A name that is put into words when it is known who reads it."""

    def __init__(self, setting: str) -> None:
        self.setting = setting

    def __str__(self) -> str:
        in_welsh: str = getattr(settings(), f"{self.setting}_welsh")
        return in_welsh if in_welsh and language.get() == WELSH else gettext(getattr(settings(), self.setting))


AUTHORITY, SERVICE = Name("authority_name"), Name("service_name")


class Site:
    """The settings as templates see them: those that have a Welsh form are in the reader's language."""

    def __getattr__(self, setting: str) -> Any:
        if f"{setting}_welsh" in Settings.model_fields:
            return str(Name(setting))
        return getattr(settings(), setting)
