"""Every place that reads a JWT, or a text that one could stand for: what it takes there is said."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tests.support.jwt import jwks, key
from tests.support.jwt_kinds import OURS, WRITTEN, Scene
from tests.support.meter import Meter
from tests.support.provider import running
from tests.support.registering import ORDINARY, Registrant, bearer
from tests.support.registrants import TRUSTED

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable
    from pathlib import Path

    from tests.support.browser_like import Answer
    from tests.support.internet import Internet

    Reading = Callable[[Scene, str], Awaitable[bool]]

HINTS: Final = frozenset({"id_token_rs256", "id_token_es256"})
REVOCABLE: Final = (*(kind for kind in OURS if kind.endswith("_token")), "refresh_token")


@dataclass(frozen=True)
class Sink:
    """A place: which kinds it takes, and how to see whether it took a text.

    `spoils` says that what it takes is gone then.
    """

    takes: frozenset[str]
    took: Reading
    spoils: bool = False


def ok(answer: Answer) -> bool:
    return answer.status in {200, 201}


def proves(answer: Answer) -> bool:
    """The client was believed, whatever else was wrong: its code was none."""
    return ok(answer) or (answer.status == 400 and answer.json()["error"] == "invalid_grant")


async def userinfo_by_header(scene: Scene, text: str) -> bool:
    return ok(await scene.provider.browser().get("/userinfo", bearer(text)))


async def userinfo_by_form(scene: Scene, text: str) -> bool:
    return ok(await scene.provider.browser().post("/userinfo", {"access_token": text}))


async def sandbox(scene: Scene, text: str) -> bool:
    return ok(await scene.provider.browser().get("/sandbox/resource", bearer(text)))


def with_proof(path: str) -> Reading:
    async def took(scene: Scene, text: str) -> bool:
        return ok(await scene.holder().call(text, path))

    return took


def proof_beside(path: str, kind: str) -> Reading:
    """The DPoP header of a resource, beside a token that is bound to the right key."""

    async def took(scene: Scene, text: str) -> bool:
        headers = {"authorization": f"DPoP {scene.texts[kind]}", "dpop": text}
        return ok(await scene.provider.browser().get(path, headers))

    return took


async def proof_at_token(scene: Scene, text: str) -> bool:
    form = scene.platform.token_form("no code")
    return proves(await scene.post("/token", form, {"dpop": text}))


async def proof_at_par(scene: Scene, text: str) -> bool:
    return ok(await scene.post("/par", scene.platform.request(), {"dpop": text}))


async def introspect(scene: Scene, text: str) -> bool:
    answer = await scene.api.introspect(text)
    return ok(answer) and bool(answer.json()["active"])


async def revoke(scene: Scene, text: str) -> bool:
    """It took a text if something ended; that it has nothing to end is answered alike."""
    before = await alive(scene)
    await scene.post("/revoke", {"token": text})
    return await alive(scene) != before


async def alive(scene: Scene) -> set[str]:
    readers: dict[str, Reading] = {
        "access_token": userinfo_by_header,
        "bound_token": with_proof("/userinfo"),
        "sandbox_token": sandbox,
        "bound_sandbox_token": with_proof("/sandbox/resource"),
        "api_token": introspect,
        "program_token": introspect,
        "refresh_token": refreshes,
    }
    return {kind for kind, took in readers.items() if await took(scene, scene.texts[kind])}


async def refreshes(scene: Scene, text: str) -> bool:
    """Tell whether a refresh token works, without using it."""
    form = {"grant_type": "refresh_token", "refresh_token": text, "scope": "more than granted"}
    return bool((await scene.post("/token", form)).json()["error"] == "invalid_scope")


async def hint_at_authorize(scene: Scene, text: str) -> bool:
    answer = await scene.visitor.get(scene.platform.address(id_token_hint=text))
    return not (answer.status >= 400 or "error=" in answer.location)


async def hint_at_logout(scene: Scene, text: str) -> bool:
    answer = await scene.provider.browser().post("/logout", {"id_token_hint": text})
    return answer.status == 303


def assertion_at(path: str, more: dict[str, str]) -> Reading:
    async def took(scene: Scene, text: str) -> bool:
        form = scene.platform.request() if path == "/par" else more
        return proves(await scene.post(path, form | {"client_assertion": text}))

    return took


async def request_at_authorize(scene: Scene, text: str) -> bool:
    browser = scene.provider.browser()
    answer = await browser.follow(await browser.get(scene.authorize(request=text)))
    return answer.status == 200


async def request_at_par(scene: Scene, text: str) -> bool:
    form = {"client_id": scene.platform.client_id, "request": text}
    return ok(await scene.post("/par", form))


async def request_by_address(scene: Scene, text: str) -> bool:
    served = text.encode("utf-8", "replace")
    scene.internet.serve(WRITTEN, served, content_type="application/oauth-authz-req+jwt")
    browser = scene.provider.browser()
    answer = await browser.follow(await browser.get(scene.authorize(request_uri=WRITTEN)))
    return answer.status == 200


async def pushed_request(scene: Scene, text: str) -> bool:
    browser = scene.provider.browser()
    answer = await browser.follow(await browser.get(scene.authorize(request_uri=text)))
    return answer.status == 200


async def statement(scene: Scene, text: str) -> bool:
    registrant = Registrant(scene.provider, scene.internet)
    return ok(await registrant.register(**ORDINARY, software_statement=text))


async def registration_token(scene: Scene, text: str) -> bool:
    url = scene.registration["registration_client_uri"]
    return ok(await scene.provider.browser().get(url, bearer(text)))


async def invitation(scene: Scene, text: str) -> bool:
    return ok(await Registrant(scene.provider, scene.internet).register(text))


async def code(scene: Scene, text: str) -> bool:
    return ok(await scene.post("/token", scene.platform.token_form(text)))


async def refresh_token(scene: Scene, text: str) -> bool:
    form = {"grant_type": "refresh_token", "refresh_token": text}
    return ok(await scene.post("/token", form))


async def interaction(scene: Scene, text: str) -> bool:
    answer = await scene.provider.browser().get(f"/continue?interaction={text}")
    return answer.status == 303


async def upstream_id_token(scene: Scene, text: str) -> bool:
    return scene.upstream_says(text)


def _takes(took: Reading, *kinds: str, spoils: bool = False) -> Sink:
    return Sink(frozenset(kinds), took, spoils)


_NO_CODE: Final = {"grant_type": "authorization_code", "code": "none", "redirect_uri": "x"}
SINKS: Final[dict[str, Sink]] = {
    "userinfo": _takes(userinfo_by_header, "access_token"),
    "userinfo, in a form": _takes(userinfo_by_form, "access_token"),
    "userinfo, DPoP": _takes(with_proof("/userinfo"), "bound_token"),
    "resource": _takes(sandbox, "sandbox_token"),
    "resource, DPoP": _takes(with_proof("/sandbox/resource"), "bound_sandbox_token"),
    "introspected": _takes(introspect, "api_token", "program_token"),
    "hint at /authorize": _takes(hint_at_authorize, *HINTS),
    "hint at /logout": _takes(hint_at_logout, *HINTS),
    "assertion at /token": _takes(assertion_at("/token", _NO_CODE), "client_assertion"),
    "assertion at /par": _takes(assertion_at("/par", {}), "client_assertion"),
    "assertion at /revoke": _takes(assertion_at("/revoke", {"token": "x"}), "client_assertion"),
    "assertion at /introspect": _takes(
        assertion_at("/introspect", {"token": "x"}), "client_assertion"
    ),
    "request at /authorize": _takes(request_at_authorize, "request_object"),
    "request at /par": _takes(request_at_par, "request_object"),
    "request by its address": _takes(request_by_address, "request_object"),
    "pushed request": _takes(pushed_request, "request_uri"),
    "statement at /register": _takes(statement, "software_statement"),
    "token of a registration": _takes(registration_token, "registration_token"),
    "token to register": _takes(invitation),
    "proof at /token": _takes(proof_at_token, "dpop_proof"),
    "proof at /par": _takes(proof_at_par, "dpop_proof"),
    "proof at /userinfo": _takes(proof_beside("/userinfo", "bound_token"), "dpop_proof"),
    "proof at the resource": _takes(
        proof_beside("/sandbox/resource", "bound_sandbox_token"), "dpop_proof"
    ),
    "code": _takes(code, "code"),
    "interaction": _takes(interaction, "interaction"),
    "ID token of another provider": _takes(upstream_id_token, "upstream_id_token"),
    "refresh token": _takes(refresh_token, "refresh_token"),
    "revoked": Sink(frozenset(REVOCABLE) - {"program_token", "logout_token"}, revoke, spoils=True),
}
_PROOFS: Final = {
    "proof at /token": ("POST", "/token", None),
    "proof at /par": ("POST", "/par", None),
    "proof at /userinfo": ("GET", "/userinfo", "bound_token"),
    "proof at the resource": ("GET", "/sandbox/resource", "bound_sandbox_token"),
}


async def right(scene: Scene, sink: str, kind: str) -> str:
    """A text of this kind that is right at this place, where it is: a proof names the place."""
    if kind == "dpop_proof" and sink in _PROOFS:
        method, path, token = _PROOFS[sink]
        return scene.holder().proof(method, path, scene.texts[token] if token else None)
    return await scene.text(kind)


@asynccontextmanager
async def scene_of(folder: Path, internet: Internet) -> AsyncIterator[Scene]:
    """An open sandbox that trusts the statements of the one key, and the scene in it."""
    issuers = folder / "issuers.json"
    issuers.write_text(json.dumps([{"issuer": TRUSTED, "jwks": jwks(key())}]), encoding="utf-8")
    async with running(
        folder, internet=internet, registration="open", statement_issuers_file=issuers
    ) as provider:
        metered = replace(provider, app=Meter(provider.app))
        yield await Scene.made(metered, internet)


# What is no lie at a place. Access tokens of ours have no nbf. A hint may be as old as it likes,
# and an empty one is none. A type is optional where a standard says so. Without `aud` and `iss` a
# request object is still its client's (RFC 9101 §4), and a list may name us among others there. A
# proof's key is in its header, and its holder may take another, but not for a token that is bound.
_NO_NBF: Final = frozenset({"nbf to come", "nbf text"})
_ANY_AGE: Final = _NO_NBF | {
    "cut at 0",
    *(f"exp {lie}" for lie in ("a list", "negative", "text", "true", "zero")),
    *(f"iat {lie}" for lie in ("text", "to come", "true")),
}
_ANY_TYPE: Final = frozenset({"typ JWT", "typ missing"})
_LOOSE: Final = _ANY_TYPE | {
    "aud a list",
    "aud a list with another",
    "aud missing",
    "iss missing",
}
_ANY_KID: Final = frozenset(
    {
        "kid a path",
        "kid a statement",
        "kid of nobody",
        "kid with NUL",
    }
)
_ANY_KEY: Final = _ANY_KID | {"embedded jwk", "embedded jwk by the right kid"}
LENIENT: Final[dict[str, frozenset[str]]] = {
    **dict.fromkeys(("userinfo", "userinfo, in a form", "userinfo, DPoP"), _NO_NBF),
    **dict.fromkeys(("resource", "resource, DPoP", "introspected"), _NO_NBF),
    **dict.fromkeys(("hint at /authorize", "hint at /logout"), _ANY_AGE),
    **dict.fromkeys((sink for sink in SINKS if sink.startswith("assertion")), _ANY_TYPE),
    **dict.fromkeys((sink for sink in SINKS if sink.startswith("request ")), _LOOSE),
    **dict.fromkeys(("proof at /token", "proof at /par"), _ANY_KEY),
    **dict.fromkeys(("proof at /userinfo", "proof at the resource"), _ANY_KID),
    "ID token of another provider": frozenset({"aud a list", "typ missing"}),
}
