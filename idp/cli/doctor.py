"""``idp doctor``: looks at an instance from inside and from outside, changes nothing, and tells."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import stat
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from msgspec.structs import asdict, replace
from rich.markup import escape

from idp.app import NotServable, build_services, database_at, last_seen, open_keystore, parts_of
from idp.app.services import Joining
from idp.app.system import SystemClock
from idp.cli.instance import one_line, settings_of, stores
from idp.cli.opening import read_named_files
from idp.domain.operator import OperatorStatus, Role, roles_from_text
from idp.domain.signing_key import ALGORITHMS, REQUIRED, SERVED, KeyState, Policy
from idp.keystore.errors import KeystoreError
from idp.outbound import Fetched, OutboundRefused
from idp.protocol import discovery
from idp.services.doctor import examine
from idp.services.epoch import Epoch
from idp.services.observation import Observation
from idp.services.patient import Disk, Finding, Level, Outside, Patient
from idp.storage import health, instance, operators, signing_keys
from idp.storage.schema import Store
from idp.web.discovery import keys_caching

if TYPE_CHECKING:
    from idp.app import Parts
    from idp.domain.clock import Clock
    from idp.settings import Settings
    from idp.storage.database import Database

_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SAMPLES: Final = frozenset(
    {"changeme", "example", "idp", "network-id", "password", "postgres", "secret", "test"}
)
_JSON = "application/json"
_COLOURS = {Level.OK: "green", Level.WARN: "yellow", Level.FAIL: "bold red"}


def run(home: Path | None, clock: Clock | None = None) -> list[Finding]:
    """Return what every check finds; raises Failure where there is no instance to look at."""
    settings = settings_of(home)
    with one_line():
        read_named_files(settings)
    findings = examine(asyncio.run(_look(settings, clock or SystemClock())))
    return [
        replace(one, command=one.command.replace("{home}", str(settings.home))) for one in findings
    ]


async def _look(settings: Settings, clock: Clock) -> Patient:
    parts, refused = None, ""
    try:
        parts = replace(parts_of(settings, open_keystore(settings)), clock=clock)
    except KeystoreError as error:
        refused = str(error)
    policy = Policy(jwks_max_age=settings.jwks_max_age)
    databases = {store: database_at(url, settings) for store, url in stores(settings).items()}
    observation = Observation(databases, clock, policy, ticks=time.monotonic)
    facts = await observation.look()
    patient = Patient(
        issuer=settings.issuer,
        public=not settings.on_loopback,
        sandbox=settings.sandbox,
        facts=facts,
        policy=policy,
        outside=Outside(metadata={}),
        writable=os.access(settings.home, os.W_OK),
        loose=_loose(settings),
        samples=_samples(settings),
        keys_refused=refused,
        disks=_disks(settings),
        backup_days=settings.backup_days,
    )
    try:
        patient = await _asked(patient, settings, parts, databases)
        return replace(patient, outside=await _outside(settings, parts, databases, patient))
    finally:
        await observation.close()


async def _asked(
    patient: Patient, settings: Settings, parts: Parts | None, databases: dict[Store, Database]
) -> Patient:
    """Add what the databases say, those that answer."""
    up = {store: one for store, one in databases.items() if patient.facts.up.get(store)}
    lasting = {store: await health.durability(database) for store, database in up.items()}
    patient = replace(patient, durability=lasting)
    if not patient.facts.schema.get(Store.PROVIDER):
        return patient
    database = databases[Store.PROVIDER]
    not_servable = ""
    try:
        await last_seen.check(settings, Epoch(), database)
    except NotServable as error:
        not_servable = str(error)
    row = await instance.find(database)
    if parts is not None:
        own = replace(parts, database=database, enrolment_store=databases[Store.ENROLMENT])
        joining = Joining(own)
        report = await joining.audit_check.check()
        patient = replace(
            patient,
            audit=tuple(problem.text for problem in report.problems),
            rotation=await joining.rotation.status(),
            secrets=tuple(await joining.secrets.everyone()),
        )
    return replace(
        patient,
        not_servable=not_servable,
        backed_up_at=None if row is None else row["backed_up_at"],
        approvers=sum(
            one["status"] == OperatorStatus.ACTIVE and Role.SUPPORT in roles_from_text(one["roles"])
            for one in await operators.everyone(database)
        ),
    )


async def _outside(
    settings: Settings, parts: Parts | None, databases: dict[Store, Database], patient: Patient
) -> Outside:
    if parts is None:
        return Outside(metadata={})
    services, issuer = build_services(parts), settings.issuer.rstrip("/")
    keys, active = {}, set(REQUIRED)
    if patient.facts.schema.get(Store.PROVIDER):
        rows = await signing_keys.everyone(databases[Store.PROVIDER])
        keys = {r["kid"]: json.loads(r["public_jwk"]) for r in rows if r["state"] in SERVED}
        active |= {row["alg"] for row in rows if row["state"] == KeyState.ACTIVE}
    return Outside(
        metadata=discovery.metadata(
            settings.issuer,
            sandbox=settings.sandbox,
            hardware=services.passkeys.can_prove_hardware,
            registration=services.registration is not None,
            algorithms=tuple(alg for alg in ALGORITHMS if alg in active),
        ),
        keys=keys,
        caching=keys_caching(patient.policy.jwks_max_age),
        discovery=await _fetch(parts, f"{issuer}/.well-known/openid-configuration"),
        jwks=await _fetch(parts, f"{issuer}/jwks"),
        jwks_again=await _fetch(parts, f"{issuer}/jwks"),
    )


async def _fetch(parts: Parts, url: str) -> Fetched | str:
    try:
        return await parts.outbound.get_own(url, accept=_JSON)
    except OutboundRefused as error:
        return str(error)


def _loose(settings: Settings) -> dict[str, str]:
    """Return which files and folders are open to others, and the mode that they should have."""
    keys = settings.keys_folder
    folders = [settings.home, keys]
    files = [settings.home / "settings.env", settings.wrapping_key_file, settings.tls_key]
    files += [settings.home / "wrapping.key", settings.pkcs11_pin_file, *_database_files(settings)]
    files += [*keys.glob("*.json")] if keys.is_dir() else []
    named = [(folder, "700") for folder in folders] + [(file, "600") for file in files if file]
    return {str(path): mode for path, mode in named if path.exists() and _is_open(path)}


def _is_open(path: Path) -> bool:
    return bool(path.stat().st_mode & _OTHERS)


def _database_files(settings: Settings) -> list[Path]:
    prefix = "sqlite:///"
    urls = [url for url in stores(settings).values() if url.startswith(prefix)]
    return [Path(url.removeprefix(prefix)) for url in urls]


def _samples(settings: Settings) -> tuple[str, ...]:
    """Return the settings whose password is the user's name, or one of every manual."""
    named = {
        "IDP_DATABASE_URL": settings.database_url,
        "IDP_ENROLMENT_DATABASE_URL": settings.enrolment_database_url,
        "IDP_SMTP_URL": settings.smtp_url or "",
    }
    found = []
    for name, url in named.items():
        parts = urlsplit(url)
        password = (parts.password or "").lower()
        if password and (password in _SAMPLES or password == (parts.username or "").lower()):
            found.append(name)
    return tuple(found)


def _disks(settings: Settings) -> tuple[Disk, ...]:
    folders = {file.parent for file in _database_files(settings)} | {settings.home}
    return tuple(
        Disk(str(folder), shutil.disk_usage(folder).free)
        for folder in sorted(folders)
        if folder.is_dir()
    )


def as_json(findings: list[Finding]) -> list[dict[str, Any]]:
    """Return the findings for machines."""
    return [asdict(one) | {"level": one.level.value} for one in findings]


def as_text(findings: list[Finding]) -> str:
    """Return the findings for a person, each that is not well with what mends it.

    In no table: that would break commands that are copied from here.
    """
    lines = []
    for one in findings:
        level = f"[{_COLOURS[one.level]}]{one.level.value:<4}[/]"
        lines.append(f"{level}  [bold]{one.check}[/]: {escape(one.text)}")
        if one.command:
            lines.append(f"        {escape(one.command)}")
    number = {level: sum(one.level is level for one in findings) for level in Level}
    told = f"{number[Level.FAIL]} fail, {number[Level.WARN]} warn, {number[Level.OK]} ok"
    return "\n".join([*lines, "", f"[bold]{told}[/]"])
