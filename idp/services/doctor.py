"""Whether all is well with an instance: one small check after another, each with what mends it.

Whoever asks has looked already (``Patient``); a check judges and does nothing. A finding that is
not ``ok`` names the command to run. ``{home}`` in one stands for the instance's folder.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from idp.domain.clock import SECONDS_PER_DAY, till
from idp.domain.operator import FEWEST_APPROVERS
from idp.domain.secret_version import SecretState
from idp.domain.signing_key import KeyState
from idp.services.doctor_outside import OUTSIDE
from idp.services.patient import Finding, Level, clocks_apart, well

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.domain.secret_version import SecretVersion
    from idp.services.patient import Patient

_LOW_DISK = (1024**3, 100 * 1024**2)  # bytes free: warn, fail
_KEY_DAYS = 120
_SILENT_SECONDS = 15 * 60
_UNDER_WAY = {SecretState.STAGED: 1, SecretState.RETIRED: 16}  # days; codes of registrars live 14
_BACKUP_DAYS = 2
_OVERDUE_SECONDS = (15 * 60, SECONDS_PER_DAY)
_LASTING = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    "synchronous_commit": {"on", "local", "remote_write", "remote_apply"},
}


def permissions(patient: Patient) -> list[Finding]:
    """Check that nobody else of this machine reads keys, settings or databases."""
    found = [
        Finding(
            "permissions", Level.FAIL, f"{path} is open to other users", f"chmod {mode} '{path}'"
        )
        for path, mode in patient.loose.items()
    ]
    return found or [well("permissions", "settings, keys and databases are nobody else's")]


def sandbox(patient: Patient) -> list[Finding]:
    """Check that nobody signs in as a persona where people are real."""
    if not patient.sandbox:
        return [well("sandbox", "off")]
    level = Level.FAIL if patient.public else Level.OK
    text = "on: anybody signs in as a persona" + (", on a public issuer" if patient.public else "")
    command = "sed -i '/^IDP_SANDBOX/d' {home}/settings.env, and restart" if patient.public else ""
    return [Finding("sandbox", level, text, command)]


def samples(patient: Patient) -> list[Finding]:
    """Check that no secret is one that stands in a manual."""
    found = [
        Finding(
            "samples",
            Level.FAIL,
            f"{name} holds a password that everybody knows",
            "change it at the database server, then in {home}/settings.env",
        )
        for name in patient.samples
    ]
    return found or [well("samples", "no password of a manual")]


def databases(patient: Patient) -> list[Finding]:
    """Check that both databases answer, and can be used as the settings say."""
    return [_database(patient, store, up=up) for store, up in patient.facts.up.items()]


def _database(patient: Patient, store: str, *, up: bool) -> Finding:
    if up:
        return well("databases", f"the {store} database answers")
    misfit = patient.facts.misfits.get(store)
    if misfit is not None:
        command = "echo IDP_DATABASE_PREPARED=false >> {home}/settings.env, and restart"
        return Finding("databases", Level.FAIL, f"{store}: {misfit}", command)
    return Finding(
        "databases",
        Level.FAIL,
        f"the {store} database does not answer",
        "systemctl status postgresql; then look at IDP_DATABASE_URL in {home}/settings.env",
    )


def schema(patient: Patient) -> list[Finding]:
    """Check that both databases have the schema of this version."""
    behind = [s for s, new in patient.facts.schema.items() if patient.facts.up[s] and not new]
    found = [
        Finding(
            "schema",
            Level.FAIL,
            f"the {store} database is not at this version's revision",
            "idp migrate status --home {home}; idp migrate up --home {home}",
        )
        for store in behind
    ]
    return found or [well("schema", "at this version's revision")]


def memory(patient: Patient) -> list[Finding]:
    """Check that the database did not go back in time, and is not half restored."""
    if patient.not_servable:
        command = (
            "idp restore --home {home} FILE"
            if "not ended" in patient.not_servable
            else "idp restore --home {home} --acknowledge"
        )
        return [Finding("memory", Level.FAIL, _said(patient.not_servable), command)]
    if not patient.writable:
        text = "the folder is read-only, so a database that goes back in time is not noticed"
        return [Finding("memory", Level.WARN, text, "chmod u+w {home}")]
    return [well("memory", "the database is as young as this machine has seen it")]


def durability(patient: Patient) -> list[Finding]:
    """Check that what was committed survives a power cut: a used code must stay used."""
    found = []
    for store, settings in patient.durability.items():
        for name, value in settings.items():
            if value not in _LASTING[name]:
                found.append(
                    Finding(
                        "durability",
                        Level.FAIL,
                        f"{name} is {value} at the {store} database: a used code may come back",
                        f"psql -c \"ALTER SYSTEM SET {name} = 'on'\" -c 'SELECT pg_reload_conf()'",
                    )
                )
    return found or [well("durability", "commits are flushed before they are told of")]


def disk(patient: Patient) -> list[Finding]:
    """Check that there is room where database files lie."""
    found = []
    for one in patient.disks:
        warn, fail = _LOW_DISK
        level = Level.FAIL if one.free < fail else Level.WARN if one.free < warn else Level.OK
        command = "" if level is Level.OK else "idp prune --home {home}; then make room"
        text = f"{one.free // 1024**2} MiB are free at {one.path}"
        found.append(Finding("disk", level, text, command))
    return found


def database_clock(patient: Patient) -> list[Finding]:
    """Check that the database server's clock is ours."""
    skew = patient.facts.skew
    return [] if skew is None else [clocks_apart("database_clock", "the database server", skew)]


