"""Promise P5: a person takes along all that is held, and leaving deletes it."""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any, Final

import pytest_asyncio

from idp.services import housekeeping
from idp.services.enrolment import NewAccount
from idp.storage import tables
from idp.web.words_data import CONTENTS
from tests.support.accounts import Somebody, somebody
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump
from tests.support.whole_life import close, export, lived

EXPORTED: Final = {
    "people": "person",
    "passkeys": "passkeys",
    "sessions": "sessions",
    "recovery_codes": "recovery",
    "recoveries": "recovery",
    "pseudonyms": "network_ids",
    "consents": "consents",
    "grants": "grants",
    "activity": "activity",
    "appeals": "appeals",
    "enrolments": "enrolment",
}
"""Where in the file each table's rows about a person are told."""

EXCEPTIONS: Final = {
    "clients": "about platforms",
    "former_clients": "about platforms",
    "closings": "of an account that is gone, for as long as a crash lasts",
    "registration_tokens": "about platforms",
    "pushed_requests": "what a platform asks, before anybody is known; an hour or so at most",
    "logouts": "logout tokens on their way, sealed; deleted when sent, a day at most",
    "replays": "digests of what was used once, of whomever; hours at most",
    "throttles": "counts of tries, tied to no account; ten minutes",
    "notices": "mail on its way, its address sealed; deleted when sent, two days at most",
    "vouchers": "a proof that has no account yet, or leads to none",
    "operators": "about operators",
    "operator_passkeys": "about operators",
    "operator_sessions": "about operators",
    "operator_links": "about operators",
    "proposals": "the operators' record of a case; the person is told of it in their activity",
    "signing_keys": "public keys of ours",
    "secret_versions": "which versions of our secrets are in use",
    "nodes": "our own server processes",
    "schedule_runs": "when a rotation last ran, and what it waits for",
    "leases": "which of our processes leads a rotation",
    "instance": "how old the database is",
    "changes": "which version servers have of what they keep in memory: clients and keys",
    "audit": "the operators' history: case numbers, no person",
    "audit_nodes": "hashes over the operators' history",
    "audit_tree": "how long the operators' history is, signed",
    "tree_heads": "what was published of the operators' history",
}
"""Tables that the file leaves out, and why."""

MAIL: Final[dict[str, Any]] = {"smtp_url": "smtp://localhost:2525", "mail_from": "id@id.example"}


def test_p5_every_table_is_in_the_file_or_left_out_for_a_reason():
    every = {*tables.provider.tables, *tables.enrolment.tables}
    assert EXPORTED.keys() | EXCEPTIONS.keys() == every
    assert EXPORTED.keys() & EXCEPTIONS.keys() == set()
    assert set(EXPORTED.values()) | {"contact"} == CONTENTS.keys()


@pytest_asyncio.fixture
async def provider(tmp_path: Path) -> AsyncIterator[Provider]:
    async with running(tmp_path, sandbox=False, **MAIL) as started:
        yield started


async def test_p5_the_file_tells_of_every_row(provider: Provider):
    owner, platforms = await lived(provider)
    found = await export(owner)
    rows = {name.partition(".")[2]: len(every) for name, every in dump(provider).items()}
    assert all(rows[table] > 0 for table in EXPORTED), rows
    for table in ("passkeys", "sessions", "consents", "grants", "activity", "appeals"):
        assert len(found[table]) == rows[table], table
    assert len(found["network_ids"]) == rows["pseudonyms"] == len(platforms)
    assert found["recovery"]["unused_codes"] == rows["recovery_codes"]
    assert found["recovery"]["under_way"]["by"] == "in_person"
    assert found["contact"]["waiting_for_its_code"]["address"] == "person@mail.example"
    assert found["person"]["suspensions"][0]["case_id"] == "C-1"
    assert found["appeals"][0]["text"] == "It was not me."


async def test_p5_closing_leaves_no_row_of_a_person_but_the_closed_entry(provider: Provider):
    neighbour = await somebody(provider)
    before = dump(provider)
    owner, _ = await lived(provider)
    network_ids = [one["network_id"] for one in (await export(owner))["network_ids"]]
    await close(owner)
    after = dump(provider)
    shared = {
        "clients",
        "changes",
        "replays",
        "throttles",
        "audit",
        "audit_nodes",
        "audit_tree",
        "notices",
        "logouts",
    }
    for name, rows in after.items():
        table = name.partition(".")[2]
        new = [row for row in rows if row not in before[name]]
        if table in shared:
            continue
        assert len(new) == (1 if table == "enrolments" else 0), name
    everything = repr(after)
    assert repr(owner.person_id)[2:-1] not in everything
    assert all(one not in everything for one in network_ids)
    assert await neighbour.signed_in()


async def test_p5_what_stays_of_a_person_leads_to_nobody(provider: Provider):
    owner, _ = await lived(provider)
    await close(owner)
    (row,) = dump(provider)["enrolment.enrolments"]
    found = dict(zip((c.name for c in tables.enrolments.columns), row, strict=True))
    vault = provider.services.closing._vault
    assert (found["state"], found["person_tag"]) == ("closed", None)
    assert vault.open_enrolled(found["row_id"], found["person_sealed"]) == bytes(16)


async def test_p5_who_comes_back_is_unknown_to_the_platform(provider: Provider):
    owner, (platform, _) = await lived(provider)
    told = await export(owner)
    await close(owner)
    provider.clock.advance(3 * 365 * 86400 + 86400)
    enrolment = provider.services.enrolment
    await housekeeping.prune_enrolments(provider.parts.enrolment_store, enrolment, provider.clock)
    person_id = await enrolment.create(owner.proof, NewAccount(enrolment.new_user_id()))
    assert person_id is not None
    again = Somebody(provider, provider.browser(), person_id, owner.proof)
    await again.sign_in(again.browser)
    answer = await platform.decide(again.browser, await platform.ask(again.browser), "allow")
    assert "code" in answer.location_query
    later = await export(again)
    known = {one["sector"]: one["network_id"] for one in told["network_ids"]}
    assert all(one["network_id"] != known[one["sector"]] for one in later["network_ids"])
    assert later["person"]["passkey_user_id"] != told["person"]["passkey_user_id"]
