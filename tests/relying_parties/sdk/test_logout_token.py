"""Back-channel logout: each defect of a logout token is refused, and it works once."""

import asyncio
from collections.abc import Callable, Iterator
from typing import Any

import network_id as sdk
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from network_id.logout_token import MOST_REMEMBERED, Remembered

from tests.support.simulated_journey import Journey
from tests.support.simulated_logout import EVENT, SID, logout_token
from tests.support.simulated_provider import EC, ED, NETWORK_ID, OTHER_RSA, PSS, RSA
from tests.support.time import FrozenClock

pytestmark = pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.6")
NOW = 1_767_225_600
Defect = Callable[[Journey], str]


def claims(**values: Any) -> Defect:
    return lambda journey: logout_token(journey.provider, **values)


def header(**values: Any) -> Defect:
    return lambda journey: logout_token(journey.provider, header={**values})


def text(change: Callable[[str], str]) -> Defect:
    return lambda journey: change(logout_token(journey.provider))


def forged(journey: Journey) -> str:
    journey.provider.key = OTHER_RSA
    return logout_token(journey.provider, header={"kid": RSA.kid})


def unpublished(journey: Journey) -> str:
    journey.provider.key = OTHER_RSA
    return logout_token(journey.provider)


def id_token(journey: Journey) -> str:
    return journey.provider.id_token({"client_id": "client-of-the-shop", "nonce": "n"})


def id_token_that_says_logout(journey: Journey) -> str:
    journey.provider.change_claims = lambda c: c.update(
        sid=SID, jti="j", events={EVENT: {}}, nonce=None
    )
    return id_token(journey)


DEFECTS: dict[str, tuple[Defect, type[sdk.SignInError]]] = {
    "empty": (text(lambda _: ""), sdk.TokenMalformedError),
    "no JWT": (text(lambda _: "abc"), sdk.TokenMalformedError),
    "too long": (text(lambda given: given + "A" * 20_000), sdk.TokenMalformedError),
    "crit unknown": (header(crit=["x"], x=1), sdk.TokenMalformedError),
    "an ID token": (id_token, sdk.TokenTypeError),
    "an ID token that says logout": (id_token_that_says_logout, sdk.TokenTypeError),
    "typ missing": (header(typ=None), sdk.TokenTypeError),
    "typ of an access token": (header(typ="at+jwt"), sdk.TokenTypeError),
    "alg none": (header(alg="none"), sdk.AlgorithmRefusedError),
    "alg HS256 with the public key": (header(alg="HS256"), sdk.AlgorithmRefusedError),
    "kid missing": (header(kid=None), sdk.KeyUnknownError),
    "kid unknown": (header(kid="another"), sdk.KeyUnknownError),
    "key unpublished": (unpublished, sdk.KeyUnknownError),
    "signature of another key": (forged, sdk.SignatureInvalidError),
    "signature removed": (
        text(lambda given: given.rpartition(".")[0] + "."),
        sdk.SignatureInvalidError,
    ),
    "iss of another": (claims(iss="https://evil.example"), sdk.TokenIssuerError),
    "iss absent": (claims(iss=None), sdk.TokenIssuerError),
    "aud of another": (claims(aud="another"), sdk.AudienceError),
    "aud absent": (claims(aud=None), sdk.AudienceError),
    "aud with company": (claims(aud=["client-of-the-shop", "another"]), sdk.AudienceError),
    "expired": (claims(exp=NOW - 31), sdk.TokenExpiredError),
    "expired, with a sub of no form": (claims(exp=NOW - 31, sub=7), sdk.TokenExpiredError),
    "exp absent": (claims(exp=None), sdk.TokenExpiredError),
    "exp not a number": (claims(exp=float("nan")), sdk.TokenExpiredError),
    "issued in the future": (claims(iat=NOW + 31), sdk.IssuedInFutureError),
    "iat absent": (claims(iat=None), sdk.IssuedInFutureError),
    "issued long ago": (claims(iat=NOW - 631), sdk.LogoutTooOldError),
    "not yet valid": (claims(nbf=NOW + 31), sdk.TokenNotYetValidError),
    "events absent": (claims(events=None), sdk.LogoutEventMissingError),
    "events a list": (claims(events=[EVENT]), sdk.LogoutEventMissingError),
    "events of another kind": (claims(events={"x": {}}), sdk.LogoutEventMissingError),
    "event no object": (claims(events={EVENT: True}), sdk.LogoutEventMissingError),
    "a nonce": (claims(nonce="n"), sdk.LogoutNonceError),
    "an empty nonce": (claims(nonce=""), sdk.LogoutNonceError),
    "neither sid nor sub": (claims(sid=None), sdk.LogoutOfNobodyError),
    "sid empty": (claims(sid=""), sdk.LogoutOfNobodyError),
    "sid a number": (claims(sid=7, sub=NETWORK_ID), sdk.LogoutOfNobodyError),
    "sub no network ID": (claims(sub="somebody"), sdk.LogoutOfNobodyError),
    "jti absent": (claims(jti=None), sdk.LogoutIdMissingError),
    "jti empty": (claims(jti=""), sdk.LogoutIdMissingError),
    "jti a number": (claims(jti=7), sdk.LogoutIdMissingError),
}


