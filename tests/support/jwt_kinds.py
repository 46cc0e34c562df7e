"""One of each JWT that we issue or accept, each rightly somebody's, and the places that read one.

Whoever signs for themselves (client, holder of a proof, authority, upstream) signs by one and the
same key, and we by ours: what keeps the kinds apart must not be that their keys differ.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlencode

from idp.protocol import upstream
from idp.protocol.client_authentication import ASSERTION_TYPE
from idp.protocol.jose import PublicKeys
from tests.support import assertions, pushing, signed_requests
from tests.support.dpop import Holder as KeyHolder
from tests.support.dpop import Prover
from tests.support.hostile_tokens import Good
from tests.support.jwt import at_once, jwks, key, parts, signed
from tests.support.listening import everything_told
from tests.support.meter import Meter
from tests.support.platforms import Holder
from tests.support.registering import Registrant
from tests.support.registrants import statement
from tests.support.resources import SANDBOX_SCOPE, SIGNED, Api, own_token

if TYPE_CHECKING:
    from tests.support.browser_like import Answer, Browser
    from tests.support.internet import Internet
    from tests.support.logins import Platform
    from tests.support.provider import Provider

UPSTREAM: Final = "https://upstream.example"
CALLED: Final = "us at the upstream"
NONCE: Final = "a nonce of ours"
WRITTEN: Final = "https://shop.example/request.jwt"
CALLBACK: Final = "https://shop.example/callback"
OURS: Final = (
    "id_token_rs256",
    "id_token_es256",
    "access_token",
    "bound_token",
    "sandbox_token",
    "bound_sandbox_token",
    "api_token",
    "program_token",
    "signed_userinfo",
    "introspection",
    "logout_token",
    "consent_receipt",
)
THEIRS: Final = (
    "client_assertion",
    "request_object",
    "dpop_proof",
    "software_statement",
    "upstream_id_token",
    "assertion_to_upstream",
)
OPAQUE: Final = ("code", "refresh_token", "registration_token", "request_uri", "interaction")
JWTS: Final = (*OURS, *THEIRS)
KINDS: Final = (*JWTS, *OPAQUE)


@dataclass
class Scene:
    """A client that may do everything, an API, and a person who allowed it all and stays."""

    provider: Provider
    internet: Internet
    platform: Platform
    api: Api
    visitor: Browser
    texts: dict[str, str] = field(default_factory=dict)
    registration: dict[str, Any] = field(default_factory=dict)

    @classmethod
    async def made(cls, provider: Provider, internet: Internet) -> Scene:
        api = await Api.offered(provider)
        heard = internet.serve("https://shop.example/logout")
        platform = await assertions.register(
            provider,
            userinfo_signed_response_alg="ES256",
            scope=f"openid offline_access {SANDBOX_SCOPE} {api.read}",
            grant_types=["authorization_code", "refresh_token"],
            request_uris=[WRITTEN],
            backchannel_logout_uri=heard,
        )
        scene = cls(provider, internet, platform, api, provider.browser())
        await scene._our_own()
        await scene._of_others()
        return scene

    async def _our_own(self) -> None:
        texts, platform = self.texts, self.platform
        leaving = self.provider.browser()
        await platform.code(leaving)
        page = await leaving.get("/signout")
        await leaving.post("/signout", page.form("/signout"))
        await everything_told(self.provider)
        texts["logout_token"] = self.internet.asked[-1].form["logout_token"]
        tokens = await self.tokens(scope="openid offline_access")
        texts["refresh_token"] = tokens["refresh_token"]
        tokens = await self.tokens()
        texts["id_token_rs256"] = tokens["id_token"]
        texts["id_token_es256"] = signed(self.our("ES256"), parts(tokens["id_token"])[1])
        texts["access_token"] = tokens["access_token"]
        texts["signed_userinfo"] = (await platform.userinfo(tokens["access_token"])).text
        texts["bound_token"] = (await self.tokens(bound=True))["access_token"]
        texts["sandbox_token"] = (await self.tokens(scope=SANDBOX_SCOPE))["access_token"]
        found = await self.tokens(scope=SANDBOX_SCOPE, bound=True)
        texts["bound_sandbox_token"] = found["access_token"]
        texts["api_token"] = (await self.tokens(scope=self.api.read))["access_token"]
        program = await own_token(await self.api.program(), scope=self.api.read)
        texts["program_token"] = program.json()["access_token"]
        answer = await self.api.introspect(texts["api_token"], accept=SIGNED)
        texts["introspection"] = answer.text
        receipt = await Holder(self.provider, self.visitor).receipt(platform)
        texts["consent_receipt"] = receipt["jws"]

    async def _of_others(self) -> None:
        texts, now = self.texts, self.provider.clock.now()
        registrant = Registrant(self.provider, self.internet)
        self.registration = await registrant.registered()
        texts["registration_token"] = self.registration["registration_access_token"]
        texts["interaction"] = await self.interaction()
        about = {"iss": UPSTREAM, "sub": "somebody", "aud": CALLED, "nonce": NONCE}
        texts["upstream_id_token"] = signed(key(), about | {"iat": now, "exp": now + 600})
        ours = {"iss": CALLED, "sub": CALLED, "aud": UPSTREAM, "jti": "x"}
        texts["assertion_to_upstream"] = signed(key(), ours | {"iat": now, "exp": now + 60})

    @property
    def meter(self) -> Meter:
        """What counts the requests of all this."""
        assert isinstance(self.provider.app, Meter)
        return self.provider.app

    async def renewed(self) -> None:
        """Have everything anew: time has passed."""
        await self._our_own()
        await self._of_others()

    def our(self, alg: str) -> Any:
        """Our own signing key of this algorithm."""
        return next(one for one in self.provider.parts.keystore.signers() if one.alg == alg)

    def holder(self) -> KeyHolder:
        """A holder of the one key that everybody here signs by."""
        prover = Prover()
        prover.jwk = {name: key().public_jwk[name] for name in ("kty", "crv", "x", "y")}
        prover.sign = at_once(key())
        return KeyHolder(self.platform, prover)

    async def interaction(self) -> str:
        page = await self.platform.ask(self.provider.browser())
        return page.form("/signin/persona")["interaction"]

    async def code(self, **asked: str) -> str:
        return await self.platform.code(self.visitor, remember=True, **asked)

    async def post(
        self, path: str, form: dict[str, str], headers: dict[str, str] | None = None
    ) -> Answer:
        """Send a form as this client."""
        proof = assertions.assertion(self.platform)
        sent = {"client_assertion_type": ASSERTION_TYPE, "client_assertion": proof} | form
        return await self.provider.browser().post(path, sent, headers=headers)

    async def tokens(self, *, bound: bool = False, **asked: str) -> dict[str, Any]:
        form = self.platform.token_form(await self.code(**asked))
        headers = {"dpop": self.holder().proof("POST", "/token")} if bound else None
        answer = await self.post("/token", form, headers)
        assert answer.status == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def text(self, kind: str) -> str:
        """One of this kind; a new one, where it may be used once only."""
        if kind == "code":
            return await self.code()
        if kind == "request_uri":
            answer = await pushing.push(self.platform)
            return str(answer.json()["request_uri"])
        made = {
            "client_assertion": lambda: assertions.assertion(self.platform),
            "request_object": lambda: signed_requests.request_object(self.platform),
            "dpop_proof": lambda: self.holder().proof("POST", "/nowhere"),
            "software_statement": lambda: statement(self.provider, key()),
        }
        return made[kind]() if kind in made else self.texts[kind]

    async def good(self, kind: str) -> Good:
        """A JWT of this kind, and the key that signs such."""
        text = await self.text(kind)
        alg = str(parts(text)[0]["alg"])
        return Good(text, self.our(alg) if kind in OURS else key())

    def authorize(self, **query: str) -> str:
        return f"/authorize?{urlencode({'client_id': self.platform.client_id} | query)}"

    def upstream_says(self, token: str) -> bool:
        """What our own client of another provider makes of a text in place of its ID token."""
        now = self.provider.clock.now()
        expected = upstream.Expected(UPSTREAM, CALLED, NONCE, "ES256", now)
        try:
            upstream.check_id_token(token, PublicKeys(jwks(key())), expected)
        except upstream.UpstreamRefused:
            return False
        return True
