"""The demo's clients for an app of one's own: this machine's alone, the same after a restart."""

from hashlib import sha256
from pathlib import Path

from idp.cli.demo.developer import APP, PAGE, register
from idp.cli.secret_files import file_of
from idp.domain.client import AuthMethod
from idp.domain.loopback import is_loopback
from tests.support.provider import running


async def test_nothing_of_them_leads_off_this_machine_and_each_is_a_sector_of_its_own(
    tmp_path: Path,
):
    async with running(tmp_path) as provider:
        await register(provider.services.clients, tmp_path)
        app, page = [await provider.services.clients.known(name) for name in (APP, PAGE)]
        assert app
        assert page
        for client in (app, page):
            addresses = (*client.redirect_uris, *client.post_logout_redirect_uris)
            assert all(is_loopback(address) for address in addresses)
            assert client.sector == f"client:{client.client_id}"
            assert client.require_pkce
        assert page.auth_method is AuthMethod.NONE


async def test_a_secret_stays_while_the_folder_holds_it_and_is_drawn_anew_when_not(tmp_path: Path):
    async with running(tmp_path) as provider:
        clients, kept = provider.services.clients, file_of(tmp_path, APP)
        first = await register(clients, tmp_path)
        assert await register(clients, tmp_path) == first
        assert kept.stat().st_mode & 0o777 == 0o600
        for broken in (None, "another secret", "\N{SNOWMAN}"):
            kept.unlink() if broken is None else kept.write_text(broken, encoding="utf-8")
            drawn = await register(clients, tmp_path)
            assert drawn not in {first, broken}
            client = await clients.known(APP)
            assert client
            assert client.secret_digest == sha256(drawn.encode()).digest()


async def test_a_rotated_secret_is_shown_as_long_as_it_works(tmp_path: Path):
    async with running(tmp_path) as provider:
        clients = provider.services.clients
        secret = await register(clients, tmp_path)
        second = await provider.services.client_changes.rotate_secret(APP)
        assert second
        assert await register(clients, tmp_path) == secret  # it is still one of two
        await provider.services.client_changes.retire_secret(APP)
        assert await register(clients, tmp_path) != secret
