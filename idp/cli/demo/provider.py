"""The demo's provider: makes the instance, registers the platforms, tells of them, serves.

A process of its own, so that the seconds that its parts take to load pass once.
"""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from idp.app import SystemEntropy, build_services, open_keystore, parts_of
from idp.cli import migrating
from idp.cli.demo import developer
from idp.cli.demo.mark import alone_in, is_kept, write_ports
from idp.cli.demo.order import Answer, Order, failure_line
from idp.cli.demo.platforms import PLATFORMS
from idp.cli.ending import end_in_order
from idp.cli.failure import ExitCode, Failure, mistake
from idp.cli.instance import one_line, settings_of
from idp.cli.making import Plan, make
from idp.cli.serving import Wishes, serve
from idp.cli.settings_file import write_settings
from idp.domain import base64url
from idp.services.sandbox import Sandbox
from idp.settings import SETTINGS_FILE

if TYPE_CHECKING:
    from idp.cli.demo.platforms import DemoPlatform
    from idp.services.clients import Clients
    from idp.settings import Settings

_SECRET_BYTES = 32
_PRACTICE = {"IDP_SANDBOX": "true", "IDP_REGISTRATION": "open"}
_GRACE_SECONDS = 2


def main(arguments: list[str]) -> int:
    """Run by ``python -m`` with an order, ``--fd`` and a listening socket; return an exit code."""
    os.umask(0o077)
    end_in_order()
    order, descriptor = Order.read(arguments[0]), int(arguments[2])
    try:
        with alone_in(Path(order.folder)):
            return _provide(order, descriptor)
    except Failure as failure:
        return _give_up(failure)
    except Exception as error:  # noqa: BLE001  # a traceback may hold a secret
        return _give_up(mistake(error))


def _provide(order: Order, descriptor: int) -> int:
    settings = _instance(order)
    _tell(asyncio.run(_answer(settings, order)).line())
    wishes = Wishes(
        settings.home, workers=1, descriptor=descriptor, graceful_seconds=_GRACE_SECONDS
    )
    serve(wishes)
    return ExitCode.DONE


def _instance(order: Order) -> Settings:
    """Make the instance, or bring a kept one up to date."""
    folder = Path(order.folder)
    more = _PRACTICE | {"IDP_OUTBOUND_ALLOW": order.listeners}
    plan = Plan(folder, order.issuer, order.ports["provider"], more=more)
    if is_kept(folder):
        write_settings(folder / SETTINGS_FILE, plan.settings())
        migrating.migrate(settings_of(folder))
    else:
        make(plan)
    write_ports(folder, order.ports)
    return settings_of(folder)


async def _answer(settings: Settings, order: Order) -> Answer:
    with one_line():
        parts = parts_of(settings, open_keystore(settings))
        async with parts.opened():
            clients = build_services(parts).clients
            environments = {
                platform.program: await _register(clients, platform, order)
                for platform in PLATFORMS
            }
            secret = await developer.register(clients, Path(order.folder))
    personas = [{"id": one.id, "label": one.label} for one in Sandbox.personas]
    return Answer(environments, developer.environment(order.issuer, secret), personas)


async def _register(clients: Clients, platform: DemoPlatform, order: Order) -> dict[str, str]:
    """Register a platform at its address of today, in place of one of before."""
    url = order.url(platform.program)
    await clients.remove(platform.client_id)
    registered = await clients.add(
        platform.document(url), client_id=platform.client_id, logo=platform.logo()
    )
    return {
        "NETWORK_ID_ISSUER": order.issuer,
        "NETWORK_ID_CLIENT_ID": platform.client_id,
        "NETWORK_ID_CLIENT_SECRET": registered.secret or "",
        "PLATFORM_URL": url,
        "PLATFORM_SECRET": base64url.encode(SystemEntropy().bytes(_SECRET_BYTES)),
    }


def _tell(line: str) -> None:
    """Write the one line of the standard output, and close it: the reader waits for its end."""
    sys.stdout.write(line)
    sys.stdout.flush()
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())


def _give_up(failure: Failure) -> int:
    _tell(failure_line(failure))
    return failure.tell(as_json=False)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
