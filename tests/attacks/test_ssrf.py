"""Server-side request forgery: an address that somebody wrote down leads us nowhere inside.

One table of hostile addresses, run at every sink. A sink takes a provider and an address, and tells
whether the provider took what it found there. Add one by one line in `SINKS`, with an answer that
it takes: otherwise nobody would see it refuse for another reason.
"""

import json
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from idp.domain.session import Visit
from idp.outbound import OutboundRefused
from idp.protocol.client_metadata import MetadataRefused
from tests.support import assertions
from tests.support.internet import PUBLIC, Internet, Page
from tests.support.jwt import jwks, key
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.registering import ORDINARY, Registrant

Sink = Callable[[Provider, str], Awaitable[bool]]
HOST = "platform.example"
# Nothing may be sent at all: neither to these addresses, nor to where these names lead.
ADDRESSES = (
    *("http://platform.example/a", "https://127.0.0.1/a", "https://[::1]/a", "https://localhost/a"),
    *("https://2130706433/a", "https://0177.0.0.1/a", "https://0x7f.1/a", "https://10.0.0.1/a"),
    *("https://[::ffff:10.0.0.1]/a", "https://[64:ff9b::a00:1]/a", "https://[2002:a00:1::]/a"),
    *("https://localhost./a", "https://platform.example./a", "https://intranet/a"),
    *("https://platform.example@10.0.0.1/a", "https://platform.example:22/a"),
    *("https://169.254.169.254/latest/meta-data/", "file:///a", "gopher://platform.example/a"),
)
LEADS_TO = (
    *("127.0.0.1", "10.0.0.1", "172.16.0.1", "192.168.0.1", "169.254.169.254", "100.64.0.1"),
    *("0.0.0.0", "::1", "::", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::1", "fc00::1"),  # noqa: S104 - an address to refuse
    *("fe80::1%eth0", "2001:0:a00:1::1", "ff02::1", "168.63.129.16"),
)
ANSWERS = {
    "redirect": Page(status=302, headers={"location": "https://127.0.0.1/a"}),
    "permanent": Page(status=308, headers={"location": "http://169.254.169.254/a"}),
    "packed": Page(b"\x1f\x8b", headers={"content-encoding": "gzip"}),
    "large": Page(b" " * 70_000),
    "missing": Page(status=404),
    "broken": Page(status=500),
}


async def get(provider: Provider, url: str) -> bool:
    found = await provider.parts.outbound.get(url, accept="application/json")
    return found.status == 200


async def post_form(provider: Provider, url: str) -> bool:
    return await provider.parts.outbound.post_form(url, {}) == 200


async def logout_uri(provider: Provider, url: str) -> bool:
    """What may not even be registered counts as not taken."""
    try:
        platform = await Platform.register(provider, backchannel_logout_uri=url)
    except MetadataRefused:
        return False
    logouts = provider.services.logouts
    async with provider.parts.database.transaction() as transaction:
        await logouts.put(
            transaction, [Visit(platform.client_id, "sid")], at_once=[platform.client_id]
        )
    return await logouts.deliver() == []


async def jwks_uri(provider: Provider, url: str) -> bool:
    """The provider believes whoever has a key that it found there."""
    platform = await assertions.register(provider, jwks=None, jwks_uri=url)
    proof = assertions.with_assertion(platform, assertions.assertion(platform))
    answer = await platform.at_token_endpoint(proof)
    return bool(answer.json()["error"] == "invalid_grant")


async def registered(provider: Provider, **metadata: str) -> bool:
    answer = await Registrant(provider, Internet()).register(**metadata)
    assert answer.status in {201, 400}
    return answer.status == 201


async def sector_identifier_uri(provider: Provider, url: str) -> bool:
    return await registered(provider, sector_identifier_uri=url)


async def logo_uri(provider: Provider, url: str) -> bool:
    return await registered(provider, logo_uri=url)


SINKS: dict[str, tuple[Sink, Page]] = {
    "get": (get, Page(b"{}")),
    "post_form": (post_form, Page()),
    "logout_uri": (logout_uri, Page()),
    "jwks_uri": (jwks_uri, Page(json.dumps(jwks(key())).encode())),
    "sector_identifier_uri": (
        sector_identifier_uri,
        Page(json.dumps(ORDINARY["redirect_uris"]).encode()),
    ),
    "logo_uri": (logo_uri, Page(b"\x89PNG\r\n\x1a\n picture")),
}
READ_NO_ANSWER = {"post_form", "logout_uri"}  # sinks that take a status alone


async def taken(name: str, provider: Provider, url: str) -> bool:
    try:
        return await SINKS[name][0](provider, url)
    except (OutboundRefused, MetadataRefused):
        return False


@pytest.mark.parametrize("name", SINKS)
async def test_no_sink_sends_anything_inside(name: str, tmp_path: Path):
    internet = Internet()
    async with running(tmp_path, internet=internet, registration="open") as provider:
        for address in ADDRESSES:
            assert not await taken(name, provider, address), address
        assert internet.asked == []
        url = internet.answer(f"https://{HOST}/a", SINKS[name][1])
        for private in LEADS_TO:
            for leads_to in ([private], [PUBLIC, private], [private, PUBLIC]):
                internet.names[HOST] = leads_to
                assert not await taken(name, provider, url), leads_to
        assert internet.asked == []


@pytest.mark.parametrize("name", SINKS)
async def test_no_sink_follows_unpacks_or_reads_on(name: str, tmp_path: Path):
    internet = Internet()
    url = f"https://{HOST}/a"
    async with running(tmp_path, internet=internet, registration="open") as provider:
        for answer, page in ANSWERS.items():
            if name in READ_NO_ANSWER and answer in {"packed", "large"}:
                continue
            internet.asked.clear()
            internet.answer(url, page)
            assert not await taken(name, provider, url), answer
            assert {asked.address for asked in internet.asked} == {PUBLIC}, answer


@pytest.mark.parametrize("name", SINKS)
async def test_no_sink_asks_for_a_name_twice(name: str, tmp_path: Path):
    internet = Internet()
    url = internet.answer(f"https://{HOST}/a", SINKS[name][1])
    async with running(tmp_path, internet=internet, registration="open") as provider:
        assert await taken(name, provider, url)
        assert internet.resolved.count(HOST) == len(internet.asked) == 1
