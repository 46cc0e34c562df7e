"""One worker of something small under the real supervisor: ``python -m … PORT LEAVING_SECONDS``.

It answers with its process id, leaves by the product's rules, and has the product's connections.
"""

import os
import socket
import sys
import threading
from typing import Any

import uvicorn

from idp.cli.supervisor import Supervisor


class Readiness:
    """What of the product's readiness leaving is about."""

    drain_seconds = 0
    draining = replaced = False

    @property
    def leaving(self) -> bool:
        return self.draining or self.replaced


class Answers:
    def __init__(self) -> None:
        from multiprocessing import parent_process  # noqa: PLC0415 - the first process has no need

        from idp.cli import leaving, worker  # noqa: PLC0415 - the same
        from idp.web.admission import Admission, Gate  # noqa: PLC0415

        supervisor, readiness, nobody = parent_process(), Readiness(), None
        assert supervisor is not None
        following = (supervisor.sentinel,)
        threading.Thread(target=worker._follow, args=following, daemon=True).start()
        leaving.LEAVE_SECONDS = 1  # type: ignore[misc]
        leaving.Leaving(readiness).listen()
        busy: Any = nobody
        self.gate = Gate(Admission(lambda *_: None), busy, {}, lambda: readiness.leaving)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        body = str(os.getpid()).encode()
        headers = [(b"content-length", str(len(body)).encode())]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})


def main() -> None:
    door = socket.create_server(("127.0.0.1", int(sys.argv[1])), backlog=2048)
    door.set_inheritable(True)
    config = uvicorn.Config(
        "tests.support.small_server:Answers",
        factory=True,
        interface="asgi3",
        http="idp.cli.admitting:AdmittingHttp",
        loop="idp.cli.accepting:Loop",
        lifespan="off",
        log_level="error",
        proxy_headers=False,
        timeout_graceful_shutdown=10,
        timeout_worker_healthcheck=30,
    )
    Supervisor(config, [door], None, leaving_seconds=float(sys.argv[2])).run()


if __name__ == "__main__":
    main()
