"""A sign-in that has waited too long, and a recovery that has waited enough, without waiting."""

import sqlite3
from contextlib import closing

from msgspec.structs import replace

from idp.app import SystemClock, SystemEntropy, open_keystore
from idp.domain.recovery import Pending
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.services.interactions import LIFETIME_SECONDS, Interactions
from idp.services.vault import Vault
from idp.settings import load
from tests.support.live_demo import LiveDemo


def outlived(demo: LiveDemo, interaction: str) -> str:
    """Return the same sign-in as it will be after its time, sealed with the demo's own keys."""
    keystore = open_keystore(load(demo.home))
    sealer = Sealer(keystore.secret(SecretDomain.SESSION), SystemEntropy())
    interactions = Interactions(sealer, SystemClock())
    opened = interactions.open(interaction)
    return interactions.seal(replace(opened, started_at=opened.started_at - LIFETIME_SECONDS - 60))


def waited_for(demo: LiveDemo) -> None:
    """Make every recovery of the demo as old as its waiting time, in its sealed rows."""
    keystore = open_keystore(load(demo.home))
    vault = Vault(Sealer(keystore.secret(SecretDomain.FIELD), SystemEntropy()))
    with closing(sqlite3.connect(demo.home / "provider.sqlite3")) as opened, opened:
        rows = opened.execute("SELECT id, facts_sealed FROM recoveries").fetchall()
        for row_id, sealed in rows:
            facts = vault.open_facts("recoveries", row_id, sealed)
            waits = Pending(*facts["pending"])
            shift = waits.valid_from - waits.asked_at
            facts["pending"] = [waits.method, waits.asked_at - shift, waits.asked_at]
            anew = vault.seal_facts("recoveries", row_id, facts, sizes=(4096,))
            opened.execute("UPDATE recoveries SET facts_sealed = ? WHERE id = ?", (anew, row_id))
