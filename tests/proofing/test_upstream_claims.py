"""What another provider says of somebody, in its own words, is read in ours."""

from datetime import date
from typing import Any

import pytest

from idp.domain.assurance import Assurance
from idp.domain.document import COUNTRIES, Document
from idp.proofing.proof import EvidenceRefused, Fault
from idp.proofing.upstream_claims import FlatClaims
from tests.proofing.conftest import TODAY

CLAIMS = FlatClaims(
    kind="flat",
    document=Document.NATIONAL_ID,
    number="number",
    country_claim="country",
    levels={"high": Assurance.HIGH},
)
SAID = {"number": "11010519491231002X", "birthdate": "1949-12-31", "acr": "high"}


@pytest.mark.parametrize(
    ("said", "country"),
    [
        ("CN", "CN"),
        ("CHN", "CN"),  # ISO 3166-1 alpha-3, as in every identity card
        ("DEU", "DE"),
        ("D", "DE"),  # as in a German passport
        ("GBR", "GB"),
        ("UK", "GB"),
    ],
)
def test_a_country_has_one_name_however_it_is_called(said: str, country: str):
    """Else somebody who comes by two ways would be two people."""
    assert CLAIMS.read(SAID | {"country": said}).country == country


def test_every_country_that_we_know_keeps_its_name():
    assert [CLAIMS.read(SAID | {"country": one}).country for one in sorted(COUNTRIES)] == sorted(
        COUNTRIES
    )


@pytest.mark.parametrize("said", [None, "", "chn", "XXX", "XX", "SUN", "SU", 156, ["CN"], {}])
def test_what_names_no_country_of_today_is_refused(said: Any):
    with pytest.raises(EvidenceRefused) as refused:
        CLAIMS.read(SAID | {"country": said})
    assert refused.value.fault is Fault.COUNTRY


def test_a_country_in_three_letters_proves_what_an_office_proves():
    proof = CLAIMS.read(SAID | {"country": "CHN"}).proof(
        verifier="city", lowest=Assurance.SUBSTANTIAL, today=TODAY
    )
    assert (proof.country, proof.number) == ("CN", SAID["number"])
    assert proof.birth_date == date(1949, 12, 31)
