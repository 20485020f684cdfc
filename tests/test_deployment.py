"""The deployment files name only what exists: settings, commands, paths and services. No Docker is needed to see it."""

import re
from pathlib import Path
from typing import Any

import pytest
import typer
import yaml
from fastapi import FastAPI
from pydantic import ValidationError

from backend.cli import app
from backend.core import web
from backend.core.config import Settings
from backend.core.db import Database
from backend.main import create_api

ROOT = Path(__file__).parents[1]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
DOCKERFILE = re.sub(r"\\\n\s*", " ", (ROOT / "Dockerfile").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if service.get("build") == "."}
SECRETS = {
    "POSTGRES_PASSWORD": "a-password",
    "SECRET_KEY": "0123456789abcdef0123456789abcdef",
    "BASE_URL": "https://pilot.example",
    "AUTHORITY_NAME": "The Regulator",
    "CONTACT_EMAIL": "contact@regulator.example",
    "MAIL_FROM": "pilot@regulator.example",
}


def filled_in(value: str, given: dict[str, str]) -> str:
    """A compose value with its variables replaced, as Docker does it."""

    def variable(match: re.Match[str]) -> str:
        name, otherwise = match[1], match[2] or ""
        if otherwise.startswith(":?"):
            return given[name]
        return given.get(name) or otherwise.removeprefix(":-")

    return re.sub(r"\$\{(\w+)(:[?-][^}]*)?\}", variable, value)


def settings_of(service: dict[str, Any], given: dict[str, str]) -> Settings:
    """The settings with which the service would start."""
    chosen = {name.lower(): filled_in(str(value), given) for name, value in service["environment"].items()}
    return Settings(**chosen)


@pytest.mark.parametrize("name", OURS)
def test_each_variable_is_a_setting(name: str) -> None:
    unknown = {variable.lower() for variable in OURS[name]["environment"]} - set(Settings.model_fields)
    assert not unknown


@pytest.mark.parametrize("name", OURS)
def test_the_settings_are_safe_for_production(name: str) -> None:
    settings = settings_of(OURS[name], SECRETS)
    assert settings.environment == "production"
    assert settings.mailer == "smtp"
    assert not settings.demo
    assert Database(settings.database_url).url.host in SERVICES
    assert settings.smtp_host in SERVICES


@pytest.mark.parametrize("missing", ["SECRET_KEY", "AUTHORITY_NAME", "CONTACT_EMAIL", "MAIL_FROM", "BASE_URL"])
def test_nothing_starts_without_what_must_be_chosen(missing: str) -> None:
    given = {name: value for name, value in SECRETS.items() if name != missing}
    with pytest.raises(KeyError):
        settings_of(OURS["web"], given)


@pytest.mark.parametrize(
    "unsafe",
    [{"secret_key": "short"}, {"base_url": "http://pilot.example"}, {"demo": True}, {"mailer": "console"},
     {"smtp_username": "pilot"}, {"smtp_password": "a-password"},
     {"notify_api_key": "", "mailer": "notify"}, {"notify_api_key": "cut-short", "mailer": "notify"},
     {"notify_template_id": "", "mailer": "notify", "notify_api_key": "x" * 73},
     {"limits_times": 0}, {"limits_times": 101},
     {"secret_key": "for development only: production refuses to start with it"}],
    ids=str,
)  # fmt: skip
def test_production_refuses_what_is_unsafe(unsafe: dict[str, Any]) -> None:
    safe = {
        "environment": "production", "secret_key": "x" * 32, "base_url": "https://pilot.example", "mailer": "smtp",
        "authority_name": "The Regulator", "contact_email": "contact@regulator.example",
        "mail_from": "pilot@regulator.example",
    }  # fmt: skip
    assert Settings(**safe)
    with pytest.raises(ValidationError, match=next(iter(unsafe)).upper()):
        Settings(**{**safe, **unsafe})
    for name in ("authority_name", "contact_email", "mail_from"):
        with pytest.raises(ValidationError, match=name.upper()):
            Settings(**{key: value for key, value in safe.items() if key != name})


