"""A state machine: clients, a person and time in any order; the model says what then lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests.support.logins import VERIFIER
from tests.support.token_model import ACCESS, CODE, DAY, FINE, GRACE, NOTHING, Yes
from tests.support.token_world import CLIENTS, STRICT, Diverged, World, said

if TYPE_CHECKING:
    from collections.abc import Callable

ANY: Final = st.integers(0, 1_000_000)
CLIENT: Final = st.integers(0, CLIENTS - 1)
LATE: Final = st.sampled_from([0, 0, 0, 1, 2])
WAITS: Final = st.sampled_from([1, 9, 10, 11, 59, 60, 61, 300, 599, 600, DAY, 29 * DAY, 31 * DAY])
LAST: Final = 6  # how many of the newest tokens are asked about after every step


def check(what: str, found: object, expected: object) -> None:
    if found != expected:
        raise Diverged(f"{what}: {found!r}, and by the model {expected!r}")


class Machine(RuleBasedStateMachine):
    """One run. `world` makes the clients of this run, at a provider that goes on living."""

    def __init__(self, world: Callable[[], World]) -> None:
        super().__init__()
        self._begin = world
        self.given: list[Yes] = []
        self.signed_out = False

    @initialize()
    def begin(self) -> None:
        self.world = self._begin()

    def one(self, number: int, **features: bool) -> Yes | None:
        fitting = [y for y in self.given if all(getattr(y, n) == v for n, v in features.items())]
        return fitting[number % len(fitting)] if fitting else None

    @rule(
        client=CLIENT,
        way=st.sampled_from(["plain", "par", "jar"]),
        api=st.booleans(),
        offline=st.booleans(),
    )
    def authorize(self, client: int, way: str, api: bool, offline: bool) -> None:
        scope = self.world.api.read if api else "openid"
        scope += " offline_access" if offline else ""
        acting = self.world.clients[client]
        code = self.world.do(acting.log_in(self.world.browser, way, scope))
        self.given.append(Yes(client, code, self.world.now, offline, api, rotates=client != STRICT))
        self.signed_out = False

    @rule(client=CLIENT, api=st.booleans(), offline=st.booleans(), times=st.integers(0, 2))
    def log_in(self, client: int, api: bool, offline: bool, times: int) -> None:
        """What happens most: a code, its tokens, and some refreshes."""
        self.authorize(client, "plain", api, offline)
        self.redeem(0, 1, client, 1)
        for _ in range(times if offline else 0):
            self.refresh(0, 1, client, 0)

    @precondition(lambda self: self.given)
    @rule(number=ANY, stolen=st.integers(0, 9), client=CLIENT, verifier=st.integers(0, 5))
    def redeem(self, number: int, stolen: int, client: int, verifier: int) -> None:
        yes = self.given[-1 - number % min(3, len(self.given))]
        client = client if stolen == 0 else yes.client
        acting = self.world.clients[client]
        form = acting.platform.token_form(
            yes.code, code_verifier="B" * 43 if verifier == 0 else VERIFIER
        )
        answer = self.world.do(acting.send("/token", form))
        expected = yes.redeem(client, self.world.now, verifier=verifier != 0)
        check("a code", said(answer), expected)
        if expected == FINE:
            body = answer.json()
            yes.redeemed(body["access_token"], body.get("refresh_token"), self.world.now)

    @rule(number=ANY, stolen=st.integers(0, 9), client=CLIENT, late=LATE)
    def refresh(self, number: int, stolen: int, client: int, late: int) -> None:
        offline = [yes for yes in self.given if yes.offline and yes.used]
        if not offline:
            return
        yes = offline[-1 - number % min(3, len(offline))]
        client = client if stolen == 0 else yes.client
        generation = max(0, len(yes.refresh) - 1 - late)
        form = {"grant_type": "refresh_token", "refresh_token": yes.refresh[generation]}
        answer = self.world.do(self.world.clients[client].send("/token", form))
        expected = yes.use(generation, client, self.world.now)
        check("a refresh token", said(answer), expected)
        if expected == FINE:
            body = answer.json()
            yes.used_up(generation, body["access_token"], body["refresh_token"], self.world.now)

    @rule(number=ANY, which=ANY, stolen=st.integers(0, 3), client=CLIENT, refresh=st.booleans())
    def give_back(self, number: int, which: int, stolen: int, client: int, refresh: bool) -> None:
        yes = self.one(number, used=True)
        if yes is None:
            return
        client = client if stolen == 0 else yes.client
        by_refresh = refresh and yes.offline
        access = None if by_refresh else yes.access[which % len(yes.access)]
        text = yes.refresh[which % len(yes.refresh)] if access is None else access.text
        answer = self.world.do(self.world.clients[client].send("/revoke", {"token": text}))
        expected = yes.give_back(client, access, self.world.now)
        check("giving back", said(answer), FINE if expected == NOTHING else expected)

    @rule(seconds=WAITS)
    def wait(self, seconds: int) -> None:
        self.world.provider.clock.advance(seconds)

    @precondition(lambda self: self.given)
    @rule(number=ANY, which=ANY, before=st.booleans())
    def wait_for_an_edge(self, number: int, which: int, before: bool) -> None:
        """To the very second in which something of a late yes ends, or the one before it."""
        yes = self.given[-1 - number % min(3, len(self.given))]
        ends = [yes.at + CODE, yes.rotated + GRACE, *(one.issued + ACCESS for one in yes.access)]
        edges = sorted({end - before for end in ends if end - before > self.world.now})
        if edges:
            self.world.provider.clock.advance(edges[which % len(edges)] - self.world.now)

    @rule()
    def sign_out(self) -> None:
        if not self.signed_out:
            self.world.do(self.world.sign_in())
            self.world.do(self.world.sign_out())
            self.signed_out = True

    @precondition(lambda self: self.given)
    @rule(number=ANY)
    def withdraw(self, number: int) -> None:
        client = self.given[number % len(self.given)].client
        self.world.do(self.world.sign_in())
        offered = self.world.do(self.world.withdraw(client))
        self.signed_out = False
        of_client = [yes for yes in self.given if yes.client == client]
        if not offered:
            alive = [yes for yes in of_client if yes.holds(self.world.now)]
            check("what lives, and cannot be taken back", alive, [])
            return
        for yes in of_client:
            yes.ended = True

    @rule(client=CLIENT)
    def ask_silently(self, client: int) -> None:
        error = self.world.do(self.world.silent(client))
        expected = ["login_required"] + ([] if self.signed_out else ["consent_required"])
        check("a silent request", error in expected, True)

    @invariant()
    def tokens_are_as_the_model_says(self) -> None:
        tokens = [(yes, token) for yes in self.given for token in yes.access]
        for yes, token in tokens[-LAST:]:
            alive = yes.is_alive(token, self.world.now)
            if yes.api:
                check("introspection", self.world.do(self.world.is_active(token.text)), alive)
                continue
            answer = self.world.do(self.world.clients[yes.client].userinfo(token.text))
            check("userinfo", answer.status, 200 if alive else 401)
            found = self.world.do(self.world.is_active(token.text))
            check("introspection by an API that it is not for", found, False)

    def teardown(self) -> None:
        if self.given:
            check("answers of 5xx", self.world.meter.broken, [])


def machine_of(world: Callable[[], World]) -> type[Machine]:
    """The machine whose runs each begin with a world of this making."""

    class Here(Machine):
        def __init__(self) -> None:
            super().__init__(world)

    return Here


def settings_of(examples: int, steps: int, **more: Any) -> Any:
    """Settings for a run: its size decides how long it takes, never a clock."""
    from hypothesis import HealthCheck, Phase, settings  # noqa: PLC0415 - beside its only use

    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],  # what fails is short as it is; making it shorter takes minutes
        print_blob=False,
        **more,
    )
