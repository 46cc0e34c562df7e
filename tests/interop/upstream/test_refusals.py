"""What another provider may send and does not prove anything, or does not end."""

from typing import Any

import pytest

from idp.proofing import upstream
from tests.support.at_eid import go, headcount, notice, steer
from tests.support.eid import CLIENT_ID, DETAILS, VERIFICATION, VERIFIED
from tests.support.live_eid import LiveEid
from tests.support.provider import Provider
from tests.support.shared_provider import dump

pytestmark = pytest.mark.asyncio(loop_scope="package")

WRONG_CLAIMS: dict[str, dict[str, Any]] = {
    "iss": {"claims": {"iss": "https://evil.example"}},
    "iss of another spelling": {"claims": {"iss": "http://127.0.0.1/"}},
    "aud": {"claims": {"aud": "somebody-else"}},
    "aud missing": {"claims": {"aud": None}},
    "aud with others": {"claims": {"aud": [CLIENT_ID, "somebody-else"], "azp": CLIENT_ID}},
    "azp": {"claims": {"azp": "somebody-else"}},
    "nonce": {"claims": {"nonce": "another"}},
    "nonce missing": {"claims": {"nonce": None}},
    "expired": {"claims": {"exp": 1_767_225_600 - 61}},
    "exp missing": {"claims": {"exp": None}},
    "exp as text": {"claims": {"exp": "9999999999"}},
    "iat in the future": {"claims": {"iat": 1_767_225_600 + 61}},
    "iat long past": {"claims": {"iat": 1_767_225_600 - 601}},
    "iat missing": {"claims": {"iat": None}},
    "sub missing": {"claims": {"sub": None}},
    "signature": {"signed": "brokenly"},
    "signed by a stranger": {"signed": "by a stranger"},
    "alg none": {"header": {"alg": "none"}},
    "alg HS256": {"header": {"alg": "HS256"}},
    "typ": {"header": {"typ": "at+jwt"}},
    "kid": {"header": {"kid": "unknown"}},
    "key in the header": {"header": {"jwk": {"kty": "EC"}}},
    "verified_claims missing": {"claims": {"verified_claims": None}},
    "verified_claims empty": {"claims": {"verified_claims": {}}},
    "trust framework": {
        "claims": {
            "verified_claims": VERIFIED | {"verification": VERIFICATION | {"trust_framework": "x"}}
        }
    },
    "level too low": {
        "claims": {
            "verified_claims": VERIFIED
            | {"verification": VERIFICATION | {"assurance_level": "low"}}
        }
    },
    "level unknown": {
        "claims": {
            "verified_claims": VERIFIED
            | {"verification": VERIFICATION | {"assurance_level": "excellent"}}
        }
    },
    "number missing": {
        "claims": {
            "verified_claims": VERIFIED
            | {
                "verification": VERIFICATION
                | {
                    "evidence": [
                        {
                            "type": "document",
                            "document_details": DETAILS | {"document_number": None},
                        }
                    ]
                }
            }
        }
    },
    "birth date of somebody else": {
        "claims": {"verified_claims": VERIFIED | {"claims": {"birthdate": "1950-01-01"}}}
    },
    "response of another issuer": {"response": {"iss": "https://evil.example"}},
    "response without issuer": {"response": {"iss": None}},
    "code of nobody": {"response": {"code": "made-up"}},
    "token endpoint: garbage": {"token": "garbage"},
    "token endpoint: a list": {"token": "list"},
    "token endpoint: no ID token": {"token": "empty"},
}


@pytest.mark.spec("OpenID Connect Core 1.0 §3.1.3.7")
@pytest.mark.spec("RFC 9207 §2.4")
@pytest.mark.parametrize("name", WRONG_CLAIMS)
async def test_evidence_that_proves_nothing_is_refused(shared: Provider, eid: LiveEid, name: str):
    await steer(shared, eid, **WRONG_CLAIMS[name])
    before = dump(shared)["enrolment.vouchers"]
    page = await go(shared.browser())
    assert (page.status, notice(page)) == (400, "upstream_refused")
    assert dump(shared)["enrolment.vouchers"] == before


@pytest.mark.parametrize("token", ["huge", "packed", "redirect", "broken", "slow"])
async def test_an_answer_without_bounds_is_not_waited_for(
    shared: Provider, eid: LiveEid, monkeypatch: pytest.MonkeyPatch, token: str
):
    monkeypatch.setattr(upstream, "SECONDS", 0.2 if token == "slow" else 30.0)
    await steer(shared, eid, token=token)
    page = await go(shared.browser())
    assert (page.status, notice(page)) == (400, "upstream_unavailable")
    assert await headcount(shared) == 0


@pytest.mark.parametrize(
    "metadata",
    [
        {"issuer": "https://evil.example"},
        {"token_endpoint": "https://evil.example/token"},
        {"authorization_endpoint": "https://evil.example/authorize"},
        {"jwks_uri": "http://169.254.169.254/latest"},
        {"jwks_uri": "http://127.0.0.1:1/jwks"},
        {"token_endpoint": None},
        {"code_challenge_methods_supported": ["plain"]},
        {"token_endpoint_auth_methods_supported": ["client_secret_basic"]},
    ],
)
async def test_metadata_that_leads_elsewhere_is_not_followed(
    shared: Provider, eid: LiveEid, metadata: dict[str, Any]
):
    await steer(shared, eid, metadata=metadata)
    shared.services.upstreams._adapters["city"]._known = None
    browser = shared.browser()
    form = (await browser.get("/enrol")).form("/enrol/upstream") | {"upstream": "city"}
    page = await browser.post("/enrol/upstream", form)
    assert (page.status, notice(page)) == (400, "upstream_unavailable")
