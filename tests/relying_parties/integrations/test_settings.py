"""What a platform has to say when it starts, and what it reads when it did not."""

import pytest
from flask import Flask
from network_id.integrations import EndedInMemory, SettingsError
from network_id.integrations.core.base import Choices, session_secret
from network_id.integrations.core.settings import Settings, check_url
from network_id.integrations.flask import NetworkID as ForFlask
from network_id.integrations.starlette import NetworkID

ALL = {
    "NETWORK_ID_ISSUER": "https://id.example",
    "NETWORK_ID_CLIENT_ID": "shop",
    "NETWORK_ID_CLIENT_SECRET": "as registered",
}
OPTIONAL = ("NETWORK_ID_URL", "NETWORK_ID_SESSION_SECRET", "PORT")


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in OPTIONAL:
        monkeypatch.delenv(name, raising=False)
    for name, value in ALL.items():
        monkeypatch.setenv(name, value)
    return monkeypatch


def test_a_first_run_needs_three_variables(environment: pytest.MonkeyPatch):
    network_id = NetworkID.from_environment()
    assert network_id.redirect_uri == "http://localhost:8000/callback"
    assert ForFlask.from_environment().redirect_uri == "http://localhost:5000/callback"
    environment.setenv("PORT", "5173")
    assert NetworkID.from_environment().redirect_uri == "http://localhost:5173/callback"
    environment.setenv("NETWORK_ID_URL", "http://localhost:9000/shop/")
    assert NetworkID.from_environment().redirect_uri == "http://localhost:9000/shop/callback"


@pytest.mark.parametrize("name", list(ALL))
def test_what_is_missing_is_named(environment: pytest.MonkeyPatch, name: str):
    environment.delenv(name)
    with pytest.raises(SettingsError, match=f"missing:\n  {name}: "):
        NetworkID.from_environment()


def test_everything_that_is_missing_is_named_at_once(environment: pytest.MonkeyPatch):
    for name in ALL:
        environment.delenv(name)
    with pytest.raises(SettingsError) as error:
        NetworkID.from_environment()
    assert all(name in str(error.value) for name in ALL)


def test_an_empty_issuer_is_missing_and_an_empty_secret_is_a_public_client(
    environment: pytest.MonkeyPatch,
):
    environment.setenv("NETWORK_ID_CLIENT_SECRET", "")
    NetworkID.from_environment()
    environment.setenv("NETWORK_ID_ISSUER", "")
    with pytest.raises(SettingsError, match="NETWORK_ID_ISSUER"):
        NetworkID.from_environment()


@pytest.mark.parametrize(
    "url",
    [
        "http://shop.example",
        "shop.example",
        "https://me@shop.example",
        "https://x.example/?a=b",
        "",
    ],
)
def test_an_address_that_cannot_be_is_refused_by_its_name(url: str):
    with pytest.raises(SettingsError, match="NETWORK_ID_URL"):
        check_url(url)


@pytest.mark.parametrize(
    "choice", [{"home": "https://evil.example/"}, {"home": "start"}, {"prefix": "auth"}]
)
def test_a_path_that_is_none_is_refused_by_its_name(choice: Choices):
    with pytest.raises(SettingsError, match="^" + next(iter(choice))):
        NetworkID.from_environment(**choice)


def test_an_issuer_over_plain_http_is_refused_when_the_platform_starts(
    environment: pytest.MonkeyPatch,
):
    environment.setenv("NETWORK_ID_ISSUER", "http://id.example")
    with pytest.raises(SettingsError, match="NETWORK_ID_ISSUER"):
        NetworkID.from_environment()


@pytest.mark.parametrize(("secret", "why"), [(None, "missing"), ("short", "too short")])
def test_away_from_localhost_the_cookies_need_a_secret(secret: str | None, why: str):
    settings = Settings("https://id.example", "shop", "as registered", "https://shop.example")
    with pytest.raises(SettingsError, match=f"NETWORK_ID_SESSION_SECRET .* is {why}"):
        session_secret(settings, secret, None)


def test_a_secret_is_taken_from_the_argument_the_environment_or_the_framework(
    environment: pytest.MonkeyPatch,
):
    settings = Settings("https://id.example", "shop", "as registered", "https://shop.example")
    assert session_secret(settings, None, "f" * 32) == "f" * 32
    environment.setenv("NETWORK_ID_SESSION_SECRET", "e" * 32)
    assert session_secret(settings, None, "f" * 32) == "e" * 32
    assert session_secret(settings, "a" * 32, "f" * 32) == "a" * 32


def test_on_localhost_a_restart_signs_nobody_out_and_strangers_share_no_secret():
    first = Settings("https://id.example", "shop", "as registered", "http://localhost:8000")
    public = Settings("https://id.example", "shop", None, "http://localhost:8000")
    assert session_secret(first, None, None) == session_secret(first, None, None)
    assert session_secret(public, None, None) != session_secret(public, None, None)


def test_who_runs_in_public_hears_that_ends_stay_in_one_process(caplog: pytest.LogCaptureFixture):
    url, secret = "https://shop.example", "s" * 32
    NetworkID.from_environment()
    NetworkID.from_environment(url=url, session_secret=secret, ended=EndedInMemory())
    assert "remembered" not in caplog.text
    NetworkID.from_environment(url=url, session_secret=secret)
    assert "remembered in this process alone" in caplog.text


def test_flask_s_own_key_will_do_and_a_short_one_is_refused():
    app = Flask("shop")
    app.secret_key = b"\xff" * 32
    ForFlask.from_environment(url="https://shop.example").install(app)
    app.secret_key = "dev"
    with pytest.raises(SettingsError, match="too short"):
        ForFlask.from_environment(url="https://shop.example").install(app)


def test_what_is_not_installed_says_so():
    with pytest.raises(RuntimeError, match="install"):
        ForFlask.from_environment().desk  # noqa: B018 - a property that raises


def test_no_secret_is_in_a_repr():
    network_id = NetworkID.from_environment(session_secret="a secret that is long enough for it")
    shown = repr(network_id) + repr(network_id.desk) + repr(network_id.desk.settings)
    assert "as registered" not in shown
    assert "long enough" not in shown
