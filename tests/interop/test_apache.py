"""mod_auth_openidc, Apache's relying party in C, configured as its manual shows, and left alone."""

import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest

from idp.domain import network_id
from tests.support.by_http import Person
from tests.support.live_demo import LiveDemo

MODULES = Path("/usr/lib/apache2/modules")
APACHE = Path("/usr/sbin/apache2")

pytestmark = pytest.mark.skipif(
    not (APACHE.exists() and (MODULES / "mod_auth_openidc.so").exists()),
    reason="needs Debian's apache2-bin and libapache2-mod-auth-openidc",
)

CONFIGURATION = """
ServerName localhost
ServerRoot {folder}
PidFile {folder}/apache.pid
ErrorLog {folder}/error.log
Listen 127.0.0.1:{port}
DocumentRoot {folder}/pages
{modules}
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client_id}
OIDCClientSecret {client_secret}
OIDCRedirectURI {origin}/callback
OIDCCryptoPassphrase a-passphrase-of-this-test
OIDCScope "openid age offline_access"
OIDCPKCEMethod S256
OIDCInfoHook access_token id_token userinfo refresh_token
<Location />
  AuthType openid-connect
  Require valid-user
</Location>
<Location /open>
  AuthType None
  Require all granted
</Location>
"""


@contextmanager
def platform(demo: LiveDemo, folder: Path) -> Iterator[str]:
    """Run Apache for the length of the block; gives its origin."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    origin = f"http://localhost:{port}"
    registered = demo.add_client(
        client_name="A platform of Apache",
        redirect_uris=[f"{origin}/callback"],
        post_logout_redirect_uris=[f"{origin}/open"],
        grant_types=["authorization_code", "refresh_token"],
        scope="openid age offline_access",
    )
    loaded = ("mpm_event", "authn_core", "authz_core", "authz_user", "auth_openidc")
    (folder / "pages").mkdir()
    for page in ("index.html", "open"):
        (folder / "pages" / page).write_text("here\n")
    (folder / "apache.conf").write_text(
        CONFIGURATION.format(
            folder=folder,
            port=port,
            origin=origin,
            issuer=demo.issuer,
            client_id=registered["client_id"],
            client_secret=registered["client_secret"],
            modules="\n".join(f"LoadModule {m}_module {MODULES}/mod_{m}.so" for m in loaded),
        )
    )
    command = [str(APACHE), "-X", "-f", str(folder / "apache.conf")]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:
        try:
            _wait(origin, process)
            yield origin
        finally:
            process.terminate()


def _wait(origin: str, process: subprocess.Popen[bytes]) -> None:
    transport = httpx2.HTTPTransport(retries=20)
    with httpx2.Client(transport=transport) as client:
        assert client.get(f"{origin}/open").status_code == 200
    assert process.poll() is None


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1")
async def test_apache_signs_in_refreshes_and_signs_out(demo: LiveDemo, tmp_path: Path):
    with platform(demo, tmp_path) as origin:
        async with (
            httpx2.AsyncClient(base_url=origin) as browser,
            Person(demo.issuer, "adult") as person,
        ):

            async def info() -> dict[str, Any]:
                answer = await browser.get("/callback", params={"info": "json"})
                found: dict[str, Any] = answer.json()
                return found

            away = await browser.get("/index.html")
            back = await person.open(away.headers["location"])
            there = await browser.get(back)
            page = await browser.get(there.headers["location"])
            assert page.text == "here\n"

            before = await info()
            assert network_id.parse(before["id_token"]["sub"]) == before["userinfo"]["sub"]
            assert before["userinfo"]["age_over_18"] is True

            asked = {"refresh": f"{origin}/open", "access_token": before["access_token"]}
            done = await browser.get("/callback", params=asked)
            assert done.headers["location"] == f"{origin}/open"
            after = await info()
            assert after["access_token"] != before["access_token"]
            assert after["userinfo"]["sub"] == before["userinfo"]["sub"]

            leaving = await browser.get(f"/callback?{urlencode({'logout': f'{origin}/open'})}")
            assert leaving.headers["location"].startswith(f"{demo.issuer}/logout?")
            assert (await person.open(leaving.headers["location"])).startswith(f"{origin}/open")
            assert (await browser.get("/index.html")).status_code == 302
