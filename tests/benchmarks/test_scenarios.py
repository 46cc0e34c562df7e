"""A wrong answer is no login, however fast it came."""

import json
from base64 import urlsafe_b64encode
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.benchmarks.driver import _patiently
from tests.benchmarks.http import Answer, Connection
from tests.benchmarks.plan import Client, Plan, Target, Visit
from tests.benchmarks.scenarios import SCENARIOS, Refresh, Silent, WrongAnswer

REDIRECT = "https://shop.example/callback"
TARGET = Target(
    "localhost",
    8000,
    {
        "authorization_endpoint": "/authorize",
        "token_endpoint": "/token",
        "userinfo_endpoint": "/userinfo",
    },
    [Client("shop", "a secret", REDIRECT)],
    [Visit("session=1", 0, "SUB", "first")],
)


def token(**claims: Any) -> str:
    return f"e30.{urlsafe_b64encode(json.dumps(claims).encode()).rstrip(b'=').decode()}.c2ln"


@dataclass
class Simulator:
    """A provider that answers a login, with whatever is said otherwise here."""

    authorize: dict[str, str] = field(default_factory=dict)
    location: str = REDIRECT
    claims: dict[str, str] = field(default_factory=dict)
    sub: str = "SUB"
    statuses: dict[str, int] = field(default_factory=dict)
    asked: list[bytes] = field(default_factory=list)

    async def ask(self, request: bytes) -> Answer:
        self.asked.append(request)
        path = request.split(b" ")[1].decode()
        where = urlsplit(path).path
        if where == "/authorize":
            sent = parse_qs(urlsplit(path).query)
            self.nonce = sent["nonce"][0]
            told = {"code": "a-code", "state": sent["state"][0]} | self.authorize
            query = "&".join(f"{name}={value}" for name, value in told.items() if value)
            head = f"HTTP/1.1 303 See Other\r\nlocation: {self.location}?{query}"
            return Answer(self.statuses.get(where, 303), head.encode(), b"")
        members: dict[str, str] = {"sub": self.sub}
        if where == "/token":
            claims = {"sub": "SUB", "nonce": getattr(self, "nonce", "")} | self.claims
            members = {"id_token": token(**claims), "access_token": "at", "refresh_token": "next"}
        return Answer(self.statuses.get(where, 200), b"", json.dumps(members).encode())


async def log_in(simulator: Simulator) -> None:
    await Silent(TARGET, 1)(cast("Connection", simulator), 7, TARGET.visits[0])


async def test_a_login_asks_three_times_and_says_who_it_is():
    simulator = Simulator()
    await log_in(simulator)
    starts = [request.split(b" ")[:2] for request in simulator.asked]
    assert [b" ".join(one).split(b"?")[0] for one in starts] == [
        b"GET /authorize",
        b"POST /token",
        b"GET /userinfo",
    ]
    assert b"cookie: session=1\r\n" in simulator.asked[0]
    assert b"authorization: Basic c2hvcDphK3NlY3JldA==\r\n" in simulator.asked[1]
    assert b"code=a-code" in simulator.asked[1]
    assert b"authorization: Bearer at\r\n" in simulator.asked[2]


@pytest.mark.parametrize(
    ("simulator", "reason"),
    [
        (Simulator(statuses={"/authorize": 200}), "authorize: 200"),
        (Simulator(authorize={"state": "another"}), "another state"),
        (Simulator(authorize={"code": "", "error": "login_required"}), "login_required"),
        (Simulator(location="https://thief.example/"), "somewhere else"),
        (Simulator(statuses={"/token": 400}), "token: 400"),
        (Simulator(claims={"sub": "OTHER"}), "token: somebody else"),
        (Simulator(claims={"nonce": "another"}), "token: somebody else"),
        (Simulator(statuses={"/userinfo": 401}), "userinfo: 401"),
        (Simulator(sub="OTHER"), "userinfo: somebody else"),
    ],
)
async def test_a_wrong_answer_is_found(simulator: Simulator, reason: str):
    with pytest.raises(WrongAnswer, match=reason):
        await log_in(simulator)


async def test_a_refresh_goes_on_with_the_token_that_came_last():
    simulator, refresh = Simulator(), Refresh(TARGET, 1)
    connection, visit = cast("Connection", simulator), TARGET.visits[0]
    await refresh(connection, 1, visit)
    assert b"refresh_token=first" in simulator.asked[0]
    with pytest.raises(WrongAnswer, match="the same token again"):
        await refresh(connection, 2, visit)
    assert b"refresh_token=next" in simulator.asked[1]


@pytest.mark.parametrize("scenario", sorted(SCENARIOS))
def test_every_plan_comes_through_to_the_driver_as_it_was(scenario: str):
    plan = Plan(TARGET, scenario, 16, 100, 10, {"server": 1}, 3)
    assert Plan.from_json(plan.to_json()) == plan


async def test_who_is_asked_to_come_back_comes_back():
    simulator, told = Simulator(), []

    class Busy(Simulator):
        async def ask(self, request: bytes) -> Answer:
            told.append(request)
            if len(told) == 2:
                return Answer(503, b"HTTP/1.1 503 Busy\r\nRetry-After: 2", b"")
            return await simulator.ask(request)

    visit = TARGET.visits[0]
    declined = await _patiently(Silent(TARGET, 1), cast("Connection", Busy()), 1, visit)
    assert (declined, len(told)) == (1, 2 + 3)
