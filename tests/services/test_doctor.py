"""Each check finds what it is for, says so in a sentence, and names the command that mends it."""

import json
from email.utils import formatdate
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from idp.domain.rotation import Due, Schedule, Step
from idp.domain.secret_key import SecretDomain
from idp.domain.secret_version import SecretState, SecretVersion
from idp.domain.signing_key import KeyState, Policy, SigningKey
from idp.outbound import Fetched, Tls
from idp.protocol import discovery
from idp.services.doctor import CHECKS, INSIDE, examine
from idp.services.doctor_outside import OUTSIDE
from idp.services.observation import Backlog, Facts
from idp.services.patient import Disk, Finding, Level, Outside, Patient
from idp.services.rotation import Status
from idp.storage.schema import Store
from idp.web.discovery import keys_caching
from tests.support.provider import running
from tests.support.rows import NOW

ISSUER = "https://id.community.net"
DAY = 86_400
KEY = {"kid": "k1", "kty": "EC", "crv": "P-256", "x": "x", "y": "y"}
METADATA = discovery.metadata(ISSUER, sandbox=False, hardware=False, registration=False)
CACHING = keys_caching(3600)
TOLD = {"cache-control": CACHING, "date": formatdate(NOW, usegmt=True)}
LASTING = {"fsync": "on", "full_page_writes": "on", "synchronous_commit": "on"}


def answer(content: object, **changes: Any) -> Fetched:
    body = content if isinstance(content, bytes) else json.dumps(content).encode()
    tls = Tls("TLSv1.3", NOW + 60 * DAY)
    return replace(Fetched(200, "application/json", body, TOLD, tls), **changes)


def signing(**changes: Any) -> SigningKey:
    key = SigningKey("k1", "ES256", KeyState.ACTIVE, NOW - 30 * DAY, NOW - 29 * DAY)
    return replace(key, **changes)


def facts(**changes: Any) -> Facts:
    well = Facts(
        NOW,
        up={"provider": True, "enrolment": True},
        schema={"provider": True, "enrolment": True},
        keys=[signing()],
        outboxes={"notices": Backlog(0, 0), "logouts": Backlog(3, 60)},
        skew=0,
        nodes=2,
        lacking={"k1": 0},
        unswept=0,
    )
    return replace(well, **changes)


def secrets(old: SecretState, new: SecretState, *, since: int) -> tuple[SecretVersion, ...]:
    """Two versions of the link secret; the second was made, and took over, at one time."""
    first = SecretVersion(SecretDomain.LINK, 1, old, NOW - 300 * DAY, NOW - 300 * DAY)
    return first, SecretVersion(SecretDomain.LINK, 2, new, since, since)


def status(**changes: Any) -> Status:
    due = Due(Step.ACTIVATE, "ES256", NOW + 61 * DAY, "k2")
    well = Status(Schedule(), NOW - 30, NOW - 30, 0, {}, {"ES256": due}, ())
    return replace(well, **changes)


def outside(**changes: Any) -> Outside:
    well = Outside(
        metadata=METADATA,
        keys={"k1": KEY},
        caching=CACHING,
        discovery=answer(METADATA),
        jwks=answer({"keys": [KEY]}),
        jwks_again=answer({"keys": [KEY]}),
    )
    return replace(well, **changes)


def patient(**changes: Any) -> Patient:
    well = Patient(
        issuer=ISSUER,
        public=True,
        sandbox=False,
        facts=facts(),
        policy=Policy(),
        outside=outside(),
        durability={Store.PROVIDER: LASTING, Store.ENROLMENT: {}},
        disks=(Disk("/srv", 5 * 1024**3),),
        approvers=2,
        rotation=status(),
        audit=(),
        backed_up_at=NOW - DAY,
    )
    return replace(well, **changes)


def test_an_instance_that_is_well_gets_no_command_and_every_check_speaks():
    found = examine(patient())

    assert {one.level for one in found} == {Level.OK}
    assert all(one.text and not one.command for one in found)
    assert len({one.check for one in found}) == len(CHECKS) == len(INSIDE) + len(OUTSIDE)


