"""From another provider's claims to a proof: OpenID Identity Assurance, or flat claims.

What identifies somebody is read, checked and put into the proof; nothing else of the token goes on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from babel.core import get_global
from pydantic import BaseModel, ConfigDict, Field

from idp.domain.assurance import Assurance
from idp.domain.document import COUNTRIES, Document
from idp.proofing import numbers
from idp.proofing.in_person import birth_date
from idp.proofing.proof import EvidenceRefused, Fault, Proof

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

ADAPTER: Final = "upstream"
_GERMANY: Final = "D"  # the one-letter code of travel documents (ICAO Doc 9303-3 §5)
_Levels = dict[str, Assurance]


class VerifiedClaims(BaseModel):
    """How to read ``verified_claims`` (OpenID Identity Assurance Schema Definition 1.0 §5).

    ``documents`` maps their types of document to ours; ``number`` is the member of
    ``document_details`` that people are known by.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["verified_claims"]
    trust_framework: str
    levels: _Levels
    documents: dict[str, Document]
    number: Literal["document_number", "personal_number"] = "document_number"

    @property
    def kinds(self) -> frozenset[Document]:
        """The kinds of number that this mapping can yield."""
        return frozenset(self.documents.values())

    def request(self) -> dict[str, Any]:
        """Return what to ask for by the ``claims`` parameter, and no more than that."""
        details = {"type": None, self.number: None, "issuer": {"country_code": None}}
        verification = {
            "trust_framework": {"value": self.trust_framework},
            "assurance_level": {"values": sorted(self.levels)},
            "evidence": [{"type": {"value": "document"}, "document_details": details}],
        }
        wanted = {"verification": verification, "claims": {"birthdate": None}}
        return {"id_token": {"verified_claims": wanted}}

    def read(self, claims: Mapping[str, Any]) -> Read:
        """Return what identifies the person; raises EvidenceRefused."""
        found = claims.get("verified_claims")
        entries = found if isinstance(found, list) else [found]  # one for each trust framework
        ours = [one for one in map(_object, entries) if self._is_ours(one)]
        if len(ours) != 1:
            raise EvidenceRefused(Fault.TRUST_FRAMEWORK)
        verification = _object(ours[0]["verification"])
        evidence = verification.get("evidence")
        if not isinstance(evidence, list):
            raise EvidenceRefused(Fault.DOCUMENT, "no evidence")
        details = self._details(evidence)
        return Read(
            level=_level(verification.get("assurance_level"), self.levels),
            document=self.documents[details["type"]],
            number=_text(details.get(self.number), Fault.NUMBER),
            country=_country(_object(details.get("issuer")).get("country_code")),
            birth_date=_text(_object(ours[0].get("claims")).get("birthdate"), Fault.BIRTH_DATE),
        )

    def _is_ours(self, entry: Mapping[str, Any]) -> bool:
        framework = _object(entry.get("verification")).get("trust_framework")
        return bool(framework == self.trust_framework)

    def _details(self, evidence: list[Any]) -> Mapping[str, Any]:
        known = [
            details
            for one in evidence
            if isinstance(one, dict) and one.get("type") == "document"
            for details in [_object(one.get("document_details"))]
            if isinstance(details.get("type"), str) and details["type"] in self.documents
        ]
        if len(known) != 1:  # of two numbers we must not choose one: it could be another next time
            raise EvidenceRefused(Fault.DOCUMENT, "not exactly one document of a known type")
        return known[0]


class FlatClaims(BaseModel):
    """How to read plain claims: the names of those that identify, and what is fixed.

    ``country`` is a country itself, or the name of a claim when ``country_claim`` says so.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    kind: Literal["flat"]
    document: Document
    number: str
    birth_date: str = "birthdate"
    country: str = ""
    country_claim: str = ""
    level: str = "acr"
    levels: _Levels

    @property
    def kinds(self) -> frozenset[Document]:
        """The kinds of number that this mapping can yield."""
        return frozenset({self.document})

    def request(self) -> dict[str, Any]:
        """Return what to ask for by the ``claims`` parameter, and no more than that."""
        names = [self.number, self.birth_date, *([self.country_claim] * bool(self.country_claim))]
        wanted: dict[str, Any] = {name: {"essential": True} for name in names}
        return {"id_token": wanted | {self.level: {"essential": True, "values": [*self.levels]}}}

    def read(self, claims: Mapping[str, Any]) -> Read:
        """Return what identifies the person; raises EvidenceRefused."""
        country = claims.get(self.country_claim) if self.country_claim else self.country
        return Read(
            level=_level(claims.get(self.level), self.levels),
            document=self.document,
            number=_text(claims.get(self.number), Fault.NUMBER),
            country=_country(country),
            birth_date=_text(claims.get(self.birth_date), Fault.BIRTH_DATE),
        )


Mapped = Annotated[VerifiedClaims | FlatClaims, Field(discriminator="kind")]


class Read:
    """What was read of one person. A plain class without ``repr``: it holds a number."""

    __slots__ = ("birth_date", "country", "document", "level", "number")

    def __init__(
        self, *, level: Assurance, document: Document, number: str, country: str, birth_date: str
    ) -> None:
        self.level = level
        self.document = document
        self.number = number
        self.country = country
        self.birth_date = birth_date

    def proof(self, *, verifier: str, lowest: Assurance, today: date) -> Proof:
        """Return the proof, checked as a registrar's would be; raises EvidenceRefused."""
        if not self.level.reaches(lowest):
            raise EvidenceRefused(Fault.LEVEL)
        born = birth_date(self.birth_date, today)
        return Proof(
            adapter=ADAPTER,
            level=self.level,
            country=self.country,
            document=self.document,
            number=numbers.checked(self.country, self.document, self.number, born),
            birth_date=born,
            verifier=verifier,
        )


def _object(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _text(value: Any, fault: Fault) -> str:
    if not isinstance(value, str):
        raise EvidenceRefused(fault)
    return value


def _level(value: Any, levels: _Levels) -> Assurance:
    found = levels.get(value) if isinstance(value, str) else None
    if found is None:
        raise EvidenceRefused(Fault.LEVEL)
    return found


def _country(value: Any) -> str:
    code = _alpha_2(value) if isinstance(value, str) else ""
    if code not in COUNTRIES:
        raise EvidenceRefused(Fault.COUNTRY)
    return code


def _alpha_2(code: str) -> str:
    """Return the two letters of a country that is named by another code, else ``code`` itself."""
    if code in COUNTRIES:
        return code
    # ISO 3166-1 alpha-3. Asked for when somebody comes from there: what it lies in is 2 MiB.
    found = get_global("territory_aliases").get(code, [])
    return "DE" if code == _GERMANY else str(found[0]) if len(found) == 1 else code