OF_TIME = {
    sdk.TokenExpiredError,
    sdk.IssuedInFutureError,
    sdk.TokenNotYetValidError,
    sdk.LogoutTooOldError,
}


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.4", "RFC 8725 §3.11")
@pytest.mark.parametrize("defect", DEFECTS)
async def test_a_defect_is_refused_under_its_own_name(journey: Journey, defect: str) -> None:
    platform = await journey.platform()
    token, name = DEFECTS[defect]
    with pytest.raises(sdk.SignInError) as refusal:
        await platform.verify_logout(token(journey))
    assert type(refusal.value) is name
    assert refusal.value.todo.endswith("End no session, and answer 400.")
    assert "the person" not in refusal.value.todo
    assert ("clock" in refusal.value.todo) == (name in OF_TIME)
    assert ("Options" in refusal.value.todo) == (name is sdk.AlgorithmRefusedError)
    assert SID not in str(refusal.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=9),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=9), inner),
    max_leaves=4,
)
NAMES = ("iss", "aud", "iat", "exp", "nbf", "jti", "events", "sid", "sub", "nonce")


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.dictionaries(st.sampled_from(NAMES), JSON, min_size=1, max_size=3))
@example({"iat": -(10**4000)})
@example({"iat": 10**4000, "exp": 1e400})
def test_whatever_is_claimed_it_is_a_logout_or_a_refusal(
    journey: Journey, runner: asyncio.Runner, said: dict[str, Any]
) -> None:
    async def told() -> sdk.Logout:
        platform = await journey.platform()
        return await platform.verify_logout(logout_token(journey.provider, **said))

    try:
        logout = runner.run(told())
    except sdk.SignInError as refusal:
        text = str(refusal)
    else:
        text = f"{logout.jti}{logout.sid or logout.network_id}"
    assert 0 < len(text) < 1000


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


async def test_a_field_that_is_not_there_is_refused(journey: Journey) -> None:
    platform = await journey.platform()
    with pytest.raises(sdk.TokenMalformedError):
        await platform.verify_logout(None)


