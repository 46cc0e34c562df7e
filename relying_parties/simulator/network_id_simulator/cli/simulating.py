"""``networkid simulator``: one simulator from start to Ctrl-C."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from rich.console import Group
from rich.markup import escape
from rich.panel import Panel
from rich.table import Table

from network_id_simulator.cli.failure import ExitCode, Failure
from network_id_simulator.cli.output import note
from network_id_simulator.config import UNTIL_RESET, Config, ConfigError, read_faults
from network_id_simulator.faults import UnknownFaultError
from network_id_simulator.serving import Server, is_loopback, issuer_at, listen
from network_id_simulator.simulator import Settings, Simulator

if TYPE_CHECKING:
    import socket
    from pathlib import Path

    from network_id_simulator.cli.output import Output
    from network_id_simulator.journal import Entry

_WRONG = 400
WARNING = "A simulator: anybody can be anybody here. Never let it sign in real people."


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the command line asks for; ``members`` is what PATCH /config would take."""

    host: str
    port: int
    issuer: str = ""
    public: bool = False
    seed: str | None = None
    quiet: bool = False
    config: Path | None = None
    members: dict[str, Any] = field(default_factory=dict)


def client(client_id: str, client_secret: str, redirect_uris: list[str]) -> dict[str, Any]:
    """Return the one client that is accepted; empty for any. Raises Failure."""
    if not client_id:
        if client_secret or redirect_uris:
            text = "--client-secret and --redirect-uri need --client-id"
            raise Failure(ExitCode.USAGE, "client_id_missing", text)
        return {}
    found: dict[str, Any] = {"client_id": client_id, "redirect_uris": redirect_uris}
    return {**found, "client_secret": client_secret} if client_secret else found


def members(
    *, persona: str, algorithm: str, backchannel_logout_uri: str, client: dict[str, Any]
) -> dict[str, Any]:
    """Return what the options say in the form of the /config API."""
    told: dict[str, Any] = {"algorithm": algorithm}
    if persona:
        told["persona"] = persona
    if client:
        told["clients"] = [client | _address(backchannel_logout_uri)]
    elif backchannel_logout_uri:
        told |= _address(backchannel_logout_uri)
    return told


def _address(uri: str) -> dict[str, Any]:
    return {"backchannel_logout_uri": uri} if uri else {}


def run(wishes: Wishes, output: Output) -> None:
    """Serve until it is stopped. Raises Failure when it cannot begin."""
    _check_reach(wishes)
    config, faults = _read(wishes)
    with _listen(wishes) as listener:
        issuer = wishes.issuer or issuer_at(listener)
        simulator = Simulator(Settings(issuer=issuer, seed=wishes.seed), config)
        on = {name: times for name, times in faults.items() if times is not None}
        simulator.start_with({n: None if t == UNTIL_RESET else int(t) for n, t in on.items()})
        if not wishes.quiet:
            simulator.journal.tell = lambda entry: note(line(entry))
        server = Server(simulator)
        server.tell = lambda: output.result(ready(simulator, listener), _panel(simulator))
        note(WARNING)
        server.run(sockets=[listener])


def _check_reach(wishes: Wishes) -> None:
    if not is_loopback(wishes.host) and not wishes.public:
        text = (
            f"{wishes.host} lets other machines in, and whoever reaches a simulator can be anybody "
            "on the platforms that trust it. Say --public if you mean it"
        )
        raise Failure(ExitCode.USAGE, "public_address", text)
    parts = urlsplit(wishes.issuer)
    if wishes.issuer and (parts.scheme not in {"http", "https"} or wishes.issuer.endswith("/")):
        text = "--issuer is an http or https address without a slash at its end"
        raise Failure(ExitCode.USAGE, "issuer_refused", text)
    if wishes.public and not wishes.issuer and wishes.host in {"0.0.0.0", "::"}:  # noqa: S104
        text = f"{wishes.host} is no address that a platform can call: name one by --issuer"
        raise Failure(ExitCode.USAGE, "issuer_missing", text)


def _read(wishes: Wishes) -> tuple[Config, dict[str, int | str | None]]:
    config = Config()
    try:
        told = _file(wishes.config) if wishes.config else {}
        faults = read_faults(told.pop("faults", {}))
        config.change(told | wishes.members if wishes.members else told)
    except (ConfigError, UnknownFaultError) as error:
        raise Failure(ExitCode.INPUT, "invalid_config", str(error)) from None
    return config, faults


def _file(path: Path) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        why = error.strerror or type(error).__name__
        raise Failure(ExitCode.INPUT, "config_unreadable", f"{path}: {why}") from None
    except ValueError as error:
        raise Failure(ExitCode.INPUT, "config_unreadable", f"{path}: {error}") from None
    if not isinstance(found, dict):
        raise ConfigError(f"{path} does not hold one JSON object.")
    return found


def _listen(wishes: Wishes) -> socket.socket:
    try:
        return listen(wishes.host, wishes.port)
    except OSError as error:
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else "no such host"
        text = f"cannot listen on {wishes.host} port {wishes.port}: {why}. Give another --port"
        if not wishes.issuer:
            text += ", and your platform the issuer with that port (NETWORK_ID_ISSUER)"
        raise Failure(ExitCode.UNAVAILABLE, "cannot_listen", text) from None


def ready(simulator: Simulator, listener: socket.socket) -> dict[str, Any]:
    """Return what is printed for machines when it answers."""
    return {
        "issuer": simulator.issuer,
        "port": listener.getsockname()[1],
        "config_url": f"{simulator.issuer}/config",
        "warning": WARNING,
    }


def _panel(simulator: Simulator) -> Group:
    config = simulator.config
    table = Table.grid(padding=(0, 2))
    table.add_row("issuer", f"[bold]{escape(simulator.issuer)}[/]")
    known = ", ".join(config.clients)
    table.add_row("client_id", escape(known) if known else "any")
    table.add_row("client_secret", "as configured" if known else "any, or none")
    table.add_row("redirect_uri", "as configured" if known else "any https or loopback address")
    table.add_row("signs in", config.persona or "whom you choose on the page")
    title = "Network ID simulator"
    panel = Panel(table, title=title, subtitle="Ctrl-C stops it", expand=False)
    steer = (
        f"curl -X PATCH {simulator.issuer}/config -H 'Content-Type: application/json' "
        '-d \'{"persona": "adult", "faults": {"nonce": 1}}\''
    )
    # Below the frame and unbroken: it is copied from here.
    return Group(panel, "Sign in an adult, with a wrong nonce:", escape(steer))


def line(entry: Entry) -> str:
    """Return a request as one line for people, with why if it went wrong; no secret is in it."""
    arrow = "->" if entry.at == "logout" else "<-"
    text = f"{arrow} {entry.method} {entry.path} {entry.status}"
    if entry.faults:
        text += f" fault {', '.join(entry.faults)}"
    if entry.refused:
        text += f" {entry.refused}"
    if not entry.notes or (entry.status < _WRONG and entry.at != "logout" and not entry.refused):
        return text
    return " ".join([f"{text}:", *entry.notes])
