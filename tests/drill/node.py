"""One server process of a drill, or one command of its operator: the product by a fast clock.

``python -m tests.drill.node HOME KILLS serve PORT`` and ``… revoke KID``, or ``… revoke ALG`` for
the key that signs, as soon as platforms know another.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from msgspec.structs import replace

from idp.app import build, build_services, open_keystore, parts_of
from idp.domain.signing_key import ALGORITHMS, KeyState
from idp.observability import write_to_stderr
from idp.settings import load
from tests.drill.fast import FastClock, hurry
from tests.drill.kills import POINTS, REVOCATION, watch

if TYPE_CHECKING:
    from idp.app import Parts
    from idp.web.site import Services

_LOOK_SECONDS = 0.1


def parts_by(clock: FastClock, home: Path) -> Parts:
    settings = load(home)
    return replace(parts_of(settings, open_keystore(settings)), clock=clock)


def serve(parts: Parts, port: int) -> None:
    write_to_stderr()
    config = uvicorn.Config(build(parts), port=port, log_level="error", lifespan="on")
    uvicorn.Server(config).run()


async def ready(services: Services, alg: str) -> str:
    while True:
        for key in await services.key_lives.everyone():
            if key.alg == alg and key.state is KeyState.ACTIVE:
                plan = await services.compromise.plan(key.kid)
                if not plan.makes_one and plan.fails_until is None:
                    return key.kid
        await asyncio.sleep(_LOOK_SECONDS)


async def revoke(parts: Parts, which: str) -> None:
    async with parts.opened():
        services = build_services(parts)
        kid = await ready(services, which) if which in ALGORITHMS else which
        plan = await services.compromise.plan(kid, since=parts.clock.now())
        await services.compromise.revoke(plan)
        await services.given.end(plan.since, lambda _: None)


def main() -> None:
    home, kills, what, which = sys.argv[1:]
    clock = FastClock.of_environment()
    hurry(clock)
    watch(Path(kills), POINTS if what == "serve" else REVOCATION)
    parts = parts_by(clock, Path(home))
    if what == "serve":
        serve(parts, int(which))
    else:
        asyncio.run(revoke(parts, which))


if __name__ == "__main__":
    main()
