"""What the driver is told and what it tells: JSON, since it is a process of its own."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import Any, Self


@dataclass(frozen=True)
class Client:
    """A platform's client; it authenticates by ``client_secret_basic``."""

    client_id: str
    secret: str
    redirect_uri: str = ""
    scope: str = "openid"


@dataclass(frozen=True)
class Api:
    """A resource server, where a provider wants one: who introspects, and what is asked for it."""

    client: Client
    scope: str
    resource: str


@dataclass(frozen=True)
class Visit:
    """Somebody who is signed in (``cookie`` is the whole header), and whom a client knows."""

    cookie: str
    client: int
    sub: str
    refresh_token: str = ""


@dataclass(frozen=True)
class Target:
    """A running provider with people and clients: all that the driver needs of it.

    ``paths`` are those of its endpoints, by the names of its discovery document.
    """

    host: str
    port: int
    paths: dict[str, str]
    clients: list[Client]
    visits: list[Visit]
    api: Api | None = None


@dataclass(frozen=True)
class Plan:
    """One measured run, after ``warm_up`` operations that do not count.

    ``watch`` names the roots of process trees whose CPU time is read before and after.
    """

    target: Target
    scenario: str
    connections: int
    count: int
    warm_up: int
    watch: dict[str, int] = field(default_factory=dict)
    seed: int = 1

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        members = json.loads(text)
        target = members["target"]
        target["clients"] = [Client(**one) for one in target["clients"]]
        target["visits"] = [Visit(**one) for one in target["visits"]]
        if target["api"] is not None:
            target["api"] = Api(**target["api"] | {"client": Client(**target["api"]["client"])})
        return cls(**members | {"target": Target(**target)})


@dataclass(frozen=True)
class Result:
    """What a run came to. Seconds, and milliseconds where the name says so.

    ``wrong`` counts by reason the answers that were not what they have to be. ``declined``
    counts requests to come back later. ``machine_cpu`` is what all processes of the machine used
    meanwhile. ``newest`` are the refresh tokens that visits,
    by their place, have now.
    """

    count: int
    wall: float
    driver_cpu: float
    cpu: dict[str, float]
    machine_cpu: float
    p50_ms: float
    p95_ms: float
    p99_ms: float
    wrong: dict[str, int]
    declined: int = 0
    id_token: str = ""
    newest: dict[str, str] = field(default_factory=dict)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        members: dict[str, Any] = json.loads(text)
        return cls(**members)
