import json

import pytest
from msgspec.structs import asdict, replace

from idp.domain import compact_json
from idp.domain.grant import GrantFacts
from idp.domain.grant_record import read, written
from idp.domain.release import OFFERED

LITTLE = GrantFacts(
    "shop", "r" * 43, 1_767_225_660, ("openid",), None, None, None, "phr", (), None, (), ()
)
MUCH = replace(
    LITTLE,
    scope=("age", "offline_access", "openid", "records:read"),
    nonce='a "nonce"',
    code_challenge="c" * 43,
    auth_time=1_767_225_600,
    amr=("hwk", "pop"),
    sid="s" * 22,
    id_token_claims=("age_over_18", "identity_assurance_level"),
    userinfo_claims=("age_over_14", "age_over_65"),
    ages={"age_over_14": True, "age_over_18": True, "age_over_65": False},
    assurance="substantial",
    resource="https://records.example/api",
    dpop_jkt="j" * 43,
)


@pytest.mark.parametrize("facts", [LITTLE, MUCH])
def test_what_is_written_is_read_as_it_was(facts: GrantFacts):
    assert read(compact_json.read(compact_json.write(written(facts)))) == facts


@pytest.mark.parametrize("facts", [LITTLE, MUCH])
def test_a_grant_of_the_form_before_is_read(facts: GrantFacts):
    """A chain of refresh tokens lives for months, and its grant stays as it was written."""
    assert read(json.loads(json.dumps(asdict(facts)))) == facts


def test_every_claim_that_is_offered_has_a_letter_of_its_own():
    every = replace(LITTLE, userinfo_claims=tuple(sorted(OFFERED)))
    assert read(written(every)) == every
    assert written(every)[11] == "abcde", "another letter would change what live grants say"


def test_a_record_is_short():
    assert compact_json.write(written(MUCH)) == (
        b'["shop","' + b"r" * 43 + b'",1767225660,"age offline_access openid records:read",'
        b'"a \\"nonce\\"","' + b"c" * 43 + b'",1767225600,"phr","hwk pop","' + b"s" * 22 + b'",'
        b'"ce","ad","ACd","substantial","https://records.example/api","' + b"j" * 43 + b'"]'
    )
