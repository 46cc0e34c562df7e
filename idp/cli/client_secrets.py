"""``idp clients rotate-secret``: a new secret beside the old one, and the end of the old one."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from rich.markup import escape

from idp.cli.failure import ExitCode, Failure
from idp.cli.opening import with_services
from idp.cli.registry import show, unknown
from idp.cli.secret_files import file_of, write_secret

if TYPE_CHECKING:
    from pathlib import Path

    from idp.web.site import Services

_SECONDS_PER_HOUR = 3600


def has_two(home: Path | None, client_id: str) -> bool:
    """Tell whether two secrets of a client work; raises Failure for a client without any."""

    async def asking(asked: Services) -> bool:
        found = await asked.clients.show(client_id)
        if found is None:
            raise unknown(client_id)
        if found.client.secret_digest is None:
            raise Failure(ExitCode.NO, "client_has_no_secret", f"{client_id} does not use a secret")
        return asked.client_changes.older_works(found.client)

    return with_services(home, asking)


def rotate(
    home: Path | None, client_id: str, *, old_hours: int | None, secrets: Path | None
) -> str:
    """Return a new secret beside the newest, written to ``secrets`` before it counts, if given.

    Raises Failure for a client without any.
    """
    keep = None if secrets is None else partial(_keep, secrets, client_id)
    seconds = None if old_hours is None else old_hours * _SECONDS_PER_HOUR

    async def rotating(asked: Services) -> str | None:
        return await asked.client_changes.rotate_secret(client_id, old_seconds=seconds, keep=keep)

    secret = with_services(home, rotating)
    if secret is None:
        show(home, client_id)  # raises when there is no such client
        raise Failure(ExitCode.NO, "client_has_no_secret", f"{client_id} does not use a secret")
    return secret


def told(
    client_id: str, secret: str, *, old_hours: int | None, secrets: Path | None
) -> tuple[dict[str, Any], str]:
    """Return what ``rotate`` did, for machines and for a person."""
    old = (
        "The older one goes with --retire-old, or with the next."
        if old_hours is None
        else f"The older one ends in {old_hours} hours, or with --retire-old."
    )
    if secrets is None:
        machine = {"client_id": client_id, "client_secret": secret}
        return machine, f"{secret}\nShown this once. {old}"
    file = file_of(secrets, client_id)
    machine = {"client_id": client_id, "secret_file": str(file)}
    return machine, f"The new secret is in {escape(str(file))}. {old}"


def retire(home: Path | None, client_id: str) -> None:
    """End the older of two secrets; raises Failure when there is only one."""
    if not with_services(home, lambda asked: asked.client_changes.retire_secret(client_id)):
        show(home, client_id)
        raise has_one(client_id)


def has_one(client_id: str) -> Failure:
    """Return the Failure for a client that has no older secret."""
    return Failure(ExitCode.NO, "client_has_one_secret", f"{client_id} has no older secret")


def _keep(folder: Path, client_id: str, secret: str) -> None:
    write_secret(folder, client_id, secret)