ILL: list[tuple[str, Level, dict[str, Any], str]] = [
    ("permissions", Level.FAIL, {"loose": {"/srv/keys": "700"}}, "chmod 700"),
    ("sandbox", Level.FAIL, {"sandbox": True}, "IDP_SANDBOX"),
    ("samples", Level.FAIL, {"samples": ("IDP_DATABASE_URL",)}, "settings.env"),
    (
        "databases",
        Level.FAIL,
        {"facts": facts(up={"provider": False, "enrolment": True})},
        "IDP_DATABASE_URL",
    ),
    (
        "databases",
        Level.FAIL,
        {
            "facts": facts(
                up={"provider": False, "enrolment": True}, misfits={"provider": "a pooler"}
            )
        },
        "IDP_DATABASE_PREPARED=false",
    ),
    ("schema", Level.FAIL, {"facts": facts(schema={"provider": False})}, "idp migrate up"),
    (
        "memory",
        Level.FAIL,
        {"not_servable": "it went back. If it was put back, run: x"},
        "--acknowledge",
    ),
    ("memory", Level.FAIL, {"not_servable": "a restore has not ended"}, "idp restore --home"),
    ("memory", Level.WARN, {"writable": False}, "chmod u+w"),
    (
        "durability",
        Level.FAIL,
        {"durability": {Store.PROVIDER: LASTING | {"synchronous_commit": "off"}}},
        "ALTER SYSTEM SET synchronous_commit",
    ),
    ("disk", Level.WARN, {"disks": (Disk("/srv", 500 * 1024**2),)}, "idp prune"),
    ("disk", Level.FAIL, {"disks": (Disk("/srv", 50 * 1024**2),)}, "idp prune"),
    ("database_clock", Level.WARN, {"facts": facts(skew=-5)}, "timedatectl"),
    ("database_clock", Level.FAIL, {"facts": facts(skew=11)}, "timedatectl"),
    ("keys", Level.FAIL, {"keys_refused": "a key file is missing"}, "ls -la"),
    (
        "secrets",
        Level.WARN,
        {"secrets": secrets(SecretState.ACTIVE, SecretState.STAGED, since=NOW - 2 * DAY)},
        "idp keys rotate-secret link",
    ),
    (
        "secrets",
        Level.WARN,
        {"secrets": secrets(SecretState.RETIRED, SecretState.ACTIVE, since=NOW - 17 * DAY)},
        "idp keys rotate-secret link",
    ),
    (
        "keys",
        Level.WARN,
        {"facts": facts(keys=[signing(activated_at=NOW - 130 * DAY)])},
        "idp keys stage --alg ES256",
    ),
    ("keys", Level.WARN, {"facts": facts(lacking={"k1": 1})}, "ls -la"),
    ("scheduler", Level.FAIL, {"rotation": status(ran_at=NOW - 1000)}, "journalctl"),
    ("scheduler", Level.FAIL, {"rotation": status(ran_at=None, keys=(signing(),))}, "journalctl"),
    ("scheduler", Level.WARN, {"rotation": status(problems={"outside": "no"})}, "idp keys list"),
    ("scheduler", Level.WARN, {"rotation": status(schedule=Schedule(days=0))}, "idp keys plan"),
    ("servers", Level.WARN, {"facts": facts(nodes=0)}, "idp serve"),
    ("sweep", Level.WARN, {"facts": facts(unswept=1000)}, "idp prune"),
    ("sweep", Level.WARN, {"facts": facts(unswept=DAY + 1, nodes=0)}, "idp prune"),
    ("sweep", Level.FAIL, {"facts": facts(unswept=DAY + 1)}, "idp prune"),
    ("outboxes", Level.WARN, {"facts": facts(outboxes={"logouts": Backlog(1, 1000)})}, "journal"),
    (
        "outboxes",
        Level.FAIL,
        {"facts": facts(outboxes={"logouts": Backlog(1, DAY + 1)})},
        "journal",
    ),
    ("operators", Level.WARN, {"approvers": 1}, "idp operators add"),
    ("audit", Level.FAIL, {"audit": ("entry 3 was changed",)}, "idp audit verify"),
    ("backup", Level.WARN, {"backed_up_at": None}, "idp backup"),
    ("backup", Level.WARN, {"backed_up_at": NOW - 3 * DAY}, "idp backup"),
    ("backup", Level.FAIL, {"backed_up_at": NOW - 36 * DAY}, "idp backup"),
    ("issuer", Level.FAIL, {"outside": outside(discovery="the host is not known")}, "curl -v"),
    ("issuer", Level.FAIL, {"outside": outside(discovery=answer({}, status=502))}, "curl -v"),
    (
        "discovery",
        Level.FAIL,
        {"outside": outside(discovery=answer(METADATA | {"issuer": f"{ISSUER}/"}))},
        "curl -s",
    ),
    (
        "discovery",
        Level.FAIL,
        {"outside": outside(discovery=answer(METADATA | {"token_endpoint": "http://inside"}))},
        "curl -s",
    ),
    ("discovery", Level.FAIL, {"outside": outside(discovery=answer(b"<html>"))}, "curl -s"),
    ("jwks", Level.FAIL, {"outside": outside(jwks=answer({"keys": []}))}, "runbooks/jwks"),
    (
        "jwks",
        Level.FAIL,
        {"outside": outside(jwks=answer({"keys": [KEY | {"x": "another"}]}))},
        "runbooks/jwks",
    ),
    (
        "jwks_caching",
        Level.FAIL,
        {"outside": outside(jwks_again=answer({}, told=TOLD | {"age": "300"}))},
        "runbooks/jwks",
    ),
    (
        "jwks_caching",
        Level.FAIL,
        {"outside": outside(jwks=answer({}, told={"cache-control": "max-age=86400"}))},
        "runbooks/jwks",
    ),
    (
        "tls",
        Level.WARN,
        {"outside": outside(discovery=answer(METADATA, tls=Tls("TLSv1.3", NOW + 20 * DAY)))},
        "renew",
    ),
    (
        "tls",
        Level.FAIL,
        {"outside": outside(discovery=answer(METADATA, tls=Tls("TLSv1.3", NOW + DAY)))},
        "renew",
    ),
    (
        "tls",
        Level.FAIL,
        {"outside": outside(discovery=answer(METADATA, tls=Tls("TLSv1.1", NOW + 60 * DAY)))},
        "ssl_protocols",
    ),
    (
        "clock",
        Level.FAIL,
        {"outside": outside(jwks=answer({}, told=TOLD | {"date": formatdate(NOW + 60)}))},
        "timedatectl",
    ),
]


