"""Clients are signed for by an algorithm once a key of it signs, on instances old and new."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from idp.domain.secret_key import SecretDomain
from idp.domain.signing_key import ALGORITHMS, REQUIRED
from idp.protocol import jose
from idp.protocol.client_metadata import MetadataRefused
from tests.support import ready_made
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.rotating import Front, Shelf, minute
from tests.support.time import SeededEntropy

NEW = [alg for alg in ALGORITHMS if alg not in REQUIRED]


@pytest_asyncio.fixture
async def older(tmp_path: Path) -> AsyncIterator[Provider]:
    """An instance from before PS256 and Ed25519."""
    whole, front = ready_made.keystore(SeededEntropy(4)), Front()
    store = Shelf(
        [signer for signer in whole.signers() if signer.alg in REQUIRED],
        {domain: whole.secret(domain) for domain in SecretDomain},
    )
    async with running(tmp_path, internet=front.internet, keystore=store) as provider:
        front.stand_before(provider)
        await provider.services.key_lives.keep_up()
        yield provider


async def told(provider: Provider, path: str) -> Any:
    return json.loads((await provider.browser().get(path)).text)


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.spec("OpenID Connect Core 1.0 §2")
async def test_an_id_token_is_signed_as_the_client_registered(tmp_path: Path, alg: str):
    async with running(tmp_path) as provider:
        platform = await Platform.register(provider, id_token_signed_response_alg=alg)
        tokens = await platform.tokens(provider.browser())
        keys = jose.PublicKeys(await told(provider, "/jwks"))
        found = jose.verify(tokens["id_token"], keys, algs=[alg], typs=["jwt"])
        assert found.claims["aud"] == platform.client_id


async def test_an_older_instance_makes_the_new_keys_and_they_sign_when_platforms_know_them(
    older: Provider,
):
    for alg in NEW:
        with pytest.raises(MetadataRefused, match=f"no key signs by {alg} yet"):
            await older.add_client(id_token_signed_response_alg=alg)
    discovery = "/.well-known/openid-configuration"
    named = "id_token_signing_alg_values_supported"
    assert (await told(older, discovery))[named] == list(REQUIRED)

    await minute(older)
    await older.services.key_lives.keep_up()
    served = {key["alg"] for key in (await told(older, "/jwks"))["keys"]}
    assert served == set(ALGORITHMS)
    assert (await told(older, discovery))[named] == list(REQUIRED)

    await minute(older)
    older.clock.advance(2 * 3600)
    await minute(older)
    await older.services.key_lives.keep_up()
    assert (await told(older, discovery))[named] == list(ALGORITHMS)
    for alg in NEW:
        registered = await older.add_client(id_token_signed_response_alg=alg)
        assert registered.client.id_token_alg == alg
