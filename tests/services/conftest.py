"""Services over real stores: SQLite files that are gone with the test."""

from collections.abc import AsyncIterator
from datetime import date
from pathlib import Path

import pytest
import pytest_asyncio

from idp.domain.assurance import Assurance
from idp.domain.dedup_keys import DedupKeys
from idp.domain.link_keys import LinkKeys
from idp.domain.sealing import Sealer
from idp.domain.secret_key import SecretDomain
from idp.keystore.memory import MemoryKeystore
from idp.proofing.proof import Proof
from idp.services.enrolment import Enrolment
from idp.services.identities import Identities
from idp.services.vault import Vault
from tests.support import ready_made
from tests.support.provider import Provider, running
from tests.support.time import SeededEntropy

BORN = date(1990, 5, 17)


@pytest.fixture(scope="module")
def keystore() -> MemoryKeystore:
    return ready_made.keystore(SeededEntropy(7))


@pytest_asyncio.fixture
async def provider(tmp_path: Path, keystore: MemoryKeystore) -> AsyncIterator[Provider]:
    """An instance for real people: nobody is enrolled."""
    async with running(tmp_path, keystore=keystore, sandbox=False) as started:
        yield started


@pytest.fixture
def vault(keystore: MemoryKeystore) -> Vault:
    return Vault(Sealer(keystore.secret(SecretDomain.FIELD), SeededEntropy()))


@pytest.fixture
def enrolment(provider: Provider, vault: Vault) -> Enrolment:
    return another_enrolment(provider, vault)


def another_enrolment(provider: Provider, vault: Vault) -> Enrolment:
    """The enrolment service of one more node."""
    parts = provider.parts
    return Enrolment(
        database=parts.database,
        store=parts.enrolment_store,
        passkeys=provider.services.passkeys,
        activity=provider.services.activity,
        vault=vault,
        identities=Identities(DedupKeys(parts.keystore.secret(SecretDomain.DEDUP)), provider.clock),
        link=LinkKeys(parts.keystore.secret(SecretDomain.LINK)),
        clock=provider.clock,
        entropy=parts.entropy,
    )


def proof(number: str = "AB 123 456", **changes: str) -> Proof:
    """What an adapter established about a person."""
    told = {"country": "AT", "document": "passport"} | changes
    return Proof("test", Assurance.HIGH, told["country"], told["document"], number, BORN)