@pytest.mark.parametrize(
    ("work_accounts", "named"),
    [({"oidc_issuer": "https://id.example", "oidc_acr": "x"}, "OIDC_CLIENT_ID"),
     ({"oidc_issuer": "http://id.example", "oidc_client_id": "pilot", "oidc_acr": "x"}, "OIDC_ISSUER"),
     ({"oidc_issuer": "https://id.example", "oidc_client_id": "pilot"}, "OIDC_ACR or OIDC_AMR")],
    ids=["no client", "not https", "any sign-in will do"],
)  # fmt: skip
def test_work_accounts_have_to_be_safe_as_well(work_accounts: dict[str, str], named: str) -> None:
    safe: dict[str, Any] = {
        "environment": "production", "secret_key": "x" * 32, "base_url": "https://pilot.example", "mailer": "smtp",
        "authority_name": "The Regulator", "contact_email": "contact@regulator.example",
        "mail_from": "pilot@regulator.example",
    }  # fmt: skip
    good = {"oidc_issuer": "https://id.example", "oidc_client_id": "pilot", "oidc_amr": "mfa"}
    assert Settings(**safe, **good)
    with pytest.raises(ValidationError, match=named):
        Settings(**safe, **work_accounts)


def test_each_command_is_one_of_ours() -> None:
    commands = [" ".join(service["command"]) for service in OURS.values() if "command" in service]
    commands += re.findall(r"^CMD \[(.*)\]", DOCKERFILE, re.MULTILINE)
    words = " ".join(commands).replace('"', "").replace(",", " ")
    named = re.findall(r"pilot ([a-z-]+)", words)
    known = typer.main.get_command(app)
    assert named
    for name in named:
        assert name in known.commands  # type: ignore[attr-defined]
    options = re.findall(r"(--[a-z-]+)", words)
    serving = {option for parameter in known.commands["serve"].params for option in parameter.opts}  # type: ignore[attr-defined]
    assert set(options) <= serving


def test_each_copied_path_exists() -> None:
    for line in re.findall(r"^COPY (.*)$", DOCKERFILE, re.MULTILINE):
        parts = line.split()
        if parts[0].startswith("--from="):
            assert f"AS {parts[0].removeprefix('--from=')}" in DOCKERFILE
            continue
        for path in parts[:-1]:
            assert (ROOT / path).exists(), path
    ignored = (ROOT / ".dockerignore").read_text().split()
    assert not {
        path for line in re.findall(r"^COPY ([^-].*)$", DOCKERFILE, re.MULTILINE) for path in line.split()[:-1]
    } & set(ignored)


def test_the_image_builds_the_same_assets_as_make() -> None:
    made = set(re.findall(r"\$\(VENDOR\)/([\w-]+\.\w+)", (ROOT / "Makefile").read_text()))
    assert set(re.findall(r"\bvendor/([\w-]+\.\w+)", DOCKERFILE)) == made


def test_services_depend_on_services() -> None:
    for service in SERVICES.values():
        assert set(service.get("depends_on", {})) <= set(SERVICES)
    assert "healthcheck" in SERVICES["database"]


def test_the_health_check_asks_for_an_address_that_exists(tmp_path: Path) -> None:
    api: FastAPI = create_api(Database(f"sqlite:///{tmp_path}/x.db"))
    asked = re.findall(r"http://127\.0\.0\.1:8000(/\w+)", DOCKERFILE)
    assert set(asked) <= {getattr(route, "path", "") for route in api.routes}
    api.state.database.engine.dispose()


def test_no_asset_carries_what_only_gov_uk_may_use() -> None:
    assert (web.STATIC / "vendor" / "govuk.css").exists(), "run make assets"
    for path in web.STATIC.rglob("*"):
        assert "crown" not in path.name
        assert "crest" not in path.name
        if path.suffix in {".css", ".js", ".svg", ".html"}:
            found = re.search(r"GDS Transport|crown|crest\b|\.woff", path.read_text())
            assert not found, f"{path.name}: {found}"
        assert path.suffix not in {".woff", ".woff2"}
        assert path.suffix != ".ttf" or path.name.startswith("DejaVu")


def test_licences_stand_beside_the_assets() -> None:
    for name in ("govuk-licence.txt", "htmx-licence.txt", "dejavu-licence.txt"):
        assert (web.STATIC / "vendor" / name).read_text()


def test_locked_requirements_name_no_addresses() -> None:
    for name in ("requirements.txt", "requirements-dev.txt"):
        text = (ROOT / name).read_text()
        assert not re.search(r"^\s*--(index-url|extra-index-url|find-links)|https?://", text, re.MULTILINE), name
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()
