"""``idp clients``: the registry of clients, by the same service as the web's."""

from __future__ import annotations

import json
import re
import sys
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from msgspec import Struct
from msgspec.structs import replace
from rich.markup import escape
from rich.panel import Panel
from rich.table import Column, Table

from idp.cli.failure import ExitCode, Failure
from idp.cli.opening import with_services
from idp.cli.secret_files import write_secret
from idp.domain.clock import SECONDS_PER_DAY
from idp.protocol import strict_json
from idp.services.registered import Entry

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping
    from pathlib import Path
    from typing import TypeVar

    from idp.services.clients import Clients
    from idp.services.registered import Registered
    from idp.web.site import Services

    Found = TypeVar("Found")

CLIENT_ID = re.compile(r"[A-Za-z0-9._~-]{1,64}")  # it stands in URLs
_PLATFORM = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_MOST_BYTES = 1024 * 1024
_TIMES = {"client_id_issued_at", "disabled_at", "old_secret_until"}


class New(Struct, frozen=True):
    """A client to register: its metadata file, and what may be given beside it."""

    file: Path
    logo: Path | None = None
    client_id: str | None = None
    secrets: Path | None = None


def add(home: Path | None, new: New, *, dry_run: bool) -> Registered:
    """Register a client from a metadata file, or only see that it can be; raises Failure."""
    client_id, file = new.client_id, new.file
    if client_id is not None and not CLIENT_ID.fullmatch(client_id):
        raise Failure(
            ExitCode.INPUT, "client_id_refused", "--id takes letters, digits and . _ ~ - (1 to 64)"
        )
    document = read_document(file)
    image = None if new.logo is None else read_file(new.logo)

    async def adding(clients: Clients) -> Registered:
        if client_id is not None and await clients.show(client_id) is not None:
            raise Failure(
                ExitCode.INPUT, "client_exists", f"a client {client_id} is registered already"
            )
        try:
            if dry_run:
                entry = Entry(client_id=client_id or "(drawn when it is registered)", logo=image)
                return replace(_prepared(await clients.draft(document, entry)), secret=None)
            keep = None if new.secrets is None else partial(_keep, new.secrets)
            return await clients.add(document, client_id=client_id, logo=image, keep=keep)
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
        raise unknown(client_id)
    return found


def remove(home: Path | None, client_id: str) -> None:
    """Forget a client; raises Failure ``client_unknown``."""
    if not _with_clients(home, lambda clients: clients.remove(client_id)):
        raise unknown(client_id)


def disable(home: Path | None, client_id: str, *, disabled: bool) -> bool:
    """Disable or enable a client; False when it is so already, or not there."""

    async def setting(asked: Services) -> bool:
        changes = asked.client_changes
        return await (changes.disable(client_id) if disabled else changes.enable(client_id))

    return with_services(home, setting)


class Invited(Struct, frozen=True):
    """Whose clients may register themselves, how many, and for how many days."""

    platform: str | None
    uses: int
    days: int


def invite(home: Path | None, asked_for: Invited, *, dry_run: bool) -> str | None:
    """Return a token by which clients of a platform register themselves; raises Failure.

    None in a dry run.
    """
    platform = asked_for.platform
    if platform is not None and not _PLATFORM.fullmatch(platform):
        raise Failure(ExitCode.INPUT, "platform_refused", "--platform: small letters, digits, -")

    async def inviting(asked: Services) -> str | None:
        if asked.registration is None:
            raise Failure(
                ExitCode.NO, "registration_off", "IDP_REGISTRATION is off: set it to token first"
            )
        try:
            asked.registration.check_invitation(platform)
            if dry_run:
                return None
            seconds = asked_for.days * SECONDS_PER_DAY
            return await asked.registration.invite(platform, uses=asked_for.uses, seconds=seconds)
        except ValueError as error:
            raise Failure(ExitCode.INPUT, "platform_missing", f"--platform: {error}") from error

    return with_services(home, inviting)


def as_json(registered: Registered) -> dict[str, Any]:
    """Return a client as RFC 7591 §3.2.1 shows one; the secret only when it was just drawn.

    ``disabled_at`` and ``old_secret_until`` (epoch seconds) are there when they are set.
    """
    secret = {} if registered.secret is None else {"client_secret": registered.secret}
    ours = {
        "disabled_at": registered.disabled_at,
        "old_secret_until": registered.client.old_secret_until,
    }
    return {
        "client_id": registered.client.client_id,
        **secret,
        "client_id_issued_at": registered.created_at,
        **{name: value for name, value in ours.items() if value is not None},
        **registered.document,
    }


def as_panel(registered: Registered, more: Mapping[str, object] | None = None) -> Panel:
    """Return a client for a person, with ``more`` at its head."""
    table = Table.grid(padding=(0, 2))
    for name, value in {**(more or {}), **as_json(registered)}.items():
        text = _shown(name, value)
        table.add_row(f"[bold]{escape(name)}[/]", escape(visible(text)))
    once = "the secret is shown this once, keep it now" if registered.secret else None
    title = escape(visible(registered.client.name("")))
    return Panel(table, title=title, subtitle=once, expand=False)


def _shown(name: str, value: object) -> str:
    if name in _TIMES and isinstance(value, int):
        return f"{datetime.fromtimestamp(value, UTC):%Y-%m-%d %H:%M} UTC"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def as_table(found: list[Registered]) -> Table:
    """Return all clients for a person."""
    longest = max((len(one.client.client_id) for one in found), default=0)
    whole = Column("Client", no_wrap=True, min_width=longest)  # it is copied from here
    table = Table(whole, "Who it is")  # in one cell: more columns would be cut off beside an id
    for one in found:
        since = datetime.fromtimestamp(one.created_at, UTC).date().isoformat()
        client = one.client
        parts = (client.platform, client.auth_method, f"since {since}")
        about = ", ".join(visible(part) for part in parts if part)
        state = "[bold red]disabled[/], " if client.disabled else ""
        name = f"[bold]{escape(visible(client.name('')))}[/]"
        table.add_row(escape(visible(client.client_id)), f"{name}\n{state}{escape(about)}")
    return table


def visible(text: str) -> str:
    """Return a text that is safe to print, whoever wrote it."""
    # A name may hold escape sequences that would rewrite what the operator's terminal shows.
    return "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in text)


def unknown(client_id: str) -> Failure:
    """Return the Failure for a client that is not there."""
    return Failure(ExitCode.NO, "client_unknown", f"no client {client_id} is registered")


def _prepared(entry: Entry) -> Registered:
    if entry.registered is None:
        raise ValueError("the entry was not prepared")
    return entry.registered


def _keep(folder: Path, registered: Registered) -> None:
    if registered.secret is not None:
        write_secret(folder, registered.client.client_id, registered.secret)


def read_document(file: Path) -> dict[str, Any]:
    """Return the JSON object in a file; raises Failure ``metadata_refused``."""
    try:
        return strict_json.load_object(read_file(file))
    except ValueError as error:
        raise Failure(ExitCode.INPUT, "metadata_refused", f"{file}: {error}") from error


def read_file(file: Path) -> bytes:
    """Return what a file, or for - the standard input, holds; raises Failure."""
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
