"""Sealed values that travel through the browser: changed, cut, swapped or invented ones fail."""

from pathlib import Path
from urllib.parse import urlencode

import pytest

from idp.keystore.memory import MemoryKeystore
from tests.support import passkeys
from tests.support.browser_like import Browser
from tests.support.logins import Platform
from tests.support.provider import Provider, running
from tests.support.shared_provider import dump, dump_but_counts
from tests.support.time import SeededEntropy

PATHS = ["/signin", "/continue", "/consent", "/select-account", "/suspended", "/decline"]


def changed(token: str) -> dict[str, str]:
    middle = len(token) // 2
    other = "A" if token[middle] != "A" else "B"
    return {
        "one character": token[:middle] + other + token[middle + 1 :],
        "first character": ("B" if token[0] != "B" else "C") + token[1:],
        "cut": token[:-4],
        "cut in the middle": token[:middle] + token[middle + 4 :],
        "doubled": token + token,
        "padded": token + "=",
        "another alphabet": token.replace("-", "+").replace("_", "/") + "+",
        "reversed": token[::-1],
        "short": "AAE",
        "no base64": "not sealed by us!",
        "not ASCII": "网号" * 10,
        "long": "A" * 12_000,
    }


KINDS = list(changed("x" * 40))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("path", [*PATHS, "/create", "/created"])
async def test_a_changed_interaction_is_refused(
    platform: Platform, visitor: Browser, path: str, kind: str
):
    interaction = (await platform.ask(visitor)).form("/signin/persona")["interaction"]
    query = urlencode({"interaction": changed(interaction)[kind]})
    answer = await visitor.get(f"{path}?{query}")
    assert (answer.status, answer.error_code()) == (400, "interaction_invalid")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_changed_interaction_in_a_form_is_refused(
    provider: Provider, platform: Platform, visitor: Browser, kind: str
):
    await provider.sign_in(visitor)
    page = await platform.ask(visitor)
    form = page.form("/consent") | {"decision": "allow", "remember": "on"}
    before = dump(provider)
    wrong = form | {"interaction": changed(form["interaction"])[kind]}
    answer = await visitor.post("/consent", wrong)
    assert (answer.status, answer.error_code()) == (400, "interaction_invalid")
    assert dump(provider) == before


@pytest.mark.parametrize("kind", KINDS)
async def test_a_changed_enrolment_is_refused(provider: Provider, visitor: Browser, kind: str):
    page = await passkeys.begin_enrolment(visitor)
    form = page.form("/create/passkey") | {"credential": "{}"}
    wrong = form | {"enrolment": changed(form["enrolment"])[kind]}
    before = dump(provider)
    answer = await visitor.post("/create/passkey", wrong)
    assert (answer.status, answer.error_code()) == (400, "interaction_invalid")
    assert dump(provider) == before


@pytest.mark.parametrize("kind", KINDS)
async def test_a_changed_challenge_is_refused(provider: Provider, visitor: Browser, kind: str):
    page = await visitor.get("/signin")
    form = page.form("/signin/passkey") | {"credential": "{}"}
    before = dump_but_counts(provider)
    wrong = form | {"challenge": changed(form["challenge"])[kind]}
    answer = await visitor.post("/signin/passkey", wrong)
    assert answer.status == 400
    assert dump_but_counts(provider) == before


async def test_a_token_sealed_for_one_use_is_nothing_in_another(
    platform: Platform, visitor: Browser
):
    page = await platform.ask(visitor)
    form = page.form("/signin/passkey")
    enrolling = await passkeys.begin_enrolment(visitor)
    sealed = {
        "interaction": form["interaction"],
        "sign-in challenge": form["challenge"],
        "enrolment": enrolling.form("/create/passkey")["enrolment"],
        "registration challenge": enrolling.form("/create/passkey")["challenge"],
    }
    for kind, token in sealed.items():
        opened = await visitor.get(f"/signin?interaction={token}")
        assert opened.status == (200 if kind == "interaction" else 400)
        opened = await visitor.get(f"/create/passkey?enrolment={token}")
        assert opened.status == (200 if kind == "enrolment" else 400)


async def test_a_token_of_another_instance_is_nothing_here(tmp_path: Path, visitor: Browser):
    other_keys = MemoryKeystore.create(SeededEntropy(1))
    async with running(tmp_path, keystore=other_keys) as other:
        platform = await Platform.register(other)
        page = await platform.ask(other.browser())
        interaction = page.form("/signin/persona")["interaction"]
    answer = await visitor.get(f"/signin?interaction={interaction}")
    assert (answer.status, answer.error_code()) == (400, "interaction_invalid")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_changed_session_cookie_is_a_stranger(
    provider: Provider, platform: Platform, visitor: Browser, kind: str
):
    await provider.sign_in(visitor)
    name = next(name for name in visitor.cookies if name.endswith("session"))
    wrong = changed(visitor.cookies[name])[kind].encode("utf-8").decode("latin-1")
    visitor.cookies[name] = wrong
    page = await platform.ask(visitor)
    assert page.status == 200
    assert page.url.startswith("/signin?")


@pytest.mark.parametrize("kind", KINDS)
async def test_a_changed_browser_cookie_ends_the_forms_made_for_it(
    platform: Platform, visitor: Browser, kind: str
):
    page = await platform.ask(visitor)
    (name,) = visitor.cookies
    visitor.cookies[name] = changed(visitor.cookies[name])[kind].encode().decode("latin-1")
    form = page.form("/signin/persona") | {"persona": "adult"}
    answer = await visitor.post("/signin/persona", form)
    code = "cookie_missing" if kind == "long" else "csrf_failed"  # ours is never that long
    assert (answer.status, answer.error_code()) == (403, code)


async def test_an_interaction_says_nothing_to_who_carries_it(platform: Platform, visitor: Browser):
    page = await platform.ask(visitor, state="a secret of the platform")
    interaction = page.form("/signin/persona")["interaction"]
    other = (await platform.ask(visitor, state="b")).form("/signin/persona")["interaction"]
    assert len(interaction) == len(other)
    assert platform.client_id not in interaction
