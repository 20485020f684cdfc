"""Settings, read once from the environment."""

from functools import cache
from typing import Literal, Self

from pydantic import SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from backend.core.i18n import mark

DEVELOPMENT_SECRET = "for development only: production refuses to start with it"  # noqa: S105  # as it says


MOST_LIMITS_TIMES = 100
"""Beyond this a limit on how often something is done would be none."""


NOTIFY_KEY_LENGTH = 73
"""Characters: two identifiers with a hyphen between them stand at the end of every key of GOV.UK Notify."""


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

    service_name: str = mark("Framework Pilot")
    service_name_welsh: str = ""
    """The same in Welsh, as in all `…_welsh`; where it is empty, readers of Welsh get the English."""
    authority_name: str = mark("Example Regulator")
    """The regulator that runs the pilot, as a sentence would name it."""
    authority_name_welsh: str = ""
    contact_email: str = "contact@authority.example"
    data_protection_contact: str = ""
    """The address of the data protection officer; empty where they are reached at the contact address."""
    security_contact: str = ""
    """Whom to tell of a weakness in security, by email; empty for the contact address."""
    complaints_reviewer: str = mark("a member of staff who had no part in what you complain about")
    """Who reviews complaints where the authority would otherwise judge itself, as a sentence would name them."""
    complaints_reviewer_welsh: str = ""

    oidc_issuer: str = ""
    """Where staff have their work accounts, by OpenID Connect; empty where they sign in by mail and second factor."""
    oidc_client_id: str = ""
    oidc_client_secret: SecretStr = SecretStr("")
    oidc_acr: str = ""
    """What the provider must say about how it asked, as `acr`: one of these, with spaces between."""
    oidc_amr: str = ""
    """What the provider must have asked for, as `amr`: at least one of these, with spaces between."""

    mailer: Literal["console", "smtp", "notify"] = "console"
    mail_from: str = "pilot@authority.example"
    smtp_host: str = "localhost"
    smtp_port: int = 1025
    smtp_starttls: bool = False
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    notify_api_key: SecretStr = SecretStr("")
    """The key of a service at GOV.UK Notify, as that service shows it: its name, its number and the secret."""
    notify_template_id: str = ""
    """A template there whose subject is `((subject))` and whose message is `((body))`."""
    notify_base_url: str = ""
    """Where GOV.UK Notify answers; empty for where its own library finds it."""
    worker_in_web: bool = False
    """Deliver mail from inside the web process, for a single machine."""

    limits_times: int = 1
    """How many times as often as `backend/accounts/limits.py` says something may be done, for load tests."""
    forwarded_allow_ips: str = "127.0.0.1"
    """The addresses or networks of proxies in front of us: who they say is asking is believed, and nobody else."""

    page_cache_megabytes: int = 64
    """Memory for rendered public pages in each web process; 0 renders every page anew."""

    @model_validator(mode="after")
    def refuse_what_is_unsafe(self) -> Self:
        """Production needs a secret of its own, an https address, mail, limits, a named authority and no demo accounts.

        Raises UnsafeSettings, naming the setting to change.
        """
        if self.limits_times < 1:
            raise UnsafeSettings("LIMITS_TIMES must be 1 or more")
        if self.oidc_issuer and not self.oidc_client_id:
            raise UnsafeSettings("OIDC_CLIENT_ID must be set where OIDC_ISSUER is")
        if self.environment == "production":
            if self.demo:
                raise UnsafeSettings("DEMO must be off in production")
            if len(self.secret_key.get_secret_value()) < 32 or self.secret_key.get_secret_value() == DEVELOPMENT_SECRET:
                raise UnsafeSettings("SECRET_KEY must be set, 32 characters or more, in production")
            if not self.base_url.startswith("https://"):
                raise UnsafeSettings("BASE_URL must start with https:// in production")
            if self.mailer == "console":
                raise UnsafeSettings("MAILER must be smtp or notify in production: the console would log sign-in links")
            if self.oidc_issuer and not self.oidc_issuer.startswith("https://"):
                raise UnsafeSettings("OIDC_ISSUER must start with https:// in production")
            if self.oidc_issuer and not (self.oidc_acr or self.oidc_amr):
                raise UnsafeSettings(
                    "OIDC_ACR or OIDC_AMR must be set in production: else nothing shows that staff gave two factors"
                )
            if self.limits_times > MOST_LIMITS_TIMES:
                raise UnsafeSettings(f"LIMITS_TIMES must be {MOST_LIMITS_TIMES} or less in production")
            for name in ("authority_name", "contact_email"):
                if name not in self.model_fields_set:
                    raise UnsafeSettings(f"{name.upper()} must be set in production")
            self._refuse_half_a_mailer()
        return self

    def _refuse_half_a_mailer(self) -> None:
        """Mail that cannot leave is noticed by those who wait for it, so it is refused before anybody does."""
        if self.mailer == "smtp":
            if "mail_from" not in self.model_fields_set:
                raise UnsafeSettings("MAIL_FROM must be set where MAILER is smtp")
            if bool(self.smtp_username) != bool(self.smtp_password.get_secret_value()):
                raise UnsafeSettings("SMTP_USERNAME and SMTP_PASSWORD must be set together")
        if self.mailer == "notify":
            if len(self.notify_api_key.get_secret_value()) < NOTIFY_KEY_LENGTH:
                raise UnsafeSettings("NOTIFY_API_KEY must be set, whole, where MAILER is notify")
            if not self.notify_template_id:
                raise UnsafeSettings("NOTIFY_TEMPLATE_ID must be set where MAILER is notify")


@cache
def settings() -> Settings:
    """The settings of this process."""
    return Settings()
