"""A sign-in that has waited too long, without waiting."""

from dataclasses import replace

from idp.app import SystemClock, SystemEntropy, open_keystore
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.services.interactions import LIFETIME_SECONDS, Interactions
from idp.settings import load
from tests.support.live_demo import LiveDemo


def outlived(demo: LiveDemo, interaction: str) -> str:
    """Return the same sign-in as it will be after its time, sealed with the demo's own keys."""
    keystore = open_keystore(load(demo.home))
    sealer = Sealer(keystore.secret(SecretDomain.SESSION), SystemEntropy())
    interactions = Interactions(sealer, SystemClock())
    opened = interactions.open(interaction)
    return interactions.seal(replace(opened, started_at=opened.started_at - LIFETIME_SECONDS - 60))
