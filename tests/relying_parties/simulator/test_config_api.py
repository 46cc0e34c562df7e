"""The /config API: it steers, says what cannot be, and takes nothing from a foreign page."""

from typing import Any

import httpx2
import pytest

from tests.support.simulator import CLIENT_ID, ISSUER, LOGOUT_URI, World


async def patch(world: World, **members: Any) -> httpx2.Response:
    return await world.http.patch("/config", json=members)


async def test_it_shows_what_is_set(world: World):
    shown = (await world.http.get("/config")).json()
    assert shown["issuer"] == ISSUER
    assert shown["persona"] == "adult"
    assert shown["faults"] == shown["delivered"] == {}


async def test_the_next_person_is_chosen(world: World):
    assert (await patch(world, persona="declines")).json()["persona"] == "declines"
    assert (await world.authorize()).response["error"] == "access_denied"
    await patch(world, persona=None)
    assert 'data-testid="persona-adult"' in (await world.authorize()).authorize.text


async def test_a_fault_happens_as_often_as_was_said(world: World):
    answer = await patch(world, faults={"nonce": 2, "aud-array": "until reset"})
    assert answer.json()["faults"] == {"nonce": 2, "aud-array": "until reset"}
    await world.sign_in()
    await world.sign_in()
    shown = (await world.http.get("/config")).json()
    assert shown["faults"] == {"aud-array": "until reset"}
    assert shown["delivered"] == {"nonce": 2, "aud-array": 2}
    assert (await patch(world, faults={"aud-array": None})).json()["faults"] == {}


WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "an unknown member": ({"personna": "adult"}, "persona"),
    "an unknown persona": ({"persona": "nobody"}, "adult"),
    "an unknown fault": ({"faults": {"noce": 1}}, "Did you mean nonce"),
    "no number of times": ({"faults": {"nonce": 0}}, "until reset"),
    "a true number": ({"faults": {"nonce": True}}, "until reset"),
    "no object of faults": ({"faults": ["nonce"]}, "nonce"),
    "an unknown algorithm": ({"algorithm": "HS256"}, "RS256, ES256"),
    "a text for a number": ({"slow_seconds": "3"}, "number"),
    "a number that is too large": ({"slow_seconds": 6000}, "600"),
    "a text for yes": ({"require_pkce": "no"}, "true or false"),
    "no list of clients": ({"clients": {}}, "client_id"),
    "a client without a name": ({"clients": [{}]}, "client_id"),
    "an unknown member of a client": ({"clients": [{"client_id": "a", "x": 1}]}, "redirect_uris"),
    "a redirect URI that is no list": (
        {"clients": [{"client_id": "a", "redirect_uris": "https://a.example"}]},
        "list of addresses",
    ),
}


@pytest.mark.parametrize("mistake", WRONG)
async def test_a_mistake_is_explained_and_changes_nothing(world: World, mistake: str):
    members, hint = WRONG[mistake]
    before = (await world.http.get("/config")).json()
    answer = await world.http.patch("/config", json={"require_pkce": False, **members})
    assert answer.status_code == 400
    assert hint in answer.json()["message"]
    assert (await world.http.get("/config")).json() == before


async def test_everything_is_switched_back(world: World):
    await patch(world, persona="minor", faults={"nonce": "until reset"}, algorithm="ES256")
    await world.sign_in()
    shown = (await world.http.delete("/config")).json()
    assert (shown["persona"], shown["algorithm"], shown["faults"]) == ("adult", "RS256", {})
    assert (await world.http.get("/requests")).json() == {"requests": []}


async def test_what_the_platform_sent_is_told_and_its_secrets_are_marked(world: World):
    await world.sign_in()
    (entry,) = (await world.http.get("/requests?at=token")).json()["requests"]
    assert entry["parameters"]["grant_type"] == "authorization_code"
    assert entry["secret"] == ["authorization", "code", "code_verifier"]
    assert (await world.http.delete("/requests")).status_code == 204
    assert (await world.http.get("/requests")).json() == {"requests": []}


async def test_the_table_of_faults_is_told(world: World):
    faults = (await world.http.get("/faults")).json()["faults"]
    assert {"name", "what", "must", "mend", "spec"} <= faults[0].keys()


async def test_keys_rotate(world: World):
    before = (await world.sign_in()).header["kid"]
    answer = await world.http.post("/config/rotate-keys", json={})
    after = (await world.sign_in()).header["kid"]
    assert before != after
    assert {before, after} <= {key["kid"] for key in answer.json()["keys"]}


async def test_a_logout_is_sent(world: World):
    assert (await world.http.post("/config/logout", json={})).status_code == 409
    await patch(world, backchannel_logout_uri=LOGOUT_URI)
    await world.sign_in()
    answer = await world.http.post("/config/logout", json={"persona": "adult"})
    (sent,) = answer.json()["sent"]
    assert (sent["client_id"], sent["uri"], sent["status"]) == (CLIENT_ID, LOGOUT_URI, 200)
    assert world.logout_tokens == [sent["token"]]


async def test_a_foreign_page_changes_nothing(world: World):
    # What a page of another site can send without being asked: a form, or a text.
    for path in ("/config/rotate-keys", "/config/logout"):
        answer = await world.http.post(path, content="{}", headers={"content-type": "text/plain"})
        assert answer.status_code == 415
    answer = await world.http.patch("/config", json={}, headers={"origin": "https://evil.example"})
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize("body", [b"[" * 100_000, b"{" + b" " * 300_000 + b"}", b"\xff\xfe"])
async def test_what_is_no_object_of_a_fair_size_is_refused(world: World, body: bytes):
    headers = {"content-type": "application/json"}
    answer = await world.http.patch("/config", content=body, headers=headers)
    assert (answer.status_code, answer.json()["error"]) == (400, "not_json")


async def test_a_foreign_name_of_this_machine_is_refused(world: World):
    answer = await world.http.get("/config", headers={"host": "rebound.example"})
    assert answer.status_code == 421
