import sqlite3
from datetime import date
from typing import Any

import pytest
from msgspec.structs import replace

from idp.domain.client import MAX_CLIENT_ID
from idp.domain.consent import Consent
from idp.domain.grant import GrantFacts, redirect_digest
from idp.domain.passkey import MAX_NAME, Kind, PasskeyFacts
from idp.domain.person import Evidence, SuspensionNotice
from idp.domain.pseudonym import Pseudonym
from idp.domain.refresh_token import Chain
from idp.domain.release import CLAIM_ASSURANCE
from idp.domain.resource import MAX_IDENTIFIER, MAX_SCOPE, MAX_SCOPES_OF_CLIENT, Resource, item_of
from idp.domain.sealing import SealBroken, TooLong
from idp.domain.session import MAX_VISITS, Authentication, Session, Visit
from idp.protocol import acr
from idp.services.vault import Vault

ROW, OTHER = b"r" * 16, b"s" * 16
PERSON = b"p" * 16
NOTICE = SuspensionNotice("a reason", "an authority")
CLAIMS = ("age_over_14", "age_over_16", "age_over_18", "age_over_65")
SCOPES = tuple(f"{n:0>{MAX_SCOPE}}" for n in range(MAX_SCOPES_OF_CLIENT))
API = Resource("https://records.example/api", None, {}, {})
HOW = Authentication(1_767_225_600, "phr", ("hwk", "user"))
FACTS = GrantFacts(
    client_id="shop",
    redirect_digest=redirect_digest("https://shop.example/callback"),
    code_expires_at=1_767_225_660,
    scope=("age", "openid"),
    nonce="a nonce",
    code_challenge=None,
    auth_time=None,
    acr="phr",
    amr=("hwk", "user"),
    sid=None,
    id_token_claims=("age_over_18",),
    userinfo_claims=(),
    ages={"age_over_18": True},
)
PSEUDONYM = Pseudonym("N" * 25, PERSON, "platform:shop", 20_454)
ALLOWED = Consent("shop", "platform:shop", frozenset({"openid"}), 1_767_225_600, 20_819, "r" * 32)


PASSKEY = PasskeyFacts(Kind.SECURITY_KEY, "\U0001f511" * MAX_NAME, 1_767_225_600, 20_454, 20_454)


def session(visits: int = 0, **changes: Any) -> Session:
    known = tuple(Visit(f"client-{n:022}", "s" * 22) for n in range(visits))
    return replace(Session(b"d" * 32, PERSON, HOW, seen=HOW.time, visits=known), **changes)


def test_whatever_is_sealed_opens_as_it_was(vault: Vault):
    born = date(1938, 11, 3)
    assert vault.open_birth_date(PERSON, vault.seal_birth_date(PERSON, born)) == born
    assert vault.open_notices(PERSON, vault.seal_notices(PERSON, [NOTICE])) == (NOTICE,)
    assert vault.open_enrolled(ROW, vault.seal_enrolled(ROW, PERSON)) == PERSON
    assert vault.open_grant(ROW, vault.seal_grant(ROW, FACTS)) == FACTS
    assert vault.open_pseudonym(ROW, vault.seal_pseudonym(ROW, PSEUDONYM)) == PSEUDONYM
    assert vault.open_consent(ROW, vault.seal_consent(ROW, ALLOWED)) == ALLOWED
    for facts in (PasskeyFacts(), PASSKEY):
        assert vault.open_passkey(ROW, vault.seal_passkey(ROW, facts)) == facts
    for visits in (0, 1, 40, MAX_VISITS):
        known = session(visits)
        opened = vault.open_session(known.digest, PERSON, vault.seal_session(known))
        assert opened == known


@pytest.mark.parametrize("jkt", [None, "j" * 43])
def test_a_chain_has_one_size_and_opens_in_its_own_row(vault: Vault, jkt: str | None):
    chain = Chain(b"s" * 32, 1, 1_767_225_600, 20_454, 20_454, 20_819, jkt)
    later = replace(chain, generation=2**32 - 1, rotated_at=9_999_999_999, until_day=99_999)
    assert vault.open_chain(ROW, vault.seal_chain(ROW, chain)) == chain
    assert len(lengths(vault.seal_chain(ROW, chain), vault.seal_chain(ROW, later))) == 1
    with pytest.raises(SealBroken):
        vault.open_chain(OTHER, vault.seal_chain(ROW, chain))


