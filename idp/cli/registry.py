"""``idp clients``: the registry of clients, by the same service as the web's."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from rich.markup import escape
from rich.panel import Panel
from rich.table import Column, Table

from idp.cli.failure import ExitCode, Failure
from idp.cli.opening import with_services
from idp.domain.clock import SECONDS_PER_DAY
from idp.protocol import strict_json

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable
    from pathlib import Path
    from typing import TypeVar

    from idp.services.clients import Clients, Registered
    from idp.web.site import Services

    Found = TypeVar("Found")

_CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,64}")  # it stands in URLs
_PLATFORM = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MOST_BYTES = 1024 * 1024


def add(home: Path | None, file: Path, logo: Path | None, client_id: str | None) -> Registered:
    """Register a client from a metadata file; raises Failure."""
    if client_id is not None and not _CLIENT_ID.fullmatch(client_id):
        raise Failure(
            ExitCode.INPUT, "client_id_refused", "--id takes letters, digits and . _ ~ - (1 to 64)"
        )
    document = _document(file)
    image = None if logo is None else _read(logo)

    async def adding(clients: Clients) -> Registered:
        if client_id is not None and await clients.show(client_id) is not None:
            raise Failure(
                ExitCode.INPUT, "client_exists", f"a client {client_id} is registered already"
            )
        try:
            return await clients.add(document, client_id=client_id, logo=image)
        except ValueError as error:  # MetadataRefused, and the sector's rules
            raise Failure(ExitCode.INPUT, "metadata_refused", f"{file}: {error}") from error

    return _with_clients(home, adding)


def everyone(home: Path | None) -> list[Registered]:
    """Return all clients, oldest first; raises Failure."""
    return _with_clients(home, lambda clients: clients.everyone())


def show(home: Path | None, client_id: str) -> Registered:
    """Return one client; raises Failure ``client_unknown``."""
    found = _with_clients(home, lambda clients: clients.show(client_id))
    if found is None:
        raise _unknown(client_id)
    return found


def remove(home: Path | None, client_id: str) -> None:
    """Forget a client; raises Failure ``client_unknown``."""
    if not _with_clients(home, lambda clients: clients.remove(client_id)):
        raise _unknown(client_id)


def rotate_secret(home: Path | None, client_id: str) -> str:
    """Return a new secret beside the newest; raises Failure for a client without any."""
    secret = with_services(home, lambda asked: asked.client_changes.rotate_secret(client_id))
    if secret is None:
        show(home, client_id)  # raises when there is no such client
        raise Failure(ExitCode.NO, "client_has_no_secret", f"{client_id} does not use a secret")
    return secret


def retire_secret(home: Path | None, client_id: str) -> None:
    """End the older of two secrets; raises Failure when there is only one."""
    if not with_services(home, lambda asked: asked.client_changes.retire_secret(client_id)):
        show(home, client_id)
        raise Failure(ExitCode.NO, "client_has_one_secret", f"{client_id} has no older secret")


def invite(home: Path | None, platform: str | None, uses: int, days: int) -> str:
    """Return a token by which clients of ``platform`` register themselves; raises Failure."""
    if platform is not None and not _PLATFORM.fullmatch(platform):
        raise Failure(ExitCode.INPUT, "platform_refused", "--platform: small letters, digits, -")

    async def inviting(asked: Services) -> str:
        if asked.registration is None:
            raise Failure(
                ExitCode.NO, "registration_off", "IDP_REGISTRATION is off: set it to token first"
            )
        try:
            seconds = days * SECONDS_PER_DAY
            return await asked.registration.invite(platform, uses=uses, seconds=seconds)
        except ValueError as error:
            raise Failure(ExitCode.INPUT, "platform_missing", f"--platform: {error}") from error

    return with_services(home, inviting)


def as_json(registered: Registered) -> dict[str, Any]:
    """Return a client as RFC 7591 §3.2.1 shows one; the secret only when it was just drawn."""
    secret = {} if registered.secret is None else {"client_secret": registered.secret}
    return {
        "client_id": registered.client.client_id,
        **secret,
        "client_id_issued_at": registered.created_at,
        **registered.document,
    }


def as_panel(registered: Registered) -> Panel:
    """Return a client for a person."""
    table = Table.grid(padding=(0, 2))
    for name, value in as_json(registered).items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        table.add_row(f"[bold]{escape(name)}[/]", escape(visible(text)))
    once = "the secret is shown this once, keep it now" if registered.secret else None
    title = escape(visible(registered.client.name("")))
    return Panel(table, title=title, subtitle=once, expand=False)


def as_table(found: list[Registered]) -> Table:
    """Return all clients for a person."""
    longest = max((len(one.client.client_id) for one in found), default=0)
    whole = Column("Client", no_wrap=True, min_width=longest)  # it is copied from here
    table = Table(whole, "Name", "Platform", "Authentication", "Since")
    for one in found:
        since = datetime.fromtimestamp(one.created_at, UTC).date().isoformat()
        client = one.client
        cells = (client.client_id, client.name(""), client.platform, client.auth_method, since)
        table.add_row(*(escape(visible(cell)) for cell in cells))
    return table


def visible(text: str) -> str:
    """Return a text that is safe to print, whoever wrote it."""
    # A name may hold escape sequences that would rewrite what the operator's terminal shows.
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def _unknown(client_id: str) -> Failure:
    return Failure(ExitCode.NO, "client_unknown", f"no client {client_id} is registered")


def _document(file: Path) -> dict[str, Any]:
    try:
        return strict_json.load_object(_read(file))
    except ValueError as error:
        raise Failure(ExitCode.INPUT, "metadata_refused", f"{file}: {error}") from error


def _read(file: Path) -> bytes:
    try:
        if str(file) == "-":
            content = sys.stdin.buffer.read(_MOST_BYTES + 1)
        else:
            with file.open("rb") as opened:
                content = opened.read(_MOST_BYTES + 1)
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Failure(ExitCode.INPUT, "file_unreadable", f"{file}: {why}") from error
    if len(content) > _MOST_BYTES:
        raise Failure(ExitCode.INPUT, "file_too_large", f"{file}: more than 1 MiB")
    return content


def _with_clients(home: Path | None, work: Callable[[Clients], Awaitable[Found]]) -> Found:
    """Do ``work`` on the registry of the instance; raises Failure."""
    return with_services(home, lambda asked: work(asked.clients))
