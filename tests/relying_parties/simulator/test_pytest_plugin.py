"""The pytest plugin: a provider for each test, over HTTP, whatever else the test runs on."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx2
import pytest
from network_id import AccessDeniedError, NonceMismatchError, ProviderRefusedError
from network_id.sync import discover
from network_id_simulator import FAULTS, UnknownFaultError
from network_id_simulator.handle import NoRedirectError, Provider

pytest_plugins = ["network_id_simulator.pytest_plugin"]
REDIRECT_URI = "http://127.0.0.1:9/callback"


@contextmanager
def signing_in(provider: Provider) -> Iterator[str]:
    """Yield the network ID of whoever signs in at a platform on our SDK, which runs on threads."""
    with discover(provider.issuer, "shop", "a secret", REDIRECT_URI) as platform:
        url, pending = platform.begin_sign_in()
        callback = provider.browse(url)
        yield platform.finish_sign_in(pending, callback.partition("?")[2]).network_id


def test_a_persona_signs_in(network_id_provider: Provider):
    network_id_provider.login("adult")
    with signing_in(network_id_provider) as network_id:
        assert network_id == network_id_provider.network_id("shop")
    assert [entry.at for entry in network_id_provider.requests][-1] == "token"


def test_nothing_is_left_of_the_test_before(network_id_provider: Provider):
    assert network_id_provider.requests == []
    with pytest.raises(NoRedirectError, match="login"), signing_in(network_id_provider):
        pass


def test_what_a_page_refuses_is_told_with_what_was_sent(network_id_provider: Provider):
    network_id_provider.configure(clients=[{"client_id": "another"}])
    with pytest.raises(NoRedirectError, match=r"sent: shop\. registered: another"):
        network_id_provider.browse(f"{network_id_provider.issuer}/authorize?client_id=shop")


async def test_it_runs_beside_an_event_loop(network_id_provider: Provider):
    network_id_provider.login("minor")
    async with httpx2.AsyncClient() as http:
        shown = await http.get(network_id_provider.config_url)
    assert shown.json()["persona"] == "minor"


def test_a_person_says_no(network_id_provider: Provider):
    network_id_provider.deny()
    with pytest.raises(AccessDeniedError), signing_in(network_id_provider):
        pass


def test_a_fault_happens_once(network_id_provider: Provider):
    network_id_provider.login()
    assert network_id_provider.fault("nonce") is FAULTS["nonce"]
    with pytest.raises(NonceMismatchError), signing_in(network_id_provider):
        pass
    assert network_id_provider.delivered("nonce") == 1
    with signing_in(network_id_provider) as network_id:
        assert network_id


def test_an_error_is_answered(network_id_provider: Provider):
    network_id_provider.error("login_required")
    with pytest.raises(ProviderRefusedError) as refused, signing_in(network_id_provider):
        pass
    assert refused.value.error == "login_required"


def test_an_unknown_fault_is_named_with_the_nearest(network_id_provider: Provider):
    with pytest.raises(UnknownFaultError, match="aud-other"):
        network_id_provider.fault("aud-othr")


def test_keys_rotate(network_id_provider: Provider):
    network_id_provider.login()
    with signing_in(network_id_provider):
        network_id_provider.rotate_keys()
    with signing_in(network_id_provider) as network_id:
        assert network_id


def test_a_logout_token_can_be_posted_by_the_test_itself(network_id_provider: Provider):
    network_id_provider.login()
    network_id_provider.configure(backchannel_logout_uri="http://127.0.0.1:9/logout")
    with discover(network_id_provider.issuer, "shop", None, REDIRECT_URI) as platform:
        url, pending = platform.begin_sign_in()
        query = network_id_provider.browse(url).partition("?")[2]
        sign_in = platform.finish_sign_in(pending, query)
        told = platform.verify_logout(network_id_provider.logout_token("adult"))
        assert told.ends(network_id=sign_in.network_id, sid=sign_in.sid)
        url, pending = platform.begin_sign_in()
        platform.finish_sign_in(pending, network_id_provider.browse(url).partition("?")[2])
    (sent,) = network_id_provider.logout("adult")
    assert sent.status == 0  # nobody listens there
