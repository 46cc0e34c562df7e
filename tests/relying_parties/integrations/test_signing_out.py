"""Logging out, in every framework: by the person, by the provider, and by nobody else."""

from collections.abc import Sequence
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.support.framework_sites import HOME, Build, Reply, Visitor
from tests.support.simulated_logout import SID, logout_token
from tests.support.time import FrozenClock

SAME_ORIGIN = {"sec_fetch_site": "same-origin"}


@pytest.fixture
def signed_in(visitor: Visitor) -> Visitor:
    """Somebody whose session at the provider is known as SID."""
    visitor.site.provider.change_claims = lambda claims: claims.update(sid=SID)
    visitor.sign_in()
    return visitor


def told(visitor: Visitor, token: str) -> Reply:
    """Let the provider post a logout token; it has no cookie and comes from nowhere."""
    return visitor.site.visitor().post("/backchannel-logout", {"logout_token": token})


def test_a_person_logs_out_and_a_stolen_copy_of_the_cookie_is_worth_nothing(signed_in: Visitor):
    thief = signed_in.copy()
    assert thief.is_known()
    answer = signed_in.post("/logout", **SAME_ORIGIN)
    assert (answer.status, answer.location) == (303, f"{HOME}/")
    assert not signed_in.cookies
    assert not thief.is_known()


def test_a_clock_that_is_set_back_revives_nobody(signed_in: Visitor, clock: FrozenClock):
    thief = signed_in.copy()
    clock._now -= 30
    assert thief.is_known()
    signed_in.post("/logout", **SAME_ORIGIN)
    assert not thief.is_known()


def test_a_link_logs_nobody_out_and_shows_the_button(signed_in: Visitor):
    answer = signed_in.get("/logout")
    assert answer.status == 200
    assert '<form method="post" action="/logout">' in answer.text
    assert signed_in.is_known()


@pytest.mark.parametrize(
    "headers",
    [
        {"sec_fetch_site": "cross-site"},
        {"origin": "https://evil.example"},
        {"origin": "http://localhost:8001"},
    ],
)
def test_a_form_of_another_site_logs_nobody_out(signed_in: Visitor, headers: dict[str, str]):
    answer = signed_in.post("/logout", **headers)
    assert (answer.status, answer.refusal) == (403, "foreign-form")
    assert signed_in.is_known()


@pytest.mark.parametrize("headers", [{"sec_fetch_site": "none"}, {"origin": HOME}, {}])
def test_an_own_form_or_an_old_browser_logs_out(signed_in: Visitor, headers: dict[str, str]):
    assert signed_in.post("/logout", **headers).status == 303
    assert not signed_in.is_known()


def test_whoever_is_not_signed_in_may_log_out(visitor: Visitor):
    assert visitor.post("/logout").status == 303


@pytest.mark.spec("OpenID Connect RP-Initiated Logout 1.0 §2")
def test_out_of_both_leads_to_the_provider_when_the_own_session_has_ended(signed_in: Visitor):
    answer = signed_in.post("/logout?also=network-id", **SAME_ORIGIN)
    parts = urlsplit(answer.location)
    query = parse_qs(parts.query)
    assert f"{parts.scheme}://{parts.netloc}{parts.path}" == "https://id.example/logout"
    assert query["post_logout_redirect_uri"] == [f"{HOME}/"]
    assert query["id_token_hint"]
    assert not signed_in.is_known()


def test_the_button_of_the_page_for_both_may_lead_to_the_provider(signed_in: Visitor):
    answer = signed_in.get("/logout?also=network-id")
    assert 'action="/logout?also=network-id"' in answer.text
    assert "form-action 'self' https://id.example;" in answer.headers["content-security-policy"]


