"""Settings, read once from the environment."""

from functools import cache
from typing import Literal, Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

DEVELOPMENT_SECRET = "for development only: production refuses to start with it"  # noqa: S105  # as it says


class UnsafeSettings(ValueError):  # noqa: N818  # named as the fact
    """The settings would be unsafe in production."""


class Settings(BaseSettings):
    """What a deployment may choose. Every field is an environment variable of the same name in capitals."""

    model_config = SettingsConfigDict(extra="ignore", frozen=True)

    environment: Literal["development", "production"] = "development"
    demo: bool = False
    """Demo accounts may sign in by a link from the command line that lasts a day; every page says so."""

    database_url: str = "sqlite:///var/pilot.db"
    secret_key: SecretStr = SecretStr(DEVELOPMENT_SECRET)
    base_url: str = "http://localhost:8000"

    service_name: str = "Framework Pilot"
    authority_name: str = "Example Regulator"
    """The regulator that runs the pilot, as a sentence would name it."""
    contact_email: str = "contact@authority.example"

    mailer: Literal["console", "smtp"] = "console"
    mail_from: str = "pilot@authority.example"
    smtp_host: str = "localhost"
    smtp_port: int = 1025
    smtp_starttls: bool = False
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    worker_in_web: bool = False
    """Deliver mail from inside the web process, for a single machine."""

    page_cache_megabytes: int = 64
    """Memory for rendered public pages in each web process; 0 renders every page anew."""

    @model_validator(mode="after")
    def refuse_what_is_unsafe(self) -> Self:
        """Production needs a secret of its own, an https address, mail, a named authority and no demo accounts.

        Raises UnsafeSettings, naming the setting to change.
        """
        if self.environment == "production":
            if self.demo:
                raise UnsafeSettings("DEMO must be off in production")
            if len(self.secret_key.get_secret_value()) < 32 or self.secret_key.get_secret_value() == DEVELOPMENT_SECRET:
                raise UnsafeSettings("SECRET_KEY must be set, 32 characters or more, in production")
            if not self.base_url.startswith("https://"):
                raise UnsafeSettings("BASE_URL must start with https:// in production")
            if self.mailer == "console":
                raise UnsafeSettings("MAILER must be smtp in production: the console would log sign-in links")
            for name in ("authority_name", "contact_email"):
                if name not in self.model_fields_set:
                    raise UnsafeSettings(f"{name.upper()} must be set in production")
        return self


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
