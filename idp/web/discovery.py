"""Provider metadata and keys: ready bytes, made once for each set of algorithms."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.responses import Response
from starlette.routing import Route

from idp.protocol import discovery

if TYPE_CHECKING:
    from starlette.requests import Request

    from idp.web.site import Site

_METADATA_SECONDS = 3600
# Caches between us and platforms keep the JWKS no longer: many a platform counts its own time from
# when it fetched, whatever the answer's age was, and would have an older set for twice as long.
_SHARED_SECONDS = 60


def routes(site: Site) -> list[Route]:
    """Return the routes of this file; raises ValueError when the metadata has a fault."""
    ready: dict[tuple[str, ...], bytes] = {}

    def metadata() -> bytes:
        algorithms = site.services.keys.algorithms
        if algorithms not in ready:
            ready[algorithms] = json.dumps(_document(site, algorithms)).encode()
        return ready[algorithms]

    metadata()

    async def show_metadata(_request: Request) -> Response:
        headers = _public(_METADATA_SECONDS)
        return Response(metadata(), headers=headers, media_type="application/json")

    async def show_keys(_request: Request) -> Response:
        keys = site.services.keys
        headers = _public(keys.policy.jwks_max_age, shared=_SHARED_SECONDS)
        return Response(keys.served(), headers=headers, media_type="application/jwk-set+json")

    oauth = "/.well-known/oauth-authorization-server"
    path = urlsplit(site.issuer).path.rstrip("/")
    inserted = [Route(f"{oauth}{path}", show_metadata)] if path else []  # RFC 8414 §3.1
    return [
        Route("/.well-known/openid-configuration", show_metadata),
        Route(oauth, show_metadata),
        *inserted,
        Route("/jwks", show_keys),
    ]


def _document(site: Site, algorithms: tuple[str, ...]) -> dict[str, object]:
    return discovery.metadata(
        site.issuer,
        sandbox=site.services.sandbox is not None,
        hardware=site.services.passkeys.can_prove_hardware,
        registration=site.services.registration is not None,
        algorithms=algorithms,
    )


def keys_caching(max_age: int) -> str:
    """Return what the JWKS says of how long it may be kept: Cache-Control, in seconds."""
    return _public(max_age, shared=_SHARED_SECONDS)["Cache-Control"]


def _public(seconds: int, *, shared: int | None = None) -> dict[str, str]:
    for_shared = "" if shared is None else f", s-maxage={shared}"
    return {
        "Cache-Control": f"public, max-age={seconds}{for_shared}",
        "X-Content-Type-Options": "nosniff",
    }