def test_a_person_is_logged_out_here_although_the_provider_is_away(
    make_site: Build, clock: FrozenClock
):
    first, second = make_site(), make_site()  # the same platform, started again
    visitor = first.visitor()
    visitor.sign_in()
    visitor.site = second
    second.provider.away = True
    answer = visitor.post("/logout?also=network-id", **SAME_ORIGIN)
    assert (answer.status, answer.location) == (303, f"{HOME}/")
    assert not visitor.is_known()


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.7")
def test_what_the_provider_says_has_ended_has_ended(signed_in: Visitor):
    other = signed_in.site.visitor()
    other.site.provider.change_claims = lambda claims: claims.update(sid="another")
    other.sign_in()
    answer = told(signed_in, logout_token(signed_in.site.provider))
    assert answer.status == 200
    assert answer.headers["cache-control"] == "no-store"
    assert not signed_in.is_known()
    assert other.is_known()


def test_a_sign_in_that_was_under_way_when_its_session_ended_begins_none(
    visitor: Visitor, clock: FrozenClock
):
    visitor.site.provider.change_claims = lambda claims: claims.update(sid=SID)
    url = visitor.begin()
    told(visitor, logout_token(visitor.site.provider))
    clock.advance(5)
    visitor.come_back(url)
    assert not visitor.is_known()


def test_a_logout_of_a_person_ends_all_their_sessions_and_lets_them_come_again(
    signed_in: Visitor, clock: FrozenClock
):
    elsewhere = signed_in.site.visitor()
    elsewhere.sign_in()
    provider = signed_in.site.provider
    token = logout_token(provider, sid=None, sub=provider.subject)
    assert told(signed_in, token).status == 200
    assert not signed_in.is_known()
    assert not elsewhere.is_known()
    clock.advance(1)
    elsewhere.sign_in()
    assert elsewhere.is_known()


@pytest.mark.spec("OpenID Connect Back-Channel Logout 1.0 §2.8")
@pytest.mark.parametrize(
    ("form", "code"),
    [
        ({}, "token-malformed"),
        ({"logout_token": "x" * 30_000}, "token-malformed"),
    ],
)
def test_what_is_no_logout_token_ends_nothing(signed_in: Visitor, form: dict[str, str], code: str):
    answer = signed_in.site.visitor().post("/backchannel-logout", form)
    assert answer.status == 400
    assert '"invalid_request"' in answer.text
    assert code in answer.text
    assert answer.headers["cache-control"] == "no-store"
    assert signed_in.is_known()


def test_a_logout_token_that_does_not_hold_or_comes_twice_ends_nothing(
    signed_in: Visitor, clock: FrozenClock
):
    provider = signed_in.site.provider
    wrong: tuple[dict[str, Any], ...] = (
        {"aud": "another"},
        {"iss": "https://other.example"},
        {"events": {}},
    )
    for claims in wrong:
        assert told(signed_in, logout_token(provider, **claims)).status == 400
    assert signed_in.is_known()
    token = logout_token(provider, sid=None, sub=provider.subject)
    assert told(signed_in, token).status == 200
    clock.advance(1)
    signed_in.sign_in()
    assert told(signed_in, token).status == 400
    assert signed_in.is_known()


def test_an_end_is_to_be_told_again_while_the_keys_cannot_be_had(make_site: Build):
    site = make_site()
    site.provider.away = True
    answer = told(site.visitor(), logout_token(site.provider))
    assert answer.status == 503


class Store:
    """One that can be away."""

    def __init__(self, *, can_end: bool = True, can_find: bool = True) -> None:
        self.can_end, self.can_find = can_end, can_find

    def end(self, _names: Sequence[str], _at: int, _seconds: int) -> None:
        if not self.can_end:
            raise OSError("the store is away")

    def last_end(self, _names: Sequence[str]) -> int | None:
        if not self.can_find:
            raise OSError("the store is away")
        return None


def test_a_store_that_fails_lets_nobody_in(make_site: Build):
    store = Store()
    visitor = make_site(ended=store).visitor()
    visitor.sign_in()
    assert visitor.is_known()
    store.can_find = False
    answer = visitor.get("/members")
    assert answer.status == 500
    assert answer.text != "members"


def test_an_end_that_cannot_be_remembered_is_not_confirmed(make_site: Build):
    site = make_site(ended=Store(can_end=False))
    answer = told(site.visitor(), logout_token(site.provider))
    assert answer.status == 500  # so the provider comes again
