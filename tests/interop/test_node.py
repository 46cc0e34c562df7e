"""openid-client for Node, as its manual shows it, against the running provider."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey

from idp.domain import network_id
from tests.support.by_http import Person
from tests.support.live_demo import LiveDemo

HERE = Path(__file__).parent / "node"
CALLBACK = "https://platform.example/callback"
AFTERWARDS = "https://platform.example/signed-out"


class Platform:
    """The process of a platform: hears and tells one JSON value a line."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def hear(self, **values: Any) -> Any:
        """Tell it something and return what it says to that."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(values).encode() + b"\n")
        line = await self._process.stdout.readline()
        if not line:
            assert self._process.stderr
            raise AssertionError((await self._process.stderr.read()).decode())
        return json.loads(line)


@asynccontextmanager
async def platform() -> AsyncIterator[Platform]:
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        "node", "client.mjs", cwd=HERE, stdin=pipe, stdout=pipe, stderr=pipe
    )
    try:
        yield Platform(process)
    finally:
        if process.returncode is None:
            process.kill()
        await process.wait()


def registered(demo: LiveDemo, **metadata: Any) -> dict[str, Any]:
    return demo.add_client(
        client_name="A platform of Node",
        redirect_uris=[CALLBACK],
        post_logout_redirect_uris=[AFTERWARDS],
        grant_types=["authorization_code", "refresh_token"],
        scope="openid age offline_access",
        **metadata,
    )


async def lived(demo: LiveDemo, client: dict[str, Any], **more: Any) -> dict[str, Any]:
    """Sign in, ask, refresh, give back, sign out; return what the platform got of it."""
    given = {
        "issuer": demo.issuer,
        "client_id": client["client_id"],
        "redirect_uri": CALLBACK,
        "post_logout_redirect_uri": AFTERWARDS,
        "scope": "openid age offline_access",
    }
    async with platform() as at, Person(demo.issuer, "adult") as person:
        away = await at.hear(**given, **more)
        back = await person.open(away["url"])
        got: dict[str, Any] = await at.hear(url=back)
        got["afterwards"] = await person.open(got["logout"])
    return got


def check(got: dict[str, Any]) -> None:
    assert network_id.parse(got["claims"]["sub"]) == got["userinfo"]["sub"]
    assert got["userinfo"]["age_over_18"] is True
    assert got["later"] == got["userinfo"]
    assert got["ended"] == "invalid_grant"
    assert got["afterwards"] == f"{AFTERWARDS}?state=signed-out"


@pytest.mark.spec("OpenID Connect Core 1.0 §12")
@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §2")
async def test_a_node_platform_signs_in_refreshes_gives_back_and_signs_out(demo: LiveDemo):
    client = registered(demo)
    got = await lived(demo, client, client_secret=client["client_secret"])
    check(got)
    assert got["type"] == "bearer"


@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.2")
async def test_a_node_platform_of_the_strict_profile_pushes_and_proves_possession(
    demo: LiveDemo,
):
    key = ECKey.generate_key("P-256", {"alg": "ES256", "use": "sig"}, auto_kid=True)
    client = registered(
        demo,
        security_profile="fapi2",
        token_endpoint_auth_method="private_key_jwt",
        id_token_signed_response_alg="ES256",
        jwks={"keys": [key.as_dict(private=False)]},
    )
    got = await lived(demo, client, key=key.as_dict(private=True))
    check(got)
    assert got["type"] == "dpop"