@pytest.mark.parametrize(("check", "level", "changes", "command"), ILL)
def test_what_is_not_well_is_told_with_what_mends_it(
    check: str, level: Level, changes: dict[str, Any], command: str
):
    found = [one for one in examine(patient(**changes)) if one.check == check]

    worst = [one for one in found if one.level is level]
    assert worst, found
    assert command in worst[-1].command


def test_every_check_has_a_case_here():
    told = {one.check for one in examine(patient())}
    assert {case[0] for case in ILL} == told


@pytest.mark.parametrize("private", [{"sandbox": True, "public": False}])
def test_a_sandbox_on_this_machine_needs_no_operators_and_no_backup(private: dict[str, Any]):
    found = examine(patient(**private, approvers=0, backed_up_at=None))
    assert {one.level for one in found} == {Level.OK}


def test_what_could_not_be_looked_at_is_not_judged():
    blind = patient(
        facts=Facts(NOW, up={"provider": False}, schema={"provider": False}),
        outside=Outside(metadata={}, discovery="no", jwks="no", jwks_again="no"),
        approvers=None,
        audit=None,
        rotation=None,
    )
    failed = {one.check for one in examine(blind) if one.level is Level.FAIL}
    assert failed == {"databases", "issuer"}


async def test_what_a_real_instance_serves_is_ours_to_the_letter(tmp_path: Path):
    async with running(tmp_path, sandbox=False) as provider:
        await provider.services.key_lives.load()
        browser = provider.browser()
        served, keys = [
            await browser.get(path) for path in ("/.well-known/openid-configuration", "/jwks")
        ]
        ours = discovery.metadata(
            provider.issuer,
            sandbox=False,
            hardware=False,
            registration=False,
            algorithms=provider.services.keys.algorithms,
        )
    members = {key["kid"]: key for key in keys.json()["keys"]}
    said = {"cache-control": keys.headers["cache-control"]}
    real = outside(
        metadata=ours,
        keys=members,
        discovery=answer(served.body),
        jwks=answer(keys.body, told=said),
        jwks_again=answer(keys.body, told=said),
    )
    found: list[Finding] = examine(patient(issuer=provider.issuer, outside=real))
    assert {one.level for one in found} == {Level.OK}