@pytest.mark.spec("NIST SP 800-38D §5.2")
def test_nothing_opens_in_another_row(vault: Vault):
    with pytest.raises(SealBroken):
        vault.open_birth_date(OTHER, vault.seal_birth_date(PERSON, date(1990, 5, 17)))
    with pytest.raises(SealBroken):
        vault.open_notices(OTHER, vault.seal_notices(PERSON, [NOTICE]))
    with pytest.raises(SealBroken):
        vault.open_enrolled(OTHER, vault.seal_enrolled(ROW, PERSON))
    with pytest.raises(SealBroken):
        vault.open_pseudonym(OTHER, vault.seal_pseudonym(ROW, PSEUDONYM))
    with pytest.raises(SealBroken):
        vault.open_consent(OTHER, vault.seal_consent(ROW, ALLOWED))
    with pytest.raises(SealBroken):
        vault.open_grant(OTHER, vault.seal_grant(ROW, FACTS))
    with pytest.raises(SealBroken):
        vault.open_session(b"e" * 32, PERSON, vault.seal_session(session()))


def test_nothing_opens_in_another_column(vault: Vault):
    with pytest.raises(SealBroken):
        vault.open_notices(PERSON, vault.seal_birth_date(PERSON, date(1990, 5, 17)))
    with pytest.raises(SealBroken):
        vault.open_consent(ROW, vault.seal_pseudonym(ROW, PSEUDONYM))


def lengths(*sealed: bytes) -> set[int]:
    return {len(value) for value in sealed}


def test_a_column_has_one_size_whatever_it_holds(vault: Vault):
    """Promise P3: a length would tell a year, a reason, or how many platforms somebody visits."""
    long = SuspensionNotice("r" * 150, "authority " * 10)
    evidence = Evidence("a", "b", "c", "XX", 0)
    fuller = Evidence("an-adapter", "substantial", "identity-card", "AT", 20_000)
    dates = [vault.seal_birth_date(PERSON, date(year, 1, 1)) for year in (1, 1900, 2026)]
    assert len(lengths(*dates)) == 1
    assert (
        len(lengths(vault.seal_notices(ROW, [NOTICE]), vault.seal_notices(ROW, [NOTICE, long])))
        == 1
    )
    assert len(lengths(vault.seal_evidence(ROW, evidence), vault.seal_evidence(ROW, fuller))) == 1


def test_a_session_has_one_size_for_everybody_who_visits_a_few_platforms(vault: Vault):
    assert len(lengths(*(vault.seal_session(session(visits)) for visits in range(15)))) == 1
    assert len(lengths(*(vault.seal_session(session(n)) for n in range(MAX_VISITS + 1)))) <= 3


def test_a_grant_has_one_size_for_ordinary_requests(vault: Vault):
    for changes in (
        {"sid": "s" * 22, "auth_time": 1_767_225_600},
        {"code_challenge": "c" * 43, "nonce": "n" * 64},
        {"ages": dict.fromkeys(("age_over_14", "age_over_16", "age_over_18"), True)},
        {"scope": ("openid",), "id_token_claims": (), "ages": {}},
    ):
        one = vault.seal_grant(ROW, replace(FACTS, **changes))
        assert len(one) == len(vault.seal_grant(ROW, FACTS))


def test_the_same_value_is_never_sealed_alike(vault: Vault):
    born = date(1990, 5, 17)
    assert vault.seal_birth_date(PERSON, born) != vault.seal_birth_date(PERSON, born)


LONGEST = replace(
    FACTS,
    client_id="c" * MAX_CLIENT_ID,
    scope=("age", "offline_access", "openid", *SCOPES),
    nonce=None,
    code_challenge="c" * 43,
    auth_time=1_767_225_600,
    acr=acr.SANDBOX,
    amr=acr.HARDWARE_METHODS,
    sid="s" * 22,
    id_token_claims=(*CLAIMS, CLAIM_ASSURANCE),
    userinfo_claims=(*CLAIMS, CLAIM_ASSURANCE),
    ages=dict.fromkeys(CLAIMS, False),
    assurance="substantial",
    resource="r" * MAX_IDENTIFIER,
    dpop_jkt="j" * 43,
)


