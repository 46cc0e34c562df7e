"""Numbers on documents: whether one is possible, and its one spelling.

Where python-stdnum knows a country's national number, its check digits must hold, and a birth date
inside the number must be the one given. Everything else is only looked at: letters and digits, not
too few, not too many. One person must have one spelling, or they would have two accounts.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from itertools import product
from typing import TYPE_CHECKING, Any, Final

from msgspec import Struct
from stdnum.exceptions import ValidationError

from idp.domain.blind_index import canonical_number
from idp.domain.document import Document
from idp.proofing.proof import EvidenceRefused, Fault

if TYPE_CHECKING:
    from datetime import date

SHORTEST, LONGEST = 4, 24
LONGEST_TEXT = 64


class _Format(Struct, frozen=True):
    """Modules of stdnum of which one must accept the number.

    ``century`` tells whether a birth date in it is whole, or has a year of two digits.
    """

    modules: tuple[str, ...]
    century: bool = True


def _formats(**modules: str) -> dict[str, _Format]:
    return {country: _Format(tuple(names.split())) for country, names in modules.items()}


NATIONAL: Final[dict[str, _Format]] = _formats(
    AR="ar.dni",
    AT="at.vnr",
    BE="be.nn be.bis",
    BG="bg.egn bg.pnf",
    BR="br.cpf",
    CH="ch.ssn",
    CL="cl.rut",
    CN="cn.ric",
    CU="cu.ni",
    DK="dk.cpr",
    DO="do.cedula",
    EC="ec.ci",
    EE="ee.ik",
    ES="es.dni es.nie",
    FI="fi.hetu",
    FR="fr.nir",
    HR="hr.oib",
    IE="ie.pps",
    IL="il.idnr",
    IN="in_.aadhaar",
    IS="is_.kennitala",
    JP="jp.in_",
    KR="kr.rrn",
    LT="lt.asmens",
    MU="mu.nid",
    MX="mx.curp",
    NL="nl.bsn",
    NO="no.fodselsnummer",
    PE="pe.cui",
    PK="pk.cnic",
    PL="pl.pesel",
    RO="ro.cnp",
    SI="si.emso",
    TH="th.pin",
    TR="tr.tckimlik",
) | {
    "CZ": _Format(("cz.rc",), century=False),
    "GR": _Format(("gr.amka",), century=False),
    "ID": _Format(("id.nik",), century=False),
    "IT": _Format(("it.codicefiscale",), century=False),
    "MY": _Format(("my.nric",), century=False),
    "SE": _Format(("se.personnummer",), century=False),
    "SK": _Format(("sk.rc",), century=False),
    "ZA": _Format(("za.idnr",), century=False),
}


@cache  # read when the first number of its kind comes: few servers meet those of every country
def _module(name: str) -> Any:
    return import_module(f"stdnum.{name}")


def checked(country: str, document: str, number: str, birth_date: date) -> str:
    """Return the one spelling of a number; raises EvidenceRefused.

    ``NUMBER`` when there can be no such number, ``BIRTH_DATE_AND_NUMBER`` when the birth date in it
    is another than ``birth_date``.
    """
    canonical = canonical_number(number)
    plain = len(number) <= LONGEST_TEXT and canonical.isascii()
    if not plain or not SHORTEST <= len(canonical) <= LONGEST:
        raise EvidenceRefused(Fault.NUMBER)
    known = NATIONAL.get(country) if document == Document.NATIONAL_ID else None
    if known is None:
        return _shaped(canonical)
    # As typed first: some numbers need their hyphen. Then without anything between its parts.
    module, valid = _valid(known, (number.strip(), canonical))
    _agree(known, module, valid, birth_date)
    return _one_spelling(country, canonical_number(valid), birth_date)


def _one_spelling(country: str, valid: str, birth_date: date) -> str:
    """Return the one of several spellings that stdnum takes and leaves as they are."""
    match country:
        case "SE":  # written with or without the century; the short form returns after it
            return f"{birth_date:%Y%m%d}{valid[-4:]}"
        case "PE":  # without its check character, a digit or a letter, or with either
            return valid[:8]
        case "AR":  # with or without a leading zero
            return valid.zfill(8)
        case "CL":
            return valid.zfill(9)
        case _:
            return valid


def _shaped(canonical: str) -> str:
    if not any(character.isdigit() for character in canonical):
        raise EvidenceRefused(Fault.NUMBER)
    return canonical


def _valid(known: _Format, spellings: tuple[str, ...]) -> tuple[Any, str]:
    for name, spelling in product(known.modules, spellings):
        try:
            return _module(name), str(_module(name).validate(spelling))
        except ValidationError:
            continue
    raise EvidenceRefused(Fault.NUMBER)


def _agree(known: _Format, module: Any, valid: str, birth_date: date) -> None:
    """Refuse another birth date than the number's, where there is one that stdnum reads."""
    if not hasattr(module, "get_birth_date"):
        return
    try:
        inside: date | None = module.get_birth_date(valid)
    except ValidationError:  # a valid number without one, as companies have
        return
    if inside is None:
        return
    same_day = (inside.month, inside.day) == (birth_date.month, birth_date.day)
    years = (inside.year, birth_date.year)
    same_year = years[0] == years[1] if known.century else years[0] % 100 == years[1] % 100
    if not (same_day and same_year):
        raise EvidenceRefused(Fault.BIRTH_DATE_AND_NUMBER)
