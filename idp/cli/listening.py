"""Listening sockets: bound here, so that an error is one line and children inherit them."""

from __future__ import annotations

import os
import socket

from idp.cli.failure import ExitCode, Failure

BACKLOG = 2048
_TRIALS = 20
OTHER_PORT = "Give another --port, and each app of yours the issuer with that port"
_ANY_V6 = "::"
ADVICE = "Give another --host or --port"


def listen(host: str, port: int, *, advice: str = ADVICE) -> list[socket.socket]:
    """Return a listening socket for each address of ``host``; raises Failure, with ``advice``.

    ``::`` takes IPv4 too. Port 0 is any free one, the same for all addresses.
    """
    sockets: list[socket.socket] = []
    try:
        for family, address in _addresses(host, port):
            chosen = sockets[0].getsockname()[1] if sockets else port
            both = address == _ANY_V6 and socket.has_dualstack_ipv6()
            sockets.append(
                socket.create_server(
                    (address, chosen), family=family, backlog=BACKLOG, dualstack_ipv6=both
                )
            )
    except OSError as error:
        for opened in sockets:
            opened.close()
        why = os.strerror(error.errno) if error.errno and error.errno > 0 else "no such host"
        raise Failure(
            ExitCode.UNAVAILABLE,
            "cannot_listen",
            f"cannot listen on {host} port {port}: {why}. {advice}",
        ) from error
    return sockets


def _addresses(host: str, port: int) -> list[tuple[socket.AddressFamily, str]]:
    """Return the addresses of ``host``, IPv4 first; raises OSError."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    known = {(family, str(address[0])) for family, _, _, _, address in found}
    addresses = sorted(known, key=lambda one: one[0] != socket.AF_INET)
    # A container often names ::1 in its host file and has no IPv6.
    return [one for one in addresses if len(addresses) == 1 or _usable(*one)]


def _usable(family: socket.AddressFamily, address: str) -> bool:
    try:
        with socket.socket(family, socket.SOCK_STREAM) as trial:
            trial.bind((address, 0))
    except OSError:
        return False
    return True


def inherited(descriptor: int) -> socket.socket:
    """Return the listening socket that the parent process handed over; raises Failure."""
    try:
        handed = socket.socket(fileno=descriptor)
        listens = handed.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN)
    except OSError:
        listens = 0
    if not listens:
        raise Failure(
            ExitCode.USAGE, "not_a_socket", f"--fd {descriptor} is not an open listening socket"
        )
    return handed


def free_on_localhost(
    port: int = 0, *, rather: int = 0
) -> tuple[socket.socket, list[socket.socket]]:
    """Listen on ``port`` of 127.0.0.1, or on any free one; return the socket and what guards it.

    Without a port, the port ``rather`` is taken if it is free. Browsers try ::1 first for
    ``localhost``: the guards hold the port there without answering, so that no other program's
    server is taken for ours. Raises Failure when ``port`` is taken.
    """
    for number in [port] if port else [rather, *[0] * _TRIALS]:
        try:
            (opened,) = listen("127.0.0.1", number, advice=OTHER_PORT)
        except Failure:
            if port:
                raise
            continue
        guards = _guard(opened.getsockname()[1])
        if guards is not None:
            return opened, guards
        opened.close()
    where = f"port {port} of localhost" if port else "every port that was tried"
    raise Failure(ExitCode.UNAVAILABLE, "cannot_listen", f"{where} is taken. {OTHER_PORT}")


def _guard(port: int) -> list[socket.socket] | None:
    if not _usable(socket.AF_INET6, "::1"):
        return []
    guard = socket.socket(socket.AF_INET6, socket.SOCK_STREAM)
    try:
        # No SO_REUSEADDR: that would share the port with a listener of somebody else.
        guard.bind(("::1", port))
    except OSError:
        guard.close()
        return None
    return [guard]