@pytest.mark.parametrize("nonce", ["n" * 510, "名" * 170, '"\\' * 127, None])
def test_the_longest_request_has_the_size_of_every_other(vault: Vault, nonce: str | None):
    """With the longest nonce, or with everything else: for both at once see the next test."""
    for facts in (replace(FACTS, nonce=nonce), LONGEST):
        sealed = vault.seal_grant(ROW, facts)
        assert vault.open_grant(ROW, sealed) == facts
        assert len(sealed) == len(vault.seal_grant(ROW, FACTS))


def test_what_has_no_room_in_a_grant_is_refused_and_its_nonce_is_sealed_apart(vault: Vault):
    nonce = "n" * 510
    with pytest.raises(TooLong):
        vault.seal_grant(ROW, replace(LONGEST, nonce=nonce))
    sealed = vault.seal_nonce(nonce)
    assert vault.open_nonce(sealed) == nonce
    assert nonce not in sealed
    with pytest.raises(SealBroken):
        vault.open_nonce(vault.seal_nonce("another")[:-4] + sealed[-4:])


def test_a_grant_is_small_enough_for_one_page_of_sqlite(vault: Vault):
    """What is longer takes a second page, which every login would write twice."""
    rows = sqlite3.connect(":memory:")
    rows.execute("CREATE TABLE grants (id BLOB PRIMARY KEY, a, b, c, d, e, f, g) WITHOUT ROWID")
    tags, times = (b"t" * 34, b"t" * 34), (1, 1, 2**40, None)
    for number in range(16):
        sealed = vault.seal_grant(ROW, FACTS)
        row = (bytes([number] * 16), *tags, sealed, *times)
        rows.execute("INSERT INTO grants VALUES (?, ?, ?, ?, ?, ?, ?, ?)", row)
    (pages,) = rows.execute("PRAGMA page_count").fetchone()
    rows.close()
    assert pages < 16


def test_platforms_with_the_longest_names_have_the_size_of_every_other(vault: Vault):
    sector = "host:" + "h" * 253
    scopes = (item_of(API, scope) for scope in SCOPES)
    items = frozenset(
        {
            "openid",
            "auth_time",
            "hardware_key",
            "network_id",
            "offline_access",
            *CLAIMS,
            CLAIM_ASSURANCE,
            *scopes,
        }
    )
    consents = ALLOWED, replace(ALLOWED, client_id="c" * MAX_CLIENT_ID, sector=sector, items=items)
    pseudonyms = PSEUDONYM, replace(PSEUDONYM, sector=sector, renewed_day=20_454)
    assert len(lengths(*(vault.seal_consent(ROW, consent) for consent in consents))) == 1
    assert len(lengths(*(vault.seal_pseudonym(ROW, pseudonym) for pseudonym in pseudonyms))) == 1


def test_what_is_longer_than_the_longest_size_is_not_sealed(vault: Vault):
    with pytest.raises(ValueError, match="holds 32768 bytes"):
        vault.seal_notices(ROW, [SuspensionNotice("r" * 40_000, "an authority")])


def test_what_is_kept_of_a_passkey_has_one_size(vault: Vault):
    sizes = {len(vault.seal_passkey(ROW, facts)) for facts in (PasskeyFacts(), PASSKEY)}
    assert len(sizes) == 1


def test_a_passkey_of_which_nothing_was_kept_is_one_without_a_name(vault: Vault):
    assert vault.open_passkey(ROW, None) == PasskeyFacts()


def test_a_session_sealed_before_it_knew_its_passkey_opens_still(vault: Vault):
    known = session()
    facts = {"time": HOW.time, "acr": HOW.acr, "amr": HOW.amr, "seen": HOW.time, "visits": []}
    old = vault.seal_facts("sessions", known.digest, facts)
    assert vault.open_session(known.digest, PERSON, old) == known
