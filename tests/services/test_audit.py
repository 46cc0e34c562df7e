"""What is written into the audit log, and what never may be."""

import pytest

from idp.domain.audit import Act, Via
from tests.support.provider import Provider


async def test_every_change_of_a_client_is_an_entry_that_names_it(provider: Provider):
    clients, changes = provider.services.clients, provider.services.client_changes
    client_id = (await provider.add_client()).client.client_id
    await changes.rotate_secret(client_id)
    await changes.retire_secret(client_id)
    await clients.remove(client_id)
    found = await provider.services.operations.audit.page()
    assert [entry.act for entry in reversed(found)] == [
        *(Act.CLIENT_ADDED, Act.CLIENT_SECRET_ROTATED, Act.CLIENT_SECRET_RETIRED),
        Act.CLIENT_REMOVED,
    ]
    assert {(entry.subject, entry.via) for entry in found} == {(client_id, Via.COMMAND)}


async def test_what_did_not_happen_is_no_entry(provider: Provider):
    assert await provider.services.client_changes.rotate_secret("nobody") is None
    assert not await provider.services.client_changes.retire_secret("nobody")
    assert not await provider.services.clients.remove("nobody")
    assert await provider.services.operations.audit.page() == []


async def test_a_case_names_no_client(provider: Provider):
    """Somebody who reads the log would learn where the person of that case is known."""
    audit = provider.services.operations.audit
    with pytest.raises(ValueError, match="names nothing else"):
        await audit.record(
            provider.parts.database, Act.SUSPENDED, case_id="CASE", subject="corner-shop"
        )
    assert await audit.page() == []
