"""What a receipt says, field by field."""

from typing import Any

import pytest
from msgspec.structs import replace

from idp.domain.age import CLAIM_NAMES
from idp.protocol import consent_receipt
from idp.protocol.consent_receipt import Allowed, Controller

ISSUER = "https://id.example"
SHOP = Controller(
    "shop", "街角小店", "zh-Hans", "每项优惠只发一次。", "https://shop.example/privacy"
)
YES = Allowed("N" * 25, "a record", frozenset({"openid", "age_over_18"}), 1_767_225_600, 20_819)


def receipt(controller: Controller = SHOP, allowed: Allowed = YES) -> dict[str, Any]:
    return consent_receipt.claims(controller, allowed, issuer=ISSUER, receipt_id="an id")


def record(**changes: Any) -> dict[str, Any]:
    found: dict[str, Any] = receipt(allowed=replace(YES, **changes))["consent_record"]
    return found


def test_the_fields_that_the_standard_requires_are_there():
    found = receipt()
    assert found.keys() == {"iss", "receipt_id", "schema_version", "consent_record"}
    assert found["consent_record"].keys() == {
        *("schema_version", "record_id", "pii_principal_id"),
        *("pii_processing", "party_identification", "events"),
    }
    processing = found["consent_record"]["pii_processing"]
    assert processing.keys() == {"privacy_notice", "language", "purposes"}
    (purpose,) = processing["purposes"]
    assert purpose.keys() >= {
        *("purpose", "lawful_basis", "pii_information", "pii_controllers", "storage_locations"),
        *("retention_period", "jurisdiction", "recipient_third_parties", "withdrawal_method"),
    }
    assert purpose["purpose"] == "每项优惠只发一次。"
    assert purpose["pii_controllers"] == ["shop"]


def test_it_names_what_was_allowed_and_no_answer():
    (purpose,) = record()["pii_processing"]["purposes"]
    told = [one["pii_attribute_id"] for one in purpose["pii_information"]]
    assert told == ["age_over_18", "sub"]
    assert [one["pii_optional"] for one in purpose["pii_information"]] == [True, False]


@pytest.mark.parametrize("item", [*CLAIM_NAMES, "auth_time", "openid", "hardware_key", "new"])
def test_every_item_has_words(item: str):
    (purpose,) = record(items=frozenset({item}))["pii_processing"]["purposes"]
    (told,) = purpose["pii_information"]
    assert told["pii_type"]


def test_a_remembered_yes_holds_for_its_days_and_another_for_its_minutes():
    assert record()["events"][0]["validity_duration"] == "P365D"
    assert record(until_day=None)["events"][0]["validity_duration"] == "PT660S"


def test_what_was_taken_back_says_so():
    given, withdrawn = record(withdrawn_at=1_767_225_601)["events"]
    assert (given["event_state"], withdrawn["event_state"]) == (
        "consent given",
        "consent withdrawn",
    )
    assert withdrawn["event_time"] == "2026-01-01T00:00:01Z"


def test_a_platform_that_has_left_is_named_and_what_it_said_is_not_invented():
    left = receipt(Controller("shop", "Corner Shop", "en"))["consent_record"]
    assert left["party_identification"][0]["party_contact"] == "not declared by the platform"
    assert left["pii_processing"]["privacy_notice"] == f"{ISSUER}/privacy"
