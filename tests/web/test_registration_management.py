"""What a client can do with its own registration (RFC 7592)."""

from typing import Any

import pytest

from tests.support.registering import Registrant, update
from tests.support.registrants import anybody

__all__ = ["anybody"]
pytestmark = pytest.mark.asyncio(loop_scope="module")


@pytest.mark.spec("RFC 7592 §2.1")
async def test_a_registration_is_read_with_its_token(anybody: Registrant):
    told = await anybody.registered()
    answer = await anybody.manage("GET", told)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.json() == {n: v for n, v in told.items() if not n.startswith("client_secret")}


@pytest.mark.spec("RFC 7592 §2.2")
async def test_an_update_replaces_what_was_registered(anybody: Registrant):
    told = await anybody.registered(policy_uri="https://shop.example/policy")
    changed = update(told, policy_uri=None, client_name="Another name")
    answer = await anybody.manage("PUT", told, changed)
    assert answer.status == 200, answer.text
    assert answer.json()["client_name"] == "Another name"
    assert "policy_uri" not in answer.json()
    assert "client_secret" not in answer.json()  # it has one, and keeps it
    assert (await anybody.manage("GET", told)).json() == answer.json()
    kept = await anybody.platform(told)
    found = await kept.code(anybody.provider.browser())
    assert (await kept.redeem(found)).status == 200


async def test_a_change_of_method_gives_or_takes_the_secret(anybody: Registrant):
    told = await anybody.registered(token_endpoint_auth_method="none")
    sent = update(told, token_endpoint_auth_method="client_secret_post")
    drawn = (await anybody.manage("PUT", told, sent)).json()
    assert (len(drawn["client_secret"]), drawn["client_secret_expires_at"]) == (43, 0)
    public = update(drawn, token_endpoint_auth_method="none", client_secret=None, require_pkce=True)
    assert "client_secret" not in (await anybody.manage("PUT", told, public)).json()
    shown = await anybody.provider.services.clients.show(told["client_id"])
    assert shown is not None
    assert shown.client.secret_digest is None


BAD_UPDATES: dict[str, dict[str, Any]] = {
    "no client_id": {"client_id": None},
    "another client_id": {"client_id": "another"},
    "token": {"registration_access_token": "a"},
    "address": {"registration_client_uri": "https://a.example/"},
    "expiry": {"client_secret_expires_at": 0},
    "issued": {"client_id_issued_at": 1},
    "a secret of its choice": {"client_secret": "password"},
    "no secret": {"client_secret": ["a"]},
    "another sector": {"redirect_uris": ["https://another.example/callback"]},
    "platform": {"platform": "corner-shop"},
    "first party": {"first_party": True},
    "metadata": {"subject_type": "public"},
}


@pytest.mark.spec("RFC 7592 §2.2")
@pytest.mark.parametrize("case", BAD_UPDATES)
async def test_an_update_that_is_not_one_is_refused_and_changes_nothing(
    anybody: Registrant, case: str
):
    told = await anybody.registered()
    before = (await anybody.manage("GET", told)).json()
    answer = await anybody.manage("PUT", told, update(told, **BAD_UPDATES[case]))
    assert answer.status == 400
    assert answer.json()["error"] in {"invalid_client_metadata", "invalid_redirect_uri"}
    assert (await anybody.manage("GET", told)).json() == before


async def test_from_a_sector_of_its_own_no_update_leads_into_another(anybody: Registrant):
    two = ["https://a.example/callback", "https://b.example/callback"]
    told = await anybody.registered(redirect_uris=two)
    kept = await anybody.manage("PUT", told, update(told, client_name="Another name"))
    assert kept.status == 200, kept.text
    one = await anybody.manage("PUT", told, update(told, redirect_uris=two[:1]))
    assert (one.status, one.json()["error"]) == (400, "invalid_redirect_uri")


@pytest.mark.spec("RFC 7592 §2.3")
async def test_a_client_that_is_deleted_is_gone_and_its_tokens_too(anybody: Registrant):
    told = await anybody.registered()
    platform = await anybody.platform(told)
    tokens = await platform.tokens(anybody.provider.browser())
    answer = await anybody.manage("DELETE", told)
    assert (answer.status, answer.body) == (204, b"")
    assert (await platform.userinfo(tokens["access_token"])).status == 401
    assert (await anybody.manage("GET", told)).status == 401
    assert (await anybody.manage("DELETE", told)).status == 401