def keys(patient: Patient) -> list[Finding]:
    """Check that keys open, are not old, and every running server has those that sign."""
    if patient.keys_refused:
        return [Finding("keys", Level.FAIL, patient.keys_refused, "ls -la {home}/keys")]
    found = []
    for key in patient.facts.keys:
        days = (patient.now - (key.activated_at or patient.now)) // SECONDS_PER_DAY
        if key.state is KeyState.ACTIVE and days > _KEY_DAYS:
            text = f"{key.alg} has been signed with one key for {days} days"
            command = f"idp keys stage --alg {key.alg} --home {{home}}"
            found.append(Finding("keys", Level.WARN, text, command))
        lacking = patient.facts.lacking.get(key.kid, 0)
        if lacking:
            text = f"{lacking} running servers cannot sign with {key.kid} ({key.alg})"
            found.append(Finding("keys", Level.WARN, text, "ls -la {home}/keys, on each machine"))
    active = sum(key.state is KeyState.ACTIVE for key in patient.facts.keys)
    return found or [well("keys", f"{active} keys sign, none is older than {_KEY_DAYS} days")]


def secrets(patient: Patient) -> list[Finding]:
    """Check that no rotation of a secret was begun and forgotten."""
    found = []
    for one in patient.secrets:
        after = [other.activated_at for other in patient.secrets if _replaces(other, one)]
        since = max((time for time in after if time is not None), default=one.made_at)
        days = (patient.now - since) // SECONDS_PER_DAY
        if one.state in _UNDER_WAY and days >= _UNDER_WAY[one.state]:
            text = f"{one.name} has been {one.state} for {days} days: a rotation was not ended"
            command = f"idp keys rotate-secret {one.domain} --home {{home}}"
            found.append(Finding("secrets", Level.WARN, text, command))
    return found or [well("secrets", "no rotation of a secret was left half-way")]


def _replaces(one: SecretVersion, other: SecretVersion) -> bool:
    return one.domain is other.domain and one.version > other.version


def scheduler(patient: Patient) -> list[Finding]:
    """Check that keys are looked after, and say what comes next."""
    status = patient.rotation
    if status is None:
        return []
    if not status.schedule.days:
        text = "keys never change by themselves (IDP_KEY_ROTATION_DAYS is 0)"
        return [Finding("scheduler", Level.WARN, text, "idp keys plan --home {home}")]
    began = min((key.published_at for key in status.keys), default=patient.now)
    silent = patient.now - (status.ran_at or began)  # a new instance's first look is still to come
    if patient.facts.nodes and silent > _SILENT_SECONDS:
        text = "no server looks whether a key is due, though servers run"
        return [Finding("scheduler", Level.FAIL, text, "journalctl -u network-id | grep rotation")]
    found = [
        Finding("scheduler", Level.WARN, f"{alg} waits: {why}", "idp keys list --home {home}")
        for alg, why in status.problems.items()
    ]
    soon = min(status.coming.values(), key=lambda due: due.at, default=None)
    if found or soon is None:
        return found
    when = till(soon.at - patient.now)
    return [well("scheduler", f"next, {when}: {soon.step.value} a key of {soon.alg}")]


