"""What a platform's session holds: any store of JSON will do, and nothing else comes back."""

import base64
import json
from collections.abc import Callable
from typing import Any

import pytest
from network_id import Pending, SessionValueError, SignIn

from tests.support.simulated_journey import Journey
from tests.support.simulated_provider import NETWORK_ID

Change = Callable[[dict[str, Any]], object]


async def test_a_pending_sign_in_survives_a_session_store(journey: Journey) -> None:
    platform = await journey.platform()
    url, pending = await platform.begin_sign_in()
    assert Pending.from_dict(json.loads(json.dumps(pending.to_dict()))) == pending
    kept = Pending.from_json(pending.to_json())
    assert (await platform.finish_sign_in(kept, journey.provider.answer(url))).network_id


async def test_a_sign_in_survives_a_session_store(journey: Journey) -> None:
    journey.provider.ages = {"age_over_18": True, "auth_time": 1_767_225_000, "sid": "a-session"}
    sign_in = await journey.sign_in()
    kept = SignIn.from_json(sign_in.to_json())
    assert kept == sign_in
    assert SignIn.from_dict(json.loads(json.dumps(sign_in.to_dict()))) == sign_in
    assert (kept.over(18), kept.auth_time, kept.sid) == (True, 1_767_225_000, "a-session")
    assert sign_in.to_dict().keys() == {
        *("network_id", "ages", "acr", "auth_time", "sid", "id_token"),
    }


async def test_a_sign_in_fits_into_a_cookie(journey: Journey) -> None:
    journey.provider.ages = {f"age_over_{age}": True for age in (14, 16, 18, 65)}
    assert len((await journey.sign_in()).to_json()) < 2_000


def put(**values: object) -> Change:
    return lambda stored: stored.update(values)


PENDING: dict[str, Change] = {
    "one left out": lambda stored: stored.pop("nonce"),
    "one too many": put(is_admin=True),
    "state a number": put(state=7),
    "verifier none": put(code_verifier=None),
    "time as text": put(begun_at="1767225600"),
    "time a truth": put(begun_at=True),
    "time with a fraction": put(begun_at=1.5),
    "everything gone": dict.clear,
}


@pytest.mark.parametrize("fault", PENDING)
async def test_a_pending_of_another_form_is_refused(journey: Journey, fault: str) -> None:
    stored = (await (await journey.platform()).begin_sign_in())[1].to_dict()
    secrets = [stored["state"], stored["nonce"], stored["code_verifier"]]
    PENDING[fault](stored)
    with pytest.raises(SessionValueError) as refusal:
        Pending.from_dict(stored)
    assert not [secret for secret in secrets if secret in str(refusal.value)]


SIGN_IN: dict[str, Change] = {
    "another person": put(network_id="BY7Q2YWSGQNFEDCVVCMN1XMFN"),
    "older than before": put(ages={"18": True}),
    "age a number": put(ages={"18": 0}),
    "age no JSON": put(ages={"18": object()}),
    "one left out": lambda stored: stored.pop("acr"),
    "one too many": put(is_admin=True),
    "no ID token": lambda stored: stored.pop("id_token"),
    "ID token none": put(id_token=None),
    "ID token garbage": put(id_token="abc"),
    "ID token long": put(id_token="a" * 20_000),
    "everything gone": dict.clear,
}


def token(header: object, claims: object) -> Change:
    parts = [json.dumps(part).encode() for part in (header, claims)]
    text = ".".join(base64.urlsafe_b64encode(part).decode().rstrip("=") for part in parts)
    return put(id_token=f"{text}.AAAA")


HEADER = {"alg": "RS256", "kid": "a"}
SIGN_IN |= {
    "no key in the ID token": token({"alg": "RS256"}, {"sub": NETWORK_ID}),
    "nobody in the ID token": token(HEADER, {}),
    "claims a list": token(HEADER, []),
    "claims a number": token(HEADER, 7),
    "time of another form": token(HEADER, {"sub": NETWORK_ID, "auth_time": "now"}),
    "age of another form": token(HEADER, {"sub": NETWORK_ID, "age_over_18": "false"}),
}


@pytest.mark.parametrize("fault", SIGN_IN)
async def test_a_sign_in_of_another_form_is_refused(journey: Journey, fault: str) -> None:
    journey.provider.ages = {"age_over_18": False}
    stored = (await journey.sign_in()).to_dict()
    SIGN_IN[fault](stored)
    with pytest.raises(SessionValueError):
        SignIn.from_dict(stored)


@pytest.mark.parametrize("kind", [Pending, SignIn])
@pytest.mark.parametrize(
    "text", ["", "{", "[]", "7", "null", b"\xff", "[" * 60_000, '{"a":"' + "b" * 70_000 + '"}']
)
def test_text_that_holds_nothing_of_ours_is_refused(
    kind: type[Pending | SignIn], text: str | bytes
) -> None:
    with pytest.raises(SessionValueError):
        kind.from_json(text)


@pytest.mark.parametrize("kind", [Pending, SignIn])
@pytest.mark.parametrize("value", [None, 7, "text", [], {7: "a"}])
def test_a_value_that_is_no_object_is_refused(kind: type[Pending | SignIn], value: object) -> None:
    with pytest.raises(SessionValueError):
        kind.from_dict(value)
