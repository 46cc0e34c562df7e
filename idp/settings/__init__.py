"""Every setting, validated at start, frozen afterwards (DESIGN §6).

Values come from the environment (``IDP_*``) and from ``settings.env`` in the instance's folder, the
environment first. Read where parts are joined and nowhere else.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from idp.domain.age import LeapDayRule
from idp.domain.assurance import Assurance
from idp.domain.document import Document
from idp.domain.loopback import is_loopback
from idp.domain.pseudonym import RENEWAL_DAYS
from idp.settings import values

SETTINGS_FILE = "settings.env"
WRAPPING_KEY = "IDP_WRAPPING_KEY"
PKCS11_PIN = "IDP_PKCS11_PIN"
SECRET_VARIABLES = (WRAPPING_KEY, PKCS11_PIN)
_SECRETS_TOLD = {WRAPPING_KEY: "the wrapping key", PKCS11_PIN: "the PIN of a token"}


class SettingsRefused(Exception):
    """The settings are not usable; the text says which one, why, and what to do."""


class Settings(BaseSettings):
    """The settings of one instance. Secrets are not among them: see ``wrapping_key_file``."""

    model_config = SettingsConfigDict(env_prefix="IDP_", frozen=True, extra="forbid")

    home: Path
    issuer: Annotated[str, AfterValidator(values.issuer)]
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535)] = 8000
    workers: Annotated[int, Field(ge=1, le=64)] = 1
    # These may hold a password, so no repr in a log or a traceback shows them.
    database_url: Annotated[str, AfterValidator(values.database), Field(repr=False)]
    enrolment_database_url: Annotated[str, AfterValidator(values.database), Field(repr=False)]
    # PostgreSQL: how many connections each process has to each database, how long one is waited for
    # and a statement may run, and whether statements stay prepared: see docs/postgresql.md.
    database_pool: Annotated[int, Field(ge=1, le=200)] = 10
    database_wait_seconds: Annotated[float, Field(gt=0, le=60)] = 2.0
    database_statement_seconds: Annotated[float, Field(gt=0, le=60)] = 5.0
    database_prepared: bool = True
    wrapping_key_file: Path | None = None
    # Where signing keys are made, and what opens all others: in files under the wrapping key, or in
    # a PKCS#11 token by the vendor's library, the token's label and its PIN. See docs/hsm.md.
    keystore: Literal["files", "pkcs11"] = "files"
    pkcs11_module: Path | None = None
    pkcs11_token: str | None = None
    pkcs11_pin_file: Path | None = None
    sandbox: bool = False
    sandbox_issuer: str | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    attestation_roots: Annotated[Path | None, AfterValidator(values.roots)] = None
    time_zone: Annotated[str, AfterValidator(values.zone)] = "UTC"
    leap_day_rule: LeapDayRule = LeapDayRule.FIRST_OF_MARCH
    # Both or neither: the server that takes our mail, with user and password in its URL, and the
    # address we write from. Without them no address for security notices is asked for.
    smtp_url: Annotated[str, AfterValidator(values.smtp)] | None = Field(default=None, repr=False)
    mail_from: Annotated[str, AfterValidator(values.sender)] | None = None
    # How long a recovered account's new passkey waits while its owner can stop it.
    recovery_days: Annotated[int, Field(ge=0, le=30)] = 7
    # Days between two renewals of one network ID (DESIGN §4). Fewer than a month, and "one unique
    # person" would mean little to a platform.
    renewal_days: Annotated[int, Field(ge=30, le=3650)] = RENEWAL_DAYS
    # How long a person's own history is kept; 0 keeps none.
    activity_days: Annotated[int, Field(ge=0, le=365)] = 90
    # After how many days the operator's backups are gone: people who leave are told.
    backup_days: Annotated[int, Field(ge=0, le=3650)] = 35
    # A platform that a person lets stay connected: days without use after which that ends, days
    # after which it always ends, and for how many seconds a replaced refresh token still works, so
    # that requests at the same moment sign nobody out (with 0 they do).
    refresh_idle_days: Annotated[int, Field(ge=1, le=365)] = 30
    refresh_days: Annotated[int, Field(ge=1, le=365)] = 365
    refresh_grace_seconds: Annotated[int, Field(ge=0, le=30)] = 10
    # Kinds of number that people are known by, the usual first: see idp.domain.document. With more
    # than one, somebody could have an account by each.
    documents: Annotated[str, AfterValidator(values.documents)] = Document.NATIONAL_ID.value
    # Where most of the documents come from (ISO 3166-1 alpha-2): a registrar's form begins with it.
    country: Annotated[str, AfterValidator(values.country)] = ""
    # A JSON file of other providers that say who somebody is: see docs/upstreams.md.
    upstreams_file: Path | None = None
    # What a registrar's check is worth, by the instance's own rules.
    in_person_level: Assurance = Assurance.SUBSTANTIAL
    # Addresses and networks of our own proxies, whose X-Forwarded-For is believed; see
    # idp.domain.network. Without, everybody behind a proxy counts as one network.
    proxies: Annotated[str, AfterValidator(values.proxies)] = ""
    # Hosts (`host` or `host:port`) that we may fetch from and deliver to although they are private
    # or plain http, and authorities to trust there beside the system's: see idp.outbound.
    outbound_allow: Annotated[str, AfterValidator(values.hosts)] = ""
    outbound_ca: Annotated[Path | None, AfterValidator(values.certificates)] = None
    # Demand a nonce of ours in every DPoP proof (RFC 9449 §8); else only where a clock is off.
    dpop_nonce: bool = False
    # For how many seconds platforms may keep our JWKS; after how many days of signing a key is
    # replaced (0: never by itself), and is served on for at least: see idp.domain.rotation.
    jwks_max_age: Annotated[int, Field(ge=60, le=86400)] = 3600
    key_rotation_days: Annotated[int, Field(ge=0, le=3650)] = 90
    key_overlap_days: Annotated[int, Field(ge=0, le=30)] = 1
    # Who may register clients: the operator alone; also who has a token of the operator's or a
    # statement by one of the issuers in the file; anybody (sandbox). See docs/registration.md.
    registration: Literal["off", "token", "open"] = "off"
    statement_issuers_file: Path | None = None
    # Where metrics and health are told to whoever watches over the instance; never to the public.
    management_port: Annotated[int, Field(ge=0, le=65535)] | None = None
    management_host: str = "127.0.0.1"
    # Name clients in metrics: see docs/observability.md for what that tells.
    metrics_clients: bool = False
    # A collector that takes traces (OTLP over HTTP), and the share of requests that it gets.
    tracing_endpoint: Annotated[str, AfterValidator(values.collector)] | None = None
    tracing_share: Annotated[float, Field(ge=0, le=1)] = 0.1
    # How long a server that was told to stop still serves, not ready, so that a load balancer
    # takes it out first.
    drain_seconds: Annotated[int, Field(ge=0, le=600)] = 0

    @model_validator(mode="after")
    def _together(self) -> Self:
        if self.sandbox and not self.on_loopback and self.sandbox_issuer != self.issuer:
            raise ValueError(
                "IDP_SANDBOX on a public issuer signs anybody in as a persona: it starts only when "
                f"IDP_SANDBOX_ISSUER repeats the issuer exactly ({self.issuer})"
            )
        if self.registration == "open" and not self.sandbox:
            raise ValueError("IDP_REGISTRATION=open is for the sandbox only: use token")
        if self.keystore == "pkcs11" and not (self.pkcs11_module and self.pkcs11_token):
            raise ValueError("IDP_KEYSTORE=pkcs11 needs IDP_PKCS11_MODULE and IDP_PKCS11_TOKEN")
        if (self.tls_cert is None) != (self.tls_key is None):
            raise ValueError("IDP_TLS_CERT and IDP_TLS_KEY go together")
        if self.management_port and self.management_port == self.port:
            raise ValueError("IDP_MANAGEMENT_PORT must not be IDP_PORT: it is not for the public")
        if (self.smtp_url is None) != (self.mail_from is None):
            raise ValueError("IDP_SMTP_URL and IDP_MAIL_FROM go together")
        return self

    @property
    def on_loopback(self) -> bool:
        """Tell whether the issuer is this machine alone."""
        return is_loopback(self.issuer)

    @property
    def keys_folder(self) -> Path:
        """Where the key store of this instance lies."""
        return self.home / "keys"

    @property
    def durable(self) -> bool:
        """Flush every commit where people are real; a sandbox can lose a second."""
        return not self.sandbox


def load(home: Path | None = None) -> Settings:
    """Read the settings of the instance in ``home`` (default: ``IDP_HOME``).

    Raises SettingsRefused; its text never repeats a value, since one may be a secret in the wrong
    place.
    """
    folder = home or (Path(os.environ["IDP_HOME"]) if os.environ.get("IDP_HOME") else None)
    if folder is None:
        raise SettingsRefused("IDP_HOME is not set. Make an instance: idp init DIR")
    file = folder / SETTINGS_FILE
    text = _text_of(file)
    for name, told in _SECRETS_TOLD.items():
        if f"{name}=" in text:
            raise SettingsRefused(
                f"{file}: {told} never stands in a settings file. Take the line out, and "
                f"give it by the environment or by {name}_FILE"
            )
    try:
        return Settings(_env_file=file, home=folder.resolve())
    except ValidationError as error:
        raise SettingsRefused("; ".join(_told(e) for e in error.errors())) from None


def _text_of(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except FileNotFoundError:
        made = f"Make an instance: idp init {file.parent}"
        raise SettingsRefused(f"{file} is not there. {made}") from None
    except OSError as error:
        raise SettingsRefused(f"{file} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise SettingsRefused(f"{file} is not text in UTF-8") from None


def _told(error: object) -> str:
    found = dict(error) if isinstance(error, dict) else {}
    name = "".join(f"IDP_{part}".upper() for part in found.get("loc", ()))
    message = str(found.get("msg", "")).removeprefix("Value error, ")
    return f"{name}: {message}" if name else message


def secret_from_environment(name: str) -> str | None:
    """Return one of ``SECRET_VARIABLES``; an environment holds no other secret."""
    return os.environ.get(name) or None
