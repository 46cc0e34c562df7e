"""Seven platforms, each without one check: each is caught for that, and for what follows from it.

All are `ByHand`, which passes everything, with one line left out.
"""

from typing import Final

import pytest

from tests.relying_parties.checker.by_hand import ByHand
from tests.relying_parties.checker.page import checked, printed, shown, written
from tests.relying_parties.checker.world import OneTown, findings

# Errors and troubles of the provider reach no check that is left out; they are met by the correct
# platforms, and by the one that shows what the command prints.
ELSEWHERE: Final = ("error", "token-error", "userinfo-error", "par-error", "endpoint")
# What each platform lacks, and all that the checker must find in it.
BROKEN: Final = {
    "nonce": {"nonce", "nonce-missing"},
    "response iss": {"response-iss", "response-iss-missing"},
    "aud": {"aud-other", "aud-others", "aud-missing"},
    "signature": {
        "signature",
        "signature-missing",
        "signature-other-key",
        "alg-none",
        "alg-hs256",
        "alg-unregistered",
        "kid-unknown",
        "kid-other-type",
        "keys-unpublished",
        # The same function verifies logout tokens.
        "logout-signature",
        "logout-alg-none",
        # payload-altered is not among them: userinfo then tells of another person, and is compared.
    },
    "state": {"state", "state-missing"},
    "userinfo sub": {"userinfo-sub"},
    "refetch": {"keys-unfamiliar"},
}


@pytest.mark.parametrize("without", [name for name in BROKEN if name != "nonce"])
async def test_a_platform_without_one_check_is_caught_for_that_and_nothing_else(without: str):
    town = OneTown()
    found = findings(await town.check(ByHand(town.way, without).app, skip=ELSEWHERE))
    assert set(found) == BROKEN[without]


async def test_a_platform_that_trusts_userinfo_of_another_is_told_whom_it_signed_in():
    town = OneTown()
    report = await town.check(ByHand(town.way, "userinfo sub").app, only=["userinfo"])
    assert findings(report) == {"userinfo-sub": "signed in as somebody else"}


async def test_what_was_not_tried_any_more_is_not_called_right():
    town = OneTown()
    report = await town.check(ByHand(town.way, "refetch").app, only=["keys"])
    tried = {line.fault.name: line for line in report.results}
    assert tried["keys-unfamiliar"].seen == "no sign-in for 64 s"
    assert tried["keys-unpublished"].seen == "not tried: nobody could sign in any more"


async def test_a_platform_without_a_nonce_check_is_caught_for_that_and_the_page_shows_how():
    report = await checked()
    assert set(findings(report)) == BROKEN["nonce"]
    assert shown() == written(printed(report))