@pytest.mark.parametrize("key", [RSA, PSS, EC, ED])
async def test_a_good_one_says_whose_session_ended(journey: Journey, key: Any) -> None:
    platform = await journey.platform()
    journey.provider.key = key
    logout = await platform.verify_logout(logout_token(journey.provider, jti="one"))
    assert (logout.sid, logout.network_id, logout.jti) == (SID, None, "one")
    assert logout.issued_at == NOW
    assert logout.claims["aud"] == "client-of-the-shop"


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.7")
@pytest.mark.parametrize(
    ("named", "same", "other_session", "other_person"),
    [
        ({}, True, False, True),
        ({"sub": NETWORK_ID}, True, False, False),
        ({"sub": NETWORK_ID, "sid": None}, True, True, False),
    ],
)
async def test_it_ends_the_sessions_that_it_names(
    journey: Journey, named: dict[str, Any], same: bool, other_session: bool, other_person: bool
) -> None:
    platform = await journey.platform()
    logout = await platform.verify_logout(logout_token(journey.provider, **named))
    assert logout.ends(network_id=NETWORK_ID, sid=SID) == same
    assert logout.ends(network_id=NETWORK_ID, sid="another") == other_session
    assert logout.ends(network_id=NETWORK_ID, sid=None) == other_session
    assert logout.ends(network_id="another", sid=SID) == other_person


async def test_typ_is_read_as_a_media_type(journey: Journey) -> None:
    platform = await journey.platform()
    for typ in ("LOGOUT+JWT", "application/logout+jwt"):
        await platform.verify_logout(logout_token(journey.provider, header={"typ": typ}))


async def test_a_token_works_once_and_a_second_one_for_the_session_too(journey: Journey) -> None:
    platform = await journey.platform()
    token = logout_token(journey.provider)
    assert (await platform.verify_logout(token)).sid == SID
    with pytest.raises(sdk.LogoutReplayedError):
        await platform.verify_logout(token)
    assert (await platform.verify_logout(logout_token(journey.provider))).sid == SID


async def test_a_refused_token_is_not_remembered(journey: Journey) -> None:
    platform = await journey.platform()
    with pytest.raises(sdk.AudienceError):
        await platform.verify_logout(logout_token(journey.provider, jti="one", aud="another"))
    await platform.verify_logout(logout_token(journey.provider, jti="one"))


async def test_a_replay_is_refused_for_as_long_as_the_token_lives(journey: Journey) -> None:
    platform = await journey.platform()
    token = logout_token(journey.provider, exp=NOW + 10_000)
    await platform.verify_logout(token)
    journey.clock.advance(630)
    with pytest.raises(sdk.LogoutReplayedError):
        await platform.verify_logout(token)
    journey.clock.advance(1)
    with pytest.raises(sdk.LogoutTooOldError):
        await platform.verify_logout(token)


@pytest.mark.parametrize("waits", [False, True])
async def test_several_processes_can_share_what_was_used(journey: Journey, waits: bool) -> None:
    shared: dict[str, int] = {}

    def is_new(jti: str, until: int) -> bool | None:
        return None if jti in shared else shared.setdefault(jti, until) == until

    async def is_new_later(jti: str, until: int) -> bool | None:
        return is_new(jti, until)

    chosen = is_new_later if waits else is_new
    first, second = [await journey.platform(logout_is_new=chosen) for _ in range(2)]
    token = logout_token(journey.provider, jti="one")
    await first.verify_logout(token)
    assert shared == {"one": NOW + 630}
    with pytest.raises(sdk.LogoutReplayedError):
        await second.verify_logout(token)


async def test_an_outage_is_no_refusal_so_that_the_provider_tries_again(journey: Journey) -> None:
    platform = await journey.platform()
    token = logout_token(journey.provider, header={"kid": "new"})
    journey.clock.advance(30)
    journey.provider.away = True
    with pytest.raises(sdk.ProviderError):
        await platform.verify_logout(token)


async def test_a_known_key_verifies_during_an_outage(journey: Journey) -> None:
    platform = await journey.platform()
    journey.provider.away = True
    await platform.verify_logout(logout_token(journey.provider))


def test_what_is_remembered_is_bounded(clock: FrozenClock) -> None:
    is_new = Remembered(clock.now)
    for number in range(MOST_REMEMBERED + 1):
        assert is_new(str(number), NOW + 600)
    assert not is_new(str(MOST_REMEMBERED), NOW + 600)
    assert is_new("0", NOW + 600)  # the oldest was forgotten
    clock.advance(601)
    assert is_new("1", NOW + 1200)
    assert len(is_new) == 1
