"""The suite's REST interface: make a plan, run its modules, read what they found."""

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import httpx2

from tests.conformance.expectations import Outcome, found_in

_ENDS: Final = frozenset({"FINISHED", "INTERRUPTED"})
_LOOK_SECONDS: Final = 1.0


class SuiteRefused(Exception):
    """The suite would not do what it was asked; the text is its own."""


@dataclass(frozen=True)
class Module:
    """One module of a plan that the suite has made."""

    plan: str
    plan_id: str
    name: str
    variant: Mapping[str, str]


class Suite:
    """A suite at one address. ``rotate`` is called when a module wants the signing keys rotated."""

    def __init__(self, address: str, ca: Path | None, token: str | None) -> None:
        headers = {"Authorization": f"Bearer {token}"} if token else {}
        verify = str(ca) if ca else True
        self._http = httpx2.Client(base_url=address, verify=verify, headers=headers, timeout=90)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._http.close()

    def make(
        self, plan: str, variant: Mapping[str, str], configuration: Mapping[str, Any]
    ) -> list[Module]:
        """Make a plan; returns its modules, in the suite's own order."""
        asked = {"planName": plan, "variant": json.dumps(variant)}
        made = self._call("POST", "/api/plan", params=asked, json=configuration)
        return [
            Module(plan, made["id"], one["testModule"], one.get("variant") or {})
            for one in made["modules"]
        ]

    def run(
        self, module: Module, *, seconds: float, rotate: Callable[[], None]
    ) -> tuple[Outcome, list[dict[str, Any]]]:
        """Run one module to its end, or for ``seconds``; returns how it ended, and its log."""
        asked = {
            "test": module.name,
            "plan": module.plan_id,
            "variant": json.dumps(module.variant),
        }
        test = self._call("POST", "/api/runner", params=asked)["id"]
        status, result = self._wait(test, seconds, rotate)
        if status not in _ENDS:
            self._call("DELETE", f"/api/runner/{test}")
            self._wait(test, 10, rotate)
        log = self._call("GET", f"/api/log/{test}")
        return Outcome(module.plan, module.name, status, result, found_in(log)), log

    def _wait(self, test: str, seconds: float, rotate: Callable[[], None]) -> tuple[str, str]:
        until, started = time.monotonic() + seconds, False
        while True:
            info = self._call("GET", f"/api/info/{test}")
            status, result = info["status"], info.get("result") or "none"
            if status in _ENDS or time.monotonic() > until:
                return status, result
            # One module alone does not begin by itself: it has read our keys and waits until they
            # were rotated.
            if status == "CONFIGURED" and not started:
                time.sleep(_LOOK_SECONDS)
                if self._call("GET", f"/api/info/{test}")["status"] == "CONFIGURED":
                    rotate()
                    self._call("POST", f"/api/runner/{test}")
                    started = True
            time.sleep(_LOOK_SECONDS)

    def _call(self, method: str, path: str, **more: Any) -> Any:
        headers = {"Content-Type": "application/json"}
        answer = self._http.request(method, path, headers=headers, **more)
        if answer.is_error:
            raise SuiteRefused(f"{method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer.json()
