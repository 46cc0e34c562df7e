"""The order in which faults are tried."""

import pytest
from network_id_simulator.checker.plan import MOST_IN_BATCH, plan
from network_id_simulator.faults import FAULTS, UnknownFaultError


def test_every_fault_is_tried_once():
    whole = plan()
    tried = [*whole.early, *(fault for batch in whole.batches for fault in batch), *whole.logout]
    assert sorted(fault.name for fault in tried) == sorted(FAULTS)
    assert [fault.name for fault in whole.faults] == list(FAULTS)


def test_what_only_a_platform_without_metadata_and_keys_meets_comes_first():
    assert {fault.at for fault in plan().early} == {"discovery", "jwks"}
    assert plan().early[0].name == "discovery-issuer"


def test_rotations_come_before_the_forged_key_names_that_spend_the_one_fetch():
    late = [fault.name for batch in plan().batches for fault in batch]
    assert late.index("keys-rotated") < late.index("keys-unfamiliar") < late.index("kid-unknown")
    assert late.index("keys-rotated") > late.index("signature")


def test_no_batch_is_so_large_that_it_hides_which_fault_broke_the_platform():
    assert max(len(batch) for batch in plan().batches) <= MOST_IN_BATCH
    for batch in plan().batches:
        assert len({fault.group for fault in batch}) == 1
        assert len(batch) == 1 or batch[0].group not in {"endpoint", "keys"}


def test_some_can_be_chosen_by_name_and_by_group():
    assert [fault.name for fault in plan(only=["nonce", "aud-other"]).faults] == [
        "aud-other",
        "nonce",
    ]
    assert {fault.group for fault in plan(only=["logout"]).faults} == {"logout"}
    assert "nonce" not in {fault.name for fault in plan(skip=["nonce", "logout"]).faults}


def test_a_misspelt_fault_is_refused_with_the_name_that_was_meant():
    with pytest.raises(UnknownFaultError, match="nonce"):
        plan(only=["nonse"])
