"""What an adapter establishes about a person, and the one protocol that adapters keep."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Protocol, TypeVar

from msgspec import Struct

if TYPE_CHECKING:
    from datetime import date

    from idp.domain.assurance import Assurance

Submission_contra = TypeVar("Submission_contra", contravariant=True)


class Fault(StrEnum):
    """What is wrong with evidence: for a form, or for the log. It never quotes the evidence."""

    COUNTRY = "country"
    DOCUMENT = "document"
    NUMBER = "number"
    BIRTH_DATE = "birth_date"
    BIRTH_DATE_AND_NUMBER = "birth_date_and_number"
    CITIZEN = "citizen"
    ANSWER = "answer"
    TOKEN = "token"
    TRUST_FRAMEWORK = "trust_framework"
    LEVEL = "level"


class EvidenceRefused(Exception):
    """The evidence proves nothing; ``detail`` names the check that failed, never a value."""

    def __init__(self, fault: Fault, detail: str = "") -> None:
        super().__init__(f"{fault}: {detail}" if detail else fault.value)
        self.fault = fault
        self.detail = detail or fault.value


class Proof(Struct, frozen=True):
    """An established identity, used once and dropped. No ``repr``: the number must reach no log.

    ``country`` is ISO 3166-1 alpha-2, ``document`` a ``Document``; ``verifier`` says who checked:
    an operator's or an upstream's identifier, or nobody.
    """

    adapter: str
    level: Assurance
    country: str
    document: str
    number: str
    birth_date: date
    verifier: str = ""

    __repr__ = object.__repr__


class Adapter(Protocol[Submission_contra]):
    """A way to establish identity. One file each; nothing else has to know how it works.

    A submission is what this way takes in: fields that a registrar typed, an answer that came
    back from another provider, later what was read from a chip or what a guardian said.
    """

    name: str

    async def prove(self, submission: Submission_contra, *, today: date) -> Proof:
        """Return what ``submission`` proves on the civil day ``today``; raises EvidenceRefused."""
        ...
