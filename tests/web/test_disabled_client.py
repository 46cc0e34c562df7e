"""A client that an operator has disabled: refused everywhere, and what was allowed waits."""

import pytest

from idp.domain.audit import Act
from idp.services.changes import SECONDS
from idp.storage import clients
from tests.support import pushing, refreshing
from tests.support.browser_like import Answer, Browser
from tests.support.internet import Internet
from tests.support.logins import Platform
from tests.support.platforms import Holder
from tests.support.provider import Provider, running
from tests.support.refreshing import Connection, connect
from tests.support.registering import Registrant
from tests.support.resources import Api, own_token

BACK = "https://shop.example/goodbye"


@pytest.fixture
async def connection(provider: Provider, visitor: Browser) -> Connection:
    platform = await refreshing.register(
        provider, post_logout_redirect_uris=[BACK], initiate_login_uri="https://shop.example/go"
    )
    return await connect(platform, visitor, remember=True)


async def disable(platform: Platform) -> None:
    assert await platform.provider.services.client_changes.disable(platform.client_id)


def told(answer: Answer) -> tuple[int, str, str]:
    body = answer.json()
    return answer.status, body["error"], body["error_code"]


async def test_every_endpoint_refuses_it_at_once_and_takes_it_back_when_enabled(
    connection: Connection, visitor: Browser
):
    platform = connection.platform
    code = await platform.code(visitor, remember=True)
    await disable(platform)

    refused = (400, "unauthorized_client", "client_disabled")
    assert told(await platform.redeem(code)) == refused
    assert told(await platform.refresh(connection.live)) == refused
    assert told(await platform.revoke(connection.live)) == refused
    assert told(await pushing.push(platform)) == refused
    assert told(await platform.as_client("/introspect", {"token": "any"})) == refused
    assert told(await platform.userinfo(connection.access_token)) == (
        401,
        "invalid_token",
        "token_of_disabled_client",
    )

    assert await platform.provider.services.client_changes.enable(platform.client_id)
    assert await connection.is_honoured(), "what was granted gives again what it gave"
    assert await connection.is_alive()
    assert (await platform.redeem(code)).status == 200


@pytest.mark.spec("RFC 6749 §4.1.2.1")
@pytest.mark.parametrize("prompt", [None, "none"])
async def test_nobody_is_sent_to_it_and_the_person_reads_why(
    connection: Connection, visitor: Browser, prompt: str | None
):
    platform = connection.platform
    await disable(platform)
    page = await visitor.get(platform.address(prompt=prompt))
    assert page.status == 400
    assert "This platform is disabled" in page.text
    assert ">client_disabled<" in page.text
    assert platform.registered.client.name("") in page.text
    assert "https://shop.example/go" not in page.text
    chinese = await visitor.get(platform.address(prompt=prompt), {"accept-language": "zh-CN"})
    assert "该平台已停用" in chinese.text


@pytest.mark.parametrize("decision", ["allow", "deny"])
async def test_a_sign_in_under_way_ends_there(provider: Provider, visitor: Browser, decision: str):
    platform = await Platform.register(provider)
    page = await platform.ask(visitor)
    if "/signin?" in page.url:
        page = await platform.choose_persona(visitor, page, "adult")
    form = page.form("/consent") | {"decision": decision}
    await disable(platform)
    answer = await visitor.post("/consent", form)
    assert (answer.status, "client_disabled" in answer.text) == (400, True)
    assert await provider.services.client_changes.enable(platform.client_id)


async def test_only_who_proves_to_be_the_client_hears_of_it(connection: Connection):
    platform = connection.platform
    await disable(platform)
    form = platform.token_form("no code") | {"client_id": platform.client_id}
    form |= {"client_secret": "wrong"}
    assert (await platform.at_token_endpoint(form)).json()["error"] == "invalid_client"


async def test_the_person_is_told_and_can_take_back_and_sign_out(
    connection: Connection, visitor: Browser
):
    platform = connection.platform
    holder = Holder(platform.provider, visitor)
    assert "https://shop.example/go" in (await holder.page(platform)).text
    await disable(platform)

    assert "platform-disabled" in (await holder.everywhere()).text
    page = (await holder.page(platform)).text
    assert "This platform is disabled" in page
    assert "https://shop.example/go" not in page, "nobody is sent to where no login works"
    await holder.withdraw(platform)
    assert "platform-disabled" in (await holder.page(platform)).text

    hint = connection.answer["id_token"]
    asked = f"/logout?id_token_hint={hint}&post_logout_redirect_uri={BACK}"
    leaving = await visitor.follow(await visitor.get(asked))
    assert leaving.status == 200
    assert BACK not in leaving.text
    assert platform.registered.client.name("") in leaving.text

    assert await platform.provider.services.client_changes.enable(platform.client_id)
    assert not await connection.is_alive(), "what was taken back stays taken back"


async def test_another_process_learns_of_it_within_two_seconds(
    connection: Connection, visitor: Browser
):
    provider, platform = connection.platform.provider, connection.platform
    await platform.ask(visitor)  # it is in the cache now
    async with provider.parts.database.transaction() as transaction:
        assert await clients.disable(transaction, platform.client_id, now=provider.clock.now())
    provider.clock.advance(SECONDS)
    assert (await visitor.get(platform.address())).status == 400


async def test_a_disabled_resource_server_hears_nothing_and_nothing_is_given_for_it(
    provider: Provider, visitor: Browser
):
    api = await Api.offered(provider)
    program = await api.program()
    user = await api.user()
    asked = f"openid {api.read}"
    tokens = await user.tokens(visitor, scope=asked)
    await disable(api)

    assert told(await api.introspect(tokens["access_token"]))[2] == "client_disabled"
    assert (await own_token(program, scope=api.read)).status == 400
    assert "error=" in (await user.ask(visitor, scope=asked, prompt="none")).headers["location"]
    with pytest.raises(ValueError, match="identifier is taken"):
        await provider.add_client(
            client_name="Thief",
            grant_types=[],
            redirect_uris=[],
            resource=api.identifier,
            resource_scopes={"thief:read": "x"},
        )
    assert await provider.services.client_changes.enable(api.client_id)
    assert (await own_token(program, scope=api.read)).status == 200


async def test_a_token_of_a_disabled_client_is_not_active(provider: Provider, visitor: Browser):
    api = await Api.offered(provider)
    user = await api.user()
    tokens = await user.tokens(visitor, scope=f"openid {api.read}")
    await disable(user)
    assert (await api.introspect(tokens["access_token"])).json() == {"active": False}


async def test_it_cannot_change_itself_out_of_it(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("registering")
    async with running(folder, registration="open") as provider:
        registrant = Registrant(provider, Internet())
        own = await registrant.registered()
        assert await provider.services.client_changes.disable(own["client_id"])
        for method in ("GET", "DELETE"):
            assert told(await registrant.manage(method, own))[2] == "client_disabled"


async def test_both_acts_stand_once_in_the_audit_log(provider: Provider):
    platform = await Platform.register(provider)
    changes = provider.services.client_changes
    done = [
        await changes.disable(platform.client_id),
        await changes.disable(platform.client_id),
        await changes.enable(platform.client_id),
        await changes.enable(platform.client_id),
        await changes.disable("nobody"),
    ]
    assert done == [True, False, True, False, False]
    page = await provider.services.operations.audit.page()
    about = [entry.act for entry in page if entry.subject == platform.client_id]
    assert about == [Act.CLIENT_ENABLED, Act.CLIENT_DISABLED, Act.CLIENT_ADDED]