def servers(patient: Patient) -> list[Finding]:
    """Check that at least one server runs."""
    if patient.facts.nodes is None:
        return []
    if not patient.facts.nodes:
        return [Finding("servers", Level.WARN, "no server runs", "idp serve --home {home}")]
    return [well("servers", f"{patient.facts.nodes} run")]


def outboxes(patient: Patient) -> list[Finding]:
    """Check that mail and logout tokens leave in time."""
    found = []
    for name, backlog in patient.facts.outboxes.items():
        warn, fail = _OVERDUE_SECONDS
        late = backlog.overdue
        level = Level.FAIL if late > fail else Level.WARN if late > warn else Level.OK
        text = f"{backlog.waiting} {name} wait"
        if level is not Level.OK:
            text += f", the first for {late // 60} minutes too long"
        command = "" if level is Level.OK else "journalctl -u network-id | grep _failed"
        found.append(Finding("outboxes", level, text, command))
    return found


def sweep(patient: Patient) -> list[Finding]:
    """Check that what has expired is deleted: tables would grow for ever."""
    late, (warn, fail) = patient.facts.unswept, _OVERDUE_SECONDS
    if late is None or late <= warn:
        return [] if late is None else [well("sweep", "what has expired is deleted")]
    text = f"what expired {late // 60} minutes ago is still there"
    level = Level.FAIL if late > fail and patient.facts.nodes else Level.WARN
    return [Finding("sweep", level, text, "idp prune --home {home}")]


def operators(patient: Patient) -> list[Finding]:
    """Check that two operators can agree: suspending somebody and lifting it takes as many."""
    if patient.approvers is None:
        return []
    if patient.approvers < FEWEST_APPROVERS:
        return [
            Finding(
                "operators",
                Level.OK if patient.sandbox else Level.WARN,
                f"{patient.approvers} active operators of support: nobody can be suspended, and no "
                f"suspension lifted, by fewer than {FEWEST_APPROVERS}",
                "idp operators add --name NAME --role support --home {home}",
            )
        ]
    return [well("operators", f"{patient.approvers} of support can agree")]


def audit(patient: Patient) -> list[Finding]:
    """Check that nobody changed the audit log."""
    if patient.audit is None:
        return []
    command = "idp audit verify --home {home}"
    found = [Finding("audit", Level.FAIL, problem, command) for problem in patient.audit[:3]]
    return found or [well("audit", "every entry is where it was appended")]


def backup(patient: Patient) -> list[Finding]:
    """Check that there is a young backup, and none is older than people were told."""
    command = "idp backup PLACE --keys ANOTHER_PLACE --home {home}"
    level = Level.OK if patient.sandbox else Level.WARN
    if patient.backed_up_at is None:
        return [Finding("backup", level, "there has been no backup", command)]
    days = (patient.now - patient.backed_up_at) // SECONDS_PER_DAY
    if days > patient.backup_days:
        text = (
            f"the last backup is {days} days old, and people are told that backups are gone after "
            f"{patient.backup_days}: delete it, and make another"
        )
        return [Finding("backup", Level.FAIL, text, command)]
    if days >= _BACKUP_DAYS:
        return [Finding("backup", level, f"the last backup is {days} days old", command)]
    return [well("backup", "the last one is younger than two days")]


def _said(not_servable: str) -> str:
    """Return what is said of a database without the command, which a finding has beside it."""
    return not_servable.partition(" Run:")[0].partition(" If it was put back")[0]


INSIDE: Final = (
    permissions,
    sandbox,
    samples,
    databases,
    schema,
    memory,
    durability,
    disk,
    database_clock,
    keys,
    secrets,
    scheduler,
    servers,
    outboxes,
    sweep,
    operators,
    audit,
    backup,
)
"""The checks of what is ours, in the order in which they are told."""

CHECKS: Final[tuple[Callable[[Patient], list[Finding]], ...]] = (*INSIDE, *OUTSIDE)
"""All of them."""


def examine(patient: Patient) -> list[Finding]:
    """Return what every check finds, in their order."""
    return [finding for check in CHECKS for finding in check(patient)]
