"""One connection of the public port: a request comes in when it is all here and there is room.

What the web server does at once is decided here, before anything of the application runs: a request
that is refused because too many came (``idp.web.admission``) costs no task, no route and no line in
the log. A request whose body is still on its way takes no place, or a few slow senders would take
them all; and whoever takes longer than ``ARRIVAL_SECONDS`` to send one is let go. So is whoever
does not take answers: what waits for that would hold its place, or its file, for ever.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, cast

from uvicorn.protocols.http.flow_control import HIGH_WATER_LIMIT

from idp.cli.glance import plain
from idp.cli.wire import BoundedHttp, Whole
from idp.web.admission import Kind

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Iterable

    from uvicorn import Config
    from uvicorn._types import ASGI3Application
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle
    from uvicorn.server import ServerState

    from idp.web.admission import Gate

ARRIVAL_SECONDS: Final = 30.0
TAKING_SECONDS: Final = 30.0
_LEAST_TAKEN: Final = 16 * 1024  # of an answer within that time, or its rest
_LAST_SECONDS: Final = 0.05


class AdmittingHttp(BoundedHttp):
    """One connection to an application that has a ``gate``."""

    def __init__(
        self,
        config: Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._gate: Gate = config.loaded_app.gate
        self._arriving = self._last = False
        self._told_no = False  # since what was read last
        self._refused_at = -math.inf  # without having read the request
        self._waits: tuple[RequestResponseCycle, ASGI3Application] | None = None
        self._deadline: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    # As uvicorn has it, narrower than asyncio's: a connection of TCP is always a Transport.
    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Wait for a request, but not for ever."""
        super().connection_made(transport)
        self._deadline = self.loop.call_later(ARRIVAL_SECONDS, self._let_go)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget what was on its way."""
        self._waits = None
        self._unset_deadline()
        self._unset_taking()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Read on; what is not whole by now has a time to be."""
        self._told_no = False
        if not self._gate.admission.has_room(Kind.BEGINS) and self._refuse_unread(data):
            return
        super().data_received(data)
        # Empty lines begin no request, and yet the clock of an idle connection is stopped by them.
        if not self._arriving and (self._is_under_way() or self.timeout_keep_alive_task):
            self._unset_deadline()
        elif self._deadline is None:
            self._deadline = self.loop.call_later(ARRIVAL_SECONDS, self._let_go)

    def on_message_begin(self) -> None:
        """Note that a request is on its way."""
        self._arriving = True
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Keep what came; what is too much to keep is for the application to read, or to refuse."""
        super().on_body(body)
        if self._waits is not None and len(self._waits[0].body) > HIGH_WATER_LIMIT:
            self._admit(*self._waits)

    def on_message_complete(self) -> None:
        """Begin with a request that is all here."""
        self._arriving = False
        super().on_message_complete()
        if self._waits is not None:
            self._admit(*self._waits)

    def on_response_complete(self) -> None:
        """Go on with the next request; a connection that ends is to be seen ended."""
        super().on_response_complete()
        self._see_it_taken()

    def pause_writing(self) -> None:
        """Wait for who takes no answers, but not for ever."""
        super().pause_writing()
        self._watch()

    def resume_writing(self) -> None:
        """Go on: they were taken."""
        super().resume_writing()
        if not self.transport.is_closing():
            self._unset_taking()

    def shutdown(self) -> None:
        """End with the next answer, or soon: what was sent by now is on its way to us."""
        self._last = True
        self.loop.call_later(_LAST_SECONDS, super().shutdown)

    def _unset_deadline(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None

    def _let_go(self) -> None:
        self.transport.close()
        self._see_it_taken()

    def _unset_taking(self) -> None:
        if self._taking is not None:
            self._taking.cancel()
            self._taking = None

    def _see_it_taken(self) -> None:
        if self.transport.is_closing():
            self._watch()

    def _watch(self) -> None:
        if self._taking is None and (rest := self.transport.get_write_buffer_size()):
            self._taking = self.loop.call_later(TAKING_SECONDS, self._look_at_what_was_taken, rest)

    def _look_at_what_was_taken(self, before: int) -> None:
        self._taking = None
        if self.transport.get_write_buffer_size() > before - _LEAST_TAKEN:
            self.transport.abort()
        else:
            self._watch()

    def _is_under_way(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle
        return cycle is not None and not cycle.response_complete

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        if not cycle.more_body:
            self._admit(cycle, app)
            return
        self._waits = cycle, app
        if cycle.waiting_for_100_continue and cycle.scope["http_version"] != "1.0":
            self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        cycle.waiting_for_100_continue = False

    def _admit(self, cycle: RequestResponseCycle, app: ASGI3Application) -> None:
        self._waits = None
        if self.transport.is_closing():
            return  # the answer would reach nobody
        if self._last or self._gate.leaving():
            cycle.keep_alive = False  # whoever comes again goes to a server that stays
        if cycle.scope["method"] != "HEAD":
            cycle.transport = cast("asyncio.Transport", Whole(self.transport))
        kind = self._gate.kind(cycle.scope["path"])
        if kind is Kind.ALWAYS:
            super()._start_asgi_task(cycle, app)
            return
        entered = self._gate.admission.enter(kind, self.loop)
        if entered is None:
            self._turn_away(cycle)
            return
        task = self.loop.create_task(self._run(cycle, app, kind, entered))
        self.tasks.add(task)
        task.add_done_callback(self.tasks.discard)

    async def _run(
        self, cycle: RequestResponseCycle, app: ASGI3Application, kind: Kind, entered: float
    ) -> None:
        try:
            await cycle.run_asgi(app)
        finally:
            # Here, not when the task is seen to have ended: the loop reads in between, and whoever
            # asks again at once would find a place taken by what was answered.
            self._gate.admission.leave(kind, entered)

    def _refuse_unread(self, data: bytes) -> bool:
        """Refuse what would begin something; False if it has to be read first."""
        if self._arriving or self._is_under_way():
            return False
        leaves = self._last or self._gate.leaving() or self.transport.is_closing()
        found = None if leaves or self.flow.write_paused else plain(data)
        if found is None or self._gate.kind(found[0]) is not Kind.BEGINS:
            return False
        self._gate.admission.refuse(self.loop)
        self._say_no("GET", *found, stays=True)
        self._refused_at = self.loop.time()
        if self._deadline is not None:
            self._unset_deadline()
            self.on_response_complete()
        return True

    def timeout_keep_alive_handler(self) -> None:
        """End a connection that nobody used for so long: refusing did not set the clock anew."""
        rest = self._refused_at + self.timeout_keep_alive - self.loop.time()
        if rest > 0:
            self.timeout_keep_alive_task = self.loop.call_later(
                rest, self.timeout_keep_alive_handler
            )
        else:
            super().timeout_keep_alive_handler()
            self._see_it_taken()

    def _turn_away(self, cycle: RequestResponseCycle) -> None:
        """Answer at once. The connection stays: to make a new one costs more than the answer."""
        scope = cycle.scope
        # One that sends without waiting for answers, or does not take them, is let go: each would
        # call the next, and all of them stand in memory.
        waits = not (self.pipeline or self._told_no or self.flow.write_paused)
        stays = cycle.keep_alive and waits and not cycle.more_body
        self._told_no = True
        cycle.response_started = cycle.response_complete = True
        self._say_no(scope["method"], scope["path"], scope["headers"], stays=stays)
        cycle.on_response()

    def _say_no(
        self, method: str, path: str, headers: Iterable[tuple[bytes, bytes]], *, stays: bool
    ) -> None:
        head, body = self._gate.busy.answer(method, path, headers)
        always = self.server_state.default_headers
        parts = [head, *(name + b": " + value + b"\r\n" for name, value in always)]
        parts += [b"\r\n" if stays else b"connection: close\r\n\r\n", body]
        self.transport.write(b"".join(parts))
        if not stays:
            self.transport.close()
