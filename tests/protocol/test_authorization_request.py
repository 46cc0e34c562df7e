"""The authorization request, one check at a time (OpenID Connect Core 1.0 §3.1.2.1)."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.refusal import Cause
from idp.domain.resource import Catalogue, Resource, item_of
from idp.protocol import authorization_request as rules
from tests.support.values import ISSUER, cause_of, client

Check = Callable[[rules.AuthorizationRequest], None]
CHECKS: tuple[Check, ...] = (
    rules.redirect_uri_is_registered,
    rules.values_fit,
    rules.registration_is_absent,
    rules.response_type_is_code,
    rules.response_mode_is_known,
    rules.scope_is_registered,
    rules.scope_asks_for_something,
    rules.resource_is_one,
    rules.pkce_is_sound,
    rules.prompt_is_consistent,
    rules.display_is_known,
    rules.max_age_is_a_number,
    rules.acr_values_are_read,
    rules.claims_are_well_formed,
)


RECORDS = Resource(
    "https://records.example/api", "records", {}, {"records:read": {}, "records:write": {}}
)
MAIL = Resource("https://mail.example/api", "mail", {}, {"mail:read": {}, "records:read": {}})
CATALOGUE = Catalogue.of([RECORDS, MAIL])


def request(sent: dict[str, str], **of_client: Any) -> rules.AuthorizationRequest:
    return rules.AuthorizationRequest(sent=sent, issuer=ISSUER, client=client(**of_client))


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.1")
@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.2.6")
@pytest.mark.parametrize(
    ("check", "sent", "cause"),
    [
        (rules.response_type_is_code, {"response_type": "code"}, None),
        (rules.response_type_is_code, {}, Cause.RESPONSE_TYPE_MISSING),
        (rules.response_type_is_code, {"response_type": "CODE"}, Cause.RESPONSE_TYPE_UNSUPPORTED),
        (rules.response_type_is_code, {"response_type": "token"}, Cause.RESPONSE_TYPE_UNSUPPORTED),
        (rules.response_mode_is_known, {}, None),
        (rules.response_mode_is_known, {"response_mode": "query"}, None),
        (
            rules.response_mode_is_known,
            {"response_mode": "fragment"},
            Cause.RESPONSE_MODE_UNSUPPORTED,
        ),
        (rules.resource_is_one, {}, None),
        (rules.resource_is_one, {"resource": ISSUER}, None),
        (rules.resource_is_one, {"resource": ISSUER + "/"}, Cause.RESOURCE_UNKNOWN),
        (rules.values_fit, {"state": "x" * 1024, "nonce": "x" * 512}, None),
        (rules.values_fit, {"state": "x" * 1025}, Cause.PARAMETER_TOO_LONG),
        (rules.values_fit, {"nonce": "x" * 513}, Cause.PARAMETER_TOO_LONG),
        (rules.values_fit, {"nonce": "名" * 171}, Cause.PARAMETER_TOO_LONG),
        (rules.values_fit, {"nonce": '"' * 257}, Cause.PARAMETER_TOO_LONG),
        (rules.values_fit, {"claims": "x" * rules.MAX_TOTAL}, None),
        (rules.values_fit, {"claims": "x" * 3000, "scope": "x" * 841}, Cause.PARAMETER_TOO_LONG),
        (rules.registration_is_absent, {}, None),
        (rules.registration_is_absent, {"registration": "{}"}, Cause.REGISTRATION_UNSUPPORTED),
        (rules.request_comes_one_way, {"request": "x"}, None),
        (rules.request_comes_one_way, {"request_uri": "x"}, None),
        (
            rules.request_comes_one_way,
            {"request": "x", "request_uri": "x"},
            Cause.REQUEST_TWO_WAYS,
        ),
        (rules.prompt_is_consistent, {"prompt": "login consent select_account"}, None),
        (rules.prompt_is_consistent, {"prompt": "none"}, None),
        (rules.prompt_is_consistent, {"prompt": "none none"}, None),
        (rules.prompt_is_consistent, {"prompt": "none login"}, Cause.PROMPT_CONTRADICTORY),
        (rules.prompt_is_consistent, {"prompt": "create"}, Cause.PROMPT_UNKNOWN),
        (rules.prompt_is_consistent, {"prompt": "Login"}, Cause.PROMPT_UNKNOWN),
        (rules.display_is_known, {"display": "wap"}, None),
        (rules.display_is_known, {"display": "vr"}, Cause.DISPLAY_UNKNOWN),
        (rules.max_age_is_a_number, {"max_age": "0"}, None),
        (rules.max_age_is_a_number, {"max_age": "999999999"}, None),
        (rules.max_age_is_a_number, {"max_age": "1" * 10}, Cause.MAX_AGE_MALFORMED),
        (rules.max_age_is_a_number, {"max_age": "\u0661"}, Cause.MAX_AGE_MALFORMED),
        (rules.max_age_is_a_number, {"max_age": "-1"}, Cause.MAX_AGE_MALFORMED),
        (rules.claims_are_well_formed, {"claims": "{}"}, None),
        (rules.claims_are_well_formed, {"claims": "["}, Cause.CLAIMS_MALFORMED),
    ],
)
def test_each_check(check: Check, sent: dict[str, str], cause: Cause | None):
    assert cause_of(lambda: check(request(sent))) is cause


@pytest.mark.spec("RFC 6749 §3.3")
@pytest.mark.parametrize(
    ("scope", "registered", "found"),
    [
        ("openid", {"openid"}, {"openid"}),
        ("openid age", {"openid", "age"}, {"openid", "age"}),
        ("openid profile", {"openid"}, {"openid"}),
        ("openid age", {"openid"}, Cause.SCOPE_NOT_ALLOWED),
        ("age", {"openid", "age"}, Cause.SCOPE_MISSING),
        ("OPENID", {"openid"}, Cause.SCOPE_MISSING),
        (None, {"openid"}, Cause.SCOPE_MISSING),
        ("records:read", {"openid", "records:read"}, {"records:read"}),
        ("records:read gone:read", {"records:read", "gone:read"}, {"records:read"}),
        ("openid records:read", {"openid"}, Cause.SCOPE_NOT_ALLOWED),
        ("age records:read", {"age", "records:read"}, Cause.SCOPE_WITHOUT_OPENID),
    ],
)
def test_scopes(scope: str | None, registered: set[str], found: set[str] | Cause):
    asked = request({} if scope is None else {"scope": scope}, scopes=frozenset(registered))
    asked.catalogue = CATALOGUE
    cause = cause_of(lambda: rules.scope_is_registered(asked)) or cause_of(
        lambda: rules.scope_asks_for_something(asked)
    )
    assert (cause or asked.scopes) == found


@pytest.mark.spec("RFC 8707 §2")
@pytest.mark.parametrize(
    ("resource", "scope", "found"),
    [
        (None, "openid", None),
        (ISSUER, "openid", None),
        (None, "openid records:read", RECORDS),
        (RECORDS.identifier, "records:read records:write", RECORDS),
        (RECORDS.identifier, "openid", Cause.RESOURCE_WITHOUT_SCOPE),
        (RECORDS.identifier, "records:read mail:read", Cause.RESOURCES_SEVERAL),
        (None, "records:read mail:read", Cause.RESOURCES_SEVERAL),
        (MAIL.identifier, "records:read", Cause.RESOURCES_SEVERAL),
        (ISSUER, "openid records:read", Cause.RESOURCES_SEVERAL),
        (RECORDS.identifier + "/", "records:read", Cause.RESOURCE_UNKNOWN),
        (RECORDS.identifier[:-1], "records:read", Cause.RESOURCE_UNKNOWN),
        (RECORDS.identifier.upper(), "records:read", Cause.RESOURCE_UNKNOWN),
    ],
)
def test_the_resource_of_a_request(
    resource: str | None, scope: str, found: Resource | Cause | None
):
    asked = request({} if resource is None else {"resource": resource})
    asked.catalogue, asked.scopes = CATALOGUE, frozenset(scope.split())
    cause = cause_of(lambda: rules.resource_is_one(asked))
    assert (cause or asked.resource) == found


def test_without_openid_claims_and_wishes_about_a_sign_in_are_not_read():
    sent = {"claims": '{"id_token":{"acr":{"essential":true,"value":"phrh"}}}', "acr_values": "x"}
    asked = request(sent, require_auth_time=True)
    asked.catalogue, asked.scopes = CATALOGUE, frozenset({"records:read"})
    for check in (rules.resource_is_one, rules.acr_values_are_read, rules.claims_are_well_formed):
        check(asked)
    assert (asked.asked_acr, asked.claims.demanded_acr) == ((), ())
    assert asked.release.items == {"network_id", item_of(RECORDS, "records:read")}


@pytest.mark.spec("OpenID Connect Dynamic Client Registration 1.0 §2")
def test_the_registered_max_age_holds_where_none_is_sent():
    asked = request({}, default_max_age=60)
    rules.max_age_is_a_number(asked)
    assert asked.max_age == 60
    asked = request({"max_age": "0"}, default_max_age=60)
    rules.max_age_is_a_number(asked)
    assert asked.max_age == 0


@pytest.mark.spec("OpenID Connect Core 1.0 §2")
@pytest.mark.parametrize(
    ("sent", "registered", "wanted"),
    [
        ({}, {}, False),
        ({"max_age": "0"}, {}, True),
        ({"claims": '{"id_token":{"auth_time":null}}'}, {}, True),
        ({"claims": '{"userinfo":{"auth_time":null}}'}, {}, False),
        ({}, {"require_auth_time": True}, True),
        ({}, {"default_max_age": 0}, True),
    ],
)
def test_when_auth_time_is_wanted(sent: dict[str, str], registered: dict[str, Any], wanted: bool):
    asked = request(sent, **registered)
    asked.scopes = frozenset({"openid"})
    rules.max_age_is_a_number(asked)
    rules.claims_are_well_formed(asked)
    assert asked.release.auth_time is wanted


def test_what_is_asked_for_becomes_one_release():
    asked = request({"scope": "openid age", "claims": '{"id_token":{"age_over_18":null,"x":null}}'})
    rules.scope_is_registered(asked)
    rules.claims_are_well_formed(asked)
    assert asked.release.id_token == ("age_over_18",)
    assert asked.release.userinfo == ("age_over_14", "age_over_16", "age_over_18", "age_over_65")


@pytest.mark.spec("RFC 6749 §4.1.2.1")
def test_the_redirect_uri_is_set_once_it_is_known_to_be_right():
    asked = request({"redirect_uri": "https://evil.example/"})
    assert cause_of(lambda: rules.redirect_uri_is_registered(asked)) is Cause.REDIRECT_URI_MISMATCH
    assert asked.redirect_uri == ""
    asked = request({"redirect_uri": "https://shop.example/callback"})
    rules.redirect_uri_is_registered(asked)
    assert asked.redirect_uri == "https://shop.example/callback"


def test_a_check_that_runs_too_early_refuses_rather_than_passes():
    nobody = rules.AuthorizationRequest(sent={"scope": "openid"}, issuer=ISSUER)
    for check in (
        rules.redirect_uri_is_registered,
        rules.scope_is_registered,
        rules.pkce_is_sound,
        rules.max_age_is_a_number,
    ):
        assert cause_of(lambda check=check: check(nobody)) is Cause.UNKNOWN_CLIENT  # type: ignore[misc]


NAMES = st.sampled_from([*rules.PARAMETERS, "unknown"])
VALUES = st.text(max_size=20) | st.sampled_from(["openid", "code", "none", "{}", "S256", ISSUER])


@given(st.dictionaries(NAMES, VALUES))
def test_no_request_raises_anything_but_a_refusal(sent: dict[str, str]):
    for check in CHECKS:
        cause_of(lambda check=check: check(request(sent)))  # type: ignore[misc]
