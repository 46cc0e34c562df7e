"""P3, the other half: the keys without the database tell nothing either.

Whoever holds every secret of the keystore, and sees all that platforms and strangers see, opens
sealed tokens and checks signatures. Nothing of that says who somebody is, or joins two network IDs:
a network ID is drawn, not derived, so no key computes it.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.domain import base64url
from idp.domain.sealing import SealBroken, Sealer
from idp.domain.secret_key import SecretDomain
from idp.keystore.memory import MemoryKeystore
from tests.promises.test_p1_no_national_id_data import (
    Citizen,
    enrolled,
    everything,
    found,
    journeys,
    spellings,
)
from tests.support.logins import Platform
from tests.support.provider import running
from tests.support.time import SeededEntropy


@pytest.fixture(scope="module")
def keystore() -> MemoryKeystore:
    return MemoryKeystore.create(SeededEntropy(5))


async def network_id(citizen: Citizen) -> str:
    platform = await Platform.register(citizen.provider, platform="the-same-platform")
    tokens = await platform.tokens(citizen.browser)
    answer = await platform.userinfo(tokens["access_token"])
    return str(answer.json()["sub"])


async def test_p3_the_same_keys_and_the_same_person_give_another_network_id(
    tmp_path: Path, keystore: MemoryKeystore
):
    """With a derived pseudonym the two would be one, and whoever has the key could compute it."""
    seen = set()
    for place in range(2):
        folder = tmp_path / str(place)
        folder.mkdir()
        async with running(folder, keystore=keystore, sandbox=False) as provider:
            provider.parts.entropy.bytes(64 * place)  # no two machines draw alike
            seen.add(await network_id(await enrolled(provider)))
    assert len(seen) == 2


async def test_p3_what_platforms_and_strangers_see_opens_to_no_person(
    tmp_path: Path, keystore: MemoryKeystore, monkeypatch: pytest.MonkeyPatch
):
    """Every sealed token that was made on the way is opened, as with the keys it can be."""
    plains: list[bytes] = []
    honest = Sealer.seal_token

    def overheard(sealer: Sealer, purpose: str, plain: bytes) -> str:
        plains.append(plain)
        return honest(sealer, purpose, plain)

    async with running(tmp_path, keystore=keystore, sandbox=False) as provider:
        citizen = await enrolled(provider)
        monkeypatch.setattr(Sealer, "seal_token", overheard)
        one, other = await Platform.register(provider), await Platform.register(provider)
        seen = [everything(answer) for answer in await journeys(citizen, one)]
        seen += [everything(answer) for answer in await journeys(citizen, other)]
        services = provider.services
        tags = {
            services.pseudonyms.tags(one.registered.client.sector, citizen.person_id)[0],
            services.pseudonyms.tags(other.registered.client.sector, citizen.person_id)[0],
            services.consents.tags(one.client_id, citizen.person_id)[0],
        }
    assert plains
    opened = [plain.decode() for plain in plains]
    assert all(isinstance(json.loads(plain), list) for plain in opened)
    assert found([*opened, *seen], spellings(citizen.person_id)) == set()
    told = {form for tag in tags for form in (tag.hex(), base64url.encode(tag))}
    assert found([*opened, *seen], told) == set()


async def test_p3_a_field_of_the_database_opens_from_nothing_that_leaves_the_provider(
    tmp_path: Path, keystore: MemoryKeystore
):
    """No answer, redirect, token or log carries a sealed field to open with the stolen keys."""
    sealers = [Sealer(keystore.secret(domain), SeededEntropy()) for domain in SecretDomain]
    async with running(tmp_path, keystore=keystore, sandbox=False) as provider:
        citizen = await enrolled(provider)
        platform = await Platform.register(provider)
        seen = [everything(answer) for answer in await journeys(citizen, platform)]
    for value in long_values("\n".join(seen)):
        for sealer in sealers:
            for table, column in (("people", "birth_date_sealed"), ("pseudonyms", "facts_sealed")):
                with pytest.raises(SealBroken):
                    sealer.open(value, table=table, column=column, row=citizen.person_id)


def long_values(text: str) -> Iterator[bytes]:
    """Whatever in a text could be bytes in base64url, long enough for a seal."""
    words = text.replace('"', " ").replace("=", " ").replace(".", " ").replace("&", " ").split()
    for word in words:
        try:
            value = base64url.decode(word)
        except ValueError:
            continue
        if len(value) >= 34:
            yield value
