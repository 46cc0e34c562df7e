"""Subject confusion (RFC 9068 §5): a program whose own token passes for a person's."""

import pytest

from idp.domain import network_id
from idp.protocol.client_metadata import MetadataRefused
from tests.support.browser_like import Browser
from tests.support.jwt import parts, signed
from tests.support.provider import Provider
from tests.support.resources import Api, ask, own_token

VICTIM = "BY7Q2YWSGQNFEDCVVCMN1XMFN"


@pytest.mark.spec("RFC 9068 §5")
@pytest.mark.parametrize(
    "client_id",
    [VICTIM, VICTIM.lower(), network_id.display(VICTIM), VICTIM.replace("1", "i"), "0" * 25],
)
async def test_no_client_is_called_like_a_person(provider: Provider, client_id: str):
    document = {
        "client_name": "Thief",
        "platform": "thief",
        "grant_types": ["client_credentials"],
        "scope": "sandbox:read",
    }
    with pytest.raises(MetadataRefused, match="network ID"):
        await provider.services.clients.add(document, client_id=client_id)


async def test_a_programs_token_says_that_it_is_about_the_program(
    provider: Provider, visitor: Browser
):
    """`sub` equals `client_id` there, and never where a person is meant."""
    api = await Api.offered(provider)
    program = (await own_token(await api.program(), scope=api.read)).json()["access_token"]
    person = (await (await api.user()).tokens(visitor, scope=api.read))["access_token"]
    for token, is_program in ((program, True), (person, False)):
        told = (await ask(api, token)).json()
        assert (told["sub"] == told["client_id"]) is is_program
        assert network_id.looks_like_one(told["sub"]) is not is_program


async def test_a_programs_token_has_no_person_even_were_we_to_sign_one(
    provider: Provider, visitor: Browser
):
    """Without a grant, a `sub` that is not the client is refused; with a grant, one that is."""
    api = await Api.offered(provider)
    shop = await api.user()
    program = (await own_token(await api.program(), scope=api.read)).json()["access_token"]
    person = (await shop.tokens(visitor, scope=api.read))["access_token"]
    ours = next(s for s in provider.parts.keystore.signers() if s.alg == "ES256")
    header, of_program = parts(program)
    _, of_person = parts(person)
    crossed = (
        of_program | {"sub": of_person["sub"]},
        of_person | {"sub": shop.client_id},
        of_person | {"jti": of_program["jti"]},
        of_program | {"jti": of_person["jti"]},
    )
    for claims in crossed:
        assert (await ask(api, signed(ours, claims, **header))).json() == {"active": False}
