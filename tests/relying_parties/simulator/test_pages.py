"""The pages: who signs in, whether to sign out, what a platform did wrong; in two languages."""

import re

import httpx2
import pytest
from network_id_simulator import FAULTS, PERSONAS, words

from tests.support.simulator import ISSUER, REDIRECT_URI, World

CHINESE = {"accept-language": "zh-CN,zh;q=0.9"}


@pytest.fixture
def world(world: World) -> World:
    world.simulator.config.persona = None
    return world


async def page(world: World, **changes: str | None) -> httpx2.Response:
    return (await world.authorize(**changes)).authorize


async def press(world: World, shown: httpx2.Response, **pressed: str) -> httpx2.Response:
    asked = re.search(r'name="asked" value="([^"]+)"', shown.text)
    assert asked
    form = {"asked": asked[1], **pressed}
    path = "/logout/chosen" if "sign-out" in shown.text else "/authorize/chosen"
    return await world.http.post(path, data=form)


async def test_each_persona_is_a_button_that_signs_in(world: World):
    for name, persona in PERSONAS.items():
        if persona.hesitates:
            world.simulator.config.hesitation_seconds = 0
        shown = await page(world)
        assert f'data-testid="persona-{name}"' in shown.text
        location = (await press(world, shown, persona=name)).headers["location"]
        expected = f"error={persona.refused}" if persona.refused else "code="
        assert expected in location


async def test_every_page_says_that_it_is_a_simulators(world: World):
    for shown in (
        await page(world),
        await page(world, client_id=None),
        await world.http.get("/"),
        await world.http.get("/logout"),
    ):
        assert 'data-testid="simulator"' in shown.text
        assert shown.headers["content-security-policy"].startswith("default-src 'none'")
        assert "<script" not in shown.text


async def test_a_fault_can_be_chosen_beside_the_person(world: World):
    shown = await page(world)
    offered = set(re.findall(r'<option value="([a-z0-9-]+)"', shown.text))
    assert offered == {n for n, f in FAULTS.items() if f.at in {"authorize", "token", "userinfo"}}
    location = (await press(world, shown, persona="adult", fault="response-iss")).headers
    assert "another-provider" in location["location"]
    shown = await page(world)
    location = (await press(world, shown, persona="adult", fault="error-server-error")).headers
    assert "error=server_error" in location["location"]


async def test_an_answer_works_once(world: World):
    shown = await page(world)
    assert (await press(world, shown, persona="adult")).status_code == 303
    again = await press(world, shown, persona="adult")
    assert again.status_code == 400
    assert "interaction_expired" in again.text


async def test_a_pushed_request_waits_for_its_person(world: World):
    uri = (await world.http.post("/par", data=world.asked())).json()["request_uri"]
    params = {"client_id": "client-of-the-shop", "request_uri": uri}
    shown = await world.http.get("/authorize", params=params)
    world.clock.advance(600)
    assert "code=" in (await press(world, shown, persona="adult")).headers["location"]


async def test_prompt_none_shows_no_page(world: World):
    seen = await world.authorize(prompt="none")
    assert seen.response["error"] == "login_required"


async def test_a_person_may_stay_signed_in(world: World):
    shown = await page(world)
    await press(world, shown, persona="adult")
    shown = await world.http.get("/logout")
    assert (await press(world, shown, answer="stay")).status_code == 200
    assert (await press(world, await world.http.get("/logout"), answer="end")).status_code == 200


async def test_what_a_platform_did_wrong_is_shown_escaped(world: World):
    shown = await page(world, redirect_uri="http://<b>.example/")
    assert shown.status_code == 400
    assert "redirect_uri_mismatch" in shown.text
    assert "http://&lt;b&gt;.example/" in shown.text


async def test_a_person_reads_their_language_and_can_choose(world: World):
    world.http.headers |= CHINESE
    shown = await page(world)
    assert '<html lang="zh-Hans"' in shown.text
    assert "由谁登录" in shown.text
    assert '<html lang="en"' in (await page(world, lang="en")).text
    assert '<html lang="en"' in (await page(world, ui_locales="fr en")).text


def test_both_languages_have_the_same_words():
    known = words.read()
    assert known["en"].keys() == known["zh-Hans"].keys()
    assert {f"persona_{name}" for name in PERSONAS} <= known["en"].keys()
    assert all(text.strip() for told in known.values() for text in told.values())


async def test_the_first_page_tells_how_to_steer(world: World):
    world.simulator.switches.on("nonce")
    shown = (await world.http.get("/")).text
    assert f"curl -X PATCH {ISSUER}/config" in shown
    assert "Faults that are on: nonce." in shown
    assert all(f"<code>{name}</code>" in shown for name in FAULTS)


async def test_the_address_of_an_error_explains_it(world: World):
    answer = (await world.http.post("/token", data={"client_id": "a"})).json()
    shown = await world.http.get(answer["error_uri"])
    assert answer["error_description"] in shown.text
    assert (await world.http.get("/errors/unheard_of")).status_code == 404


async def test_an_answer_may_be_a_form_that_the_browser_sends(world: World):
    world.simulator.config.persona = "adult"
    world.simulator.switches.on("state")
    shown = await page(world, response_mode="form_post")
    members = dict(re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)">', shown.text))
    assert members.keys() == {"code", "state", "iss"}
    assert members["state"] == "the-state-of-nobody-that-you-know"
    assert f'action="{REDIRECT_URI}"' in shown.text
    assert "location" not in shown.headers
