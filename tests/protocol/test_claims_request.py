"""The `claims` parameter (OpenID Connect Core 1.0 §5.5)."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.domain.refusal import Cause
from idp.protocol import claims_request
from tests.support.values import cause_of

ANY = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["essential", "value", "values", "sub", "acr"]), inner)
    ),
    max_leaves=8,
)
REQUESTS = st.dictionaries(
    st.sampled_from(["id_token", "userinfo", "x"]),
    st.dictionaries(st.sampled_from(["sub", "acr", "age_over_18"]), ANY, max_size=3) | ANY,
)


def test_no_parameter_asks_for_nothing():
    asked = claims_request.parse(None)
    assert asked.names == {}
    assert not asked.asks("id_token", "age_over_18")
    assert (asked.subs, asked.acr_values, asked.acr_essential) == (None, (), False)


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5")
def test_each_place_is_read_for_itself():
    asked = claims_request.parse(
        '{"id_token":{"age_over_18":{"essential":true}},"userinfo":{"age_over_65":null},"x":7}'
    )
    assert asked.asks("id_token", "age_over_18")
    assert not asked.asks("userinfo", "age_over_18")
    assert asked.asks("userinfo", "age_over_65")
    assert not asked.asks("x", "age_over_65")


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1")
@pytest.mark.parametrize(
    ("request_", "subs"),
    [
        ({"id_token": {"sub": {"value": "A"}}}, {"A"}),
        ({"userinfo": {"sub": {"value": "B"}}}, {"B"}),
        ({"id_token": {"sub": {"values": ["A", "B"]}}}, {"A", "B"}),
        ({"id_token": {"sub": {"values": ["A", "B"]}}, "userinfo": {"sub": {"value": "B"}}}, {"B"}),
        ({"id_token": {"sub": {"value": "A"}}, "userinfo": {"sub": {"value": "B"}}}, set()),
        ({"id_token": {"sub": {"values": []}}}, set()),
        ({"id_token": {"sub": None}}, None),
        ({"id_token": {"sub": {"essential": True}}}, None),
    ],
)
def test_the_person_who_is_expected(request_: dict[str, Any], subs: set[str] | None):
    assert claims_request.parse(json.dumps(request_)).subs == subs


@pytest.mark.spec("OpenID Connect Core 1.0 §5.5.1.1")
@pytest.mark.parametrize(
    ("acr", "values", "essential"),
    [
        (None, (), False),
        ({"essential": True}, (), False),
        ({"values": ["phr"]}, ("phr",), False),
        ({"essential": False, "value": "phr"}, ("phr",), False),
        ({"essential": True, "value": "phr"}, ("phr",), True),
        ({"essential": True, "values": ["phr", "phrh"]}, ("phr", "phrh"), True),
        ({"essential": True, "values": []}, (), False),
    ],
)
def test_a_demand_for_a_context_class(acr: Any, values: tuple[str, ...], essential: bool):
    asked = claims_request.parse(json.dumps({"id_token": {"acr": acr}}))
    assert (asked.acr_values, asked.acr_essential) == (values, essential)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "null",
        '{"id_token":[]}',
        '{"id_token":"sub"}',
        '{"id_token":{"sub":"A"}}',
        '{"id_token":{"sub":[]}}',
        '{"id_token":{"sub":true}}',
        '{"id_token":{"sub":{"essential":"yes"}}}',
        '{"id_token":{"sub":{"essential":1}}}',
        '{"id_token":{"sub":{"essential":null}}}',
        '{"id_token":{"sub":{"values":"A"}}}',
        '{"id_token":{"sub":{"value":7}}}',
        '{"id_token":{"sub":{"value":null}}}',
        '{"userinfo":{"sub":{"values":["A",7]}}}',
        '{"id_token":{"sub":{"value":"A","values":["A"]}}}',
        '{"id_token":{"acr":{"essential":true,"values":[1]}}}',
        '{"id_token":{"acr":{"value":{}}}}',
        '{"id_token":{},"id_token":{}}',
        '{"userinfo":{"a":null,"a":null}}',
        json.dumps({"id_token": {f"c{i}": None for i in range(51)}}),
        json.dumps({"id_token": {"x" * claims_request.MAX_LENGTH: None}}),
    ],
    ids=lambda text: text[:40],
)
def test_another_form_is_refused(text: str):
    assert cause_of(lambda: claims_request.parse(text)) is Cause.CLAIMS_MALFORMED


@given(REQUESTS)
def test_no_json_raises_anything_but_a_refusal(request_: dict[str, Any]):
    assert cause_of(lambda: claims_request.parse(json.dumps(request_))) in {
        None,
        Cause.CLAIMS_MALFORMED,
    }


@given(st.text(max_size=100))
def test_no_text_raises_anything_but_a_refusal(text: str):
    assert cause_of(lambda: claims_request.parse(text)) in {None, Cause.CLAIMS_MALFORMED}
