"""The table of faults: stable names, whole sentences, and sections that exist."""

import re

import pytest
from network_id_simulator import faults, rows_errors
from network_id_simulator.faults import FAULTS, GROUPS, Must, UnknownFaultError, find

from tests.support.specifications import read_mark

ENDPOINTS = {"authorize", "token", "userinfo", "discovery", "jwks", "par", "logout"}


def test_names_are_short_words_joined_by_hyphens():
    odd = [name for name in FAULTS if not re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", name)]
    assert odd == []


def test_no_two_faults_have_one_name():
    assert len(FAULTS) == len(faults._ROWS)


def test_every_group_has_faults_and_every_fault_a_group():
    assert {fault.group for fault in FAULTS.values()} == set(GROUPS)


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_says_what_it_is_in_whole_sentences(name: str):
    fault = FAULTS[name]
    assert fault.at in ENDPOINTS
    for sentence in (fault.what, fault.mistake, fault.mend):
        assert re.match(r"[A-Z]|[a-z_-]", sentence)
        assert sentence.endswith((".", ")"))
    read_mark(fault.spec)


def test_what_is_only_unusual_never_excuses_a_refusal():
    assert not [f.name for f in FAULTS.values() if f.must is Must.SURVIVE and f.may_sign_in]


def test_an_unknown_name_is_answered_with_the_nearest():
    with pytest.raises(UnknownFaultError, match="aud-other"):
        find("aud-othr")


@pytest.mark.parametrize("at", rows_errors.CODES)
def test_every_error_of_an_endpoint_has_a_switch(at: str):
    for code in rows_errors.CODES[at]:
        name = rows_errors.fault_name(code, at)
        assert FAULTS[name].at == at
        assert rows_errors.error_code(name) == code
