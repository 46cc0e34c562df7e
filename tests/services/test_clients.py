from typing import Any

import pytest
from msgspec.structs import replace

from idp.app import build_services
from idp.protocol.client_metadata import MetadataRefused
from idp.protocol.jose import JwtRefused
from idp.services.changes import Changes
from idp.services.client_documents import MAX_LOGO_BYTES
from idp.services.clients import Clients
from idp.services.resources import Resources
from tests.support.jwt import jwks, key, signed
from tests.support.provider import Provider
from tests.support.time import SeededEntropy

PNG = b"\x89PNG\r\n\x1a\n"
DOCUMENT = {
    "client_name": "Corner Shop",
    "client_name#zh-Hans": "街角商店",
    "platform": "corner-shop",
    "purpose": "To know that you are one person.",
    "alternative": "Order as a guest.",
    "redirect_uris": ["https://shop.example/callback"],
}


@pytest.fixture
def clients(provider: Provider) -> Clients:
    return provider.services.clients


def another_node(provider: Provider) -> Clients:
    parts = provider.parts
    changes = Changes(parts.database, parts.clock)
    resources = Resources(parts.database, changes, issuer=provider.issuer, sandbox=False)
    return Clients(
        parts.database,
        parts.outbound,
        parts.clock,
        parts.entropy,
        changes=changes,
        resources=resources,
        audit=provider.services.operations.audit,
        sandbox=False,
    )


def document(**changes: Any) -> dict[str, Any]:
    return DOCUMENT | changes


async def test_a_client_is_found_as_it_was_registered(clients: Clients):
    added = await clients.add(document())
    found = await clients.find(added.client.client_id)
    assert found == added.client
    assert found is not None
    assert (found.name("zh-Hans"), found.name("fr")) == ("街角商店", "Corner Shop")
    shown = await clients.show(added.client.client_id)
    assert shown is not None
    assert (shown.client, shown.document) == (added.client, added.document)


class Drawn(SeededEntropy):
    """Draws what begins with a dash when it is spelt, and then something else."""

    def __init__(self) -> None:
        super().__init__()
        self.first = [b"\xfb" * 16, b"\xf8" * 16]

    def bytes(self, count: int) -> bytes:
        return self.first.pop() if self.first and count == len(self.first[0]) else super().bytes(16)


async def test_no_client_id_reads_as_an_option(provider: Provider):
    entropy = Drawn()
    services = build_services(replace(provider.parts, entropy=entropy))
    client_id = (await services.clients.add(document())).client.client_id
    assert entropy.first == []
    assert not client_id.startswith("-")


async def test_a_removed_client_is_forgotten_here_at_once_and_elsewhere_in_seconds(
    provider: Provider, clients: Clients
):
    client_id = (await clients.add(document())).client.client_id
    elsewhere = another_node(provider)
    assert await elsewhere.find(client_id) is not None

    assert await clients.remove(client_id)

    assert await clients.find(client_id) is None
    provider.clock.advance(2)
    assert await elsewhere.find(client_id) is None
    assert not await clients.remove(client_id)


async def test_a_cached_client_costs_no_read(provider: Provider, clients: Clients):
    client_id = (await clients.add(document())).client.client_id
    first = await clients.find(client_id)
    await another_node(provider).remove(client_id)  # which this node has not noticed yet
    assert await clients.find(client_id) is first


async def test_strangers_do_not_fill_the_cache(provider: Provider, clients: Clients):
    for number in range(50):
        assert await clients.find(f"nobody-{number}") is None
    assert clients._cache == {}


@pytest.mark.parametrize("client_id", ["", "\0", "\ud800", "é", "a\nb", "x" * 257])
async def test_what_is_no_client_id_is_nobodys(clients: Clients, client_id: str):
    assert await clients.find(client_id) is None
    assert await clients.show(client_id) is None


async def test_a_secret_is_told_once_and_kept_as_a_digest(provider: Provider, clients: Clients):
    added = await clients.add(document())
    assert added.secret is not None
    assert len(added.secret) == 43  # 256 bits
    shown = await clients.show(added.client.client_id)
    assert shown is not None
    assert shown.secret is None
    stored = b"".join(f.read_bytes() for f in provider.parts.settings.home.glob("provider.db*"))
    assert added.secret.encode() not in stored


@pytest.mark.parametrize(
    "changes",
    [
        {"token_endpoint_auth_method": "none"},
        {"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(key())},
    ],
    ids=["none", "private_key_jwt"],
)
async def test_a_client_that_needs_no_secret_has_none(clients: Clients, changes: dict[str, Any]):
    added = await clients.add(document(**changes))
    assert (added.secret, added.client.secret_digest) == (None, None)


async def test_no_two_clients_share_an_id_or_a_secret(clients: Clients):
    added = [await clients.add(document()) for _ in range(20)]
    assert len({one.client.client_id for one in added}) == 20
    assert len({one.secret for one in added}) == 20


async def test_keys_are_parsed_once_and_anew_when_they_change(clients: Clients):
    signer = key()
    changes = {"token_endpoint_auth_method": "private_key_jwt", "jwks": jwks(signer)}
    client = (await clients.add(document(**changes))).client
    token = signed(signer, {})
    assert await clients.keys(client, token) is await clients.keys(client, token)

    await clients.remove(client.client_id)
    changed = changes | {"jwks": jwks(key(name="another"))}
    again = (await clients.add(document(**changed), client_id=client.client_id)).client
    first = await clients.keys(client, token)
    assert await clients.keys(again, token) is not first


async def test_a_client_without_keys_has_none_to_verify_with(clients: Clients):
    client = (await clients.add(document())).client
    with pytest.raises(JwtRefused):
        await clients.keys(client, signed(key(), {}))


async def test_a_logo_is_served_for_as_long_as_its_client_is_there(clients: Clients):
    added = await clients.add(document(), logo=PNG + b"picture")
    assert added.client.has_logo
    assert await clients.logo(added.client.client_id) == PNG + b"picture"
    await clients.remove(added.client.client_id)
    assert await clients.logo(added.client.client_id) is None
    assert await clients.logo("nobody") is None


@pytest.mark.parametrize(
    "logo",
    [b"", b"GIF89a", b"<svg xmlns='http://www.w3.org/2000/svg'/>", PNG + b"x" * MAX_LOGO_BYTES],
    ids=["nothing", "gif", "svg", "large"],
)
async def test_a_logo_that_is_no_small_png_is_refused(clients: Clients, logo: bytes):
    with pytest.raises(MetadataRefused, match="logo"):
        await clients.add(document(), logo=logo)
    assert await clients.everyone() == []
