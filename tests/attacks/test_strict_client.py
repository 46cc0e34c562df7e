"""What the FAPI 2.0 conformance modules try at the token endpoint, on one client each refuses.

Every try but those with the code itself leaves it as it was: an attacker who fails must not be able
to use up what belongs to somebody.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import pytest

from idp.protocol.client_authentication import ASSERTION_TYPE
from tests.support import assertions, pushing
from tests.support.browser_like import Answer, Browser
from tests.support.dpop import Holder
from tests.support.logins import Platform
from tests.support.provider import Provider

STRICT: Final = {
    "security_profile": "fapi2",
    "id_token_signed_response_alg": "ES256",
    "grant_types": ["authorization_code", "refresh_token"],
}
OFFLINE: Final = "openid offline_access"


@dataclass
class Attempt:
    """A right token request of one client, to be spoiled; `other` is another client's."""

    platform: Platform
    other: Platform
    holder: Holder
    form: dict[str, str]

    @classmethod
    async def ready(cls, provider: Provider) -> "Attempt":
        platform, other = [await assertions.register(provider, **STRICT) for _ in range(2)]
        return cls(platform, other, Holder(platform), {})

    async def asked(self, browser: Browser) -> None:
        """Log somebody in: there is a code."""
        uri = await pushing.request_uri(self.platform, scope=OFFLINE)
        back = await pushing.log_in(self.platform, browser, uri)
        self.form = self.platform.token_form(back.location_query["code"])

    def proved(self, platform: Platform | None = None, **changes: Any) -> dict[str, str]:
        """The form, with an assertion of a client."""
        proof = assertions.assertion(platform or self.platform, **changes)
        sent = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": proof}
        return self.form | sent

    def without(self, member: str) -> dict[str, str]:
        return {name: value for name, value in self.proved().items() if name != member}

    async def send(self, form: dict[str, str], *, proof: bool = True) -> Answer:
        headers = {"dpop": self.holder.proof("POST", "/token")} if proof else {}
        return await self.platform.at_token_endpoint(form, headers)

    @property
    def now(self) -> int:
        return self.platform.provider.clock.now()


@pytest.fixture
async def attempt(provider: Provider) -> Attempt:
    return await Attempt.ready(provider)


INVALID_GRANT: Final = (400, "invalid_grant")
INVALID_CLIENT: Final = (401, "invalid_client")
Spoiled = Callable[[Attempt], dict[str, str]]

SPOILED: dict[str, tuple[Spoiled, tuple[int, str]]] = {
    "no code_verifier": (lambda a: a.without("code_verifier"), INVALID_GRANT),
    "another code_verifier": (lambda a: a.proved() | {"code_verifier": "x" * 43}, INVALID_GRANT),
    "another client's assertion": (lambda a: a.proved(a.other), INVALID_GRANT),
    "another client's client_id": (
        lambda a: a.proved() | {"client_id": a.other.client_id},
        INVALID_CLIENT,
    ),
    "client_id instead of an assertion": (
        lambda a: a.form | {"client_id": a.platform.client_id},
        INVALID_CLIENT,
    ),
    "nothing instead of an assertion": (lambda a: a.form, INVALID_CLIENT),
    "an assertion without sub": (lambda a: a.proved(sub=None), INVALID_CLIENT),
    "an assertion that has ended": (lambda a: a.proved(exp=a.now - 300), INVALID_CLIENT),
    "an assertion for somebody else": (
        lambda a: a.proved(aud="https://somebody.example"),
        INVALID_CLIENT,
    ),
    "an assertion of in 70 seconds": (
        lambda a: a.proved(iat=a.now + 70, nbf=a.now + 70, exp=a.now + 130),
        INVALID_CLIENT,
    ),
}


@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.1", "RFC 6749 §5.2")
async def test_a_spoiled_token_request_is_refused_and_uses_nothing_up(
    attempt: Attempt, visitor: Browser
):
    await attempt.asked(visitor)
    for name, (spoil, expected) in SPOILED.items():
        answer = await attempt.send(spoil(attempt))
        assert (answer.status, answer.json()["error"]) == expected, name
    bare = await attempt.send(attempt.proved(), proof=False)
    assert (bare.status, bare.json()["error"]) == (400, "invalid_dpop_proof")
    soon = attempt.proved(iat=attempt.now + 8, nbf=attempt.now + 8)  # a clock that is fast
    assert (await attempt.send(soon)).status == 200


@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.2", "RFC 6749 §4.1.2")
async def test_a_code_that_comes_again_ends_what_it_was_given_for(
    attempt: Attempt, visitor: Browser
):
    await attempt.asked(visitor)
    tokens = (await attempt.send(attempt.proved())).json()
    assert (await attempt.holder.call(tokens["access_token"])).status == 200
    attempt.platform.provider.clock.advance(1)
    again = await attempt.send(attempt.proved())
    assert (again.status, again.json()["error"]) == INVALID_GRANT
    assert (await attempt.holder.call(tokens["access_token"])).status == 401


@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.1")
async def test_a_code_is_a_minute_old_at_most(attempt: Attempt, visitor: Browser):
    await attempt.asked(visitor)
    attempt.platform.provider.clock.advance(61)
    late = await attempt.send(attempt.proved())
    assert (late.status, late.json()["error"]) == INVALID_GRANT


@pytest.mark.spec("FAPI 2.0 Security Profile §5.3.2.1", "RFC 9449 §5")
async def test_a_refresh_wants_the_client_and_a_key_but_not_the_same_key(
    attempt: Attempt, visitor: Browser
):
    await attempt.asked(visitor)
    first = (await attempt.send(attempt.proved())).json()
    refresh = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    attempt.form = refresh | {"scope": OFFLINE}
    refused = {
        "no proof": (attempt.proved(), False, (400, "invalid_dpop_proof")),
        "no client": (attempt.form, True, INVALID_CLIENT),
        "another client": (attempt.proved(attempt.other), True, INVALID_GRANT),
    }
    for name, (form, proof, expected) in refused.items():
        answer = await attempt.send(form, proof=proof)
        assert (answer.status, answer.json()["error"]) == expected, name
    attempt.holder = Holder(attempt.platform)  # RFC 9449 §5: it is bound to the client
    renewed = (await attempt.send(attempt.proved())).json()
    assert renewed["token_type"] == "DPoP"
    assert renewed["refresh_token"] == first["refresh_token"]
    assert (await attempt.holder.call(renewed["access_token"])).status == 200
