"""How the facts of a grant are written: short, so that the longest has room in one size of row.

A list in the order of ``GrantFacts``; what comes later is added at its end. Words are one text with
spaces between. A claim is one letter, an age answer too: a capital for yes. Rows of before are an
object with the names of the members, and are read for as long as a chain of theirs may live.
"""

from __future__ import annotations

from operator import attrgetter
from typing import TYPE_CHECKING, Any, Final

from idp.domain.grant import GrantFacts

if TYPE_CHECKING:
    from collections.abc import Iterable

# Never another claim for a letter: grants live for months.
_LETTERS: Final = {
    "age_over_14": "a",
    "age_over_16": "b",
    "age_over_18": "c",
    "age_over_65": "d",
    "identity_assurance_level": "e",
}
_CLAIMS: Final = {letter: claim for claim, letter in _LETTERS.items()}
_of_facts: Final = attrgetter(*GrantFacts.__struct_fields__)
_SCOPE, _AMR, _ID_TOKEN, _USERINFO, _AGES = [
    GrantFacts.__struct_fields__.index(name)
    for name in ("scope", "amr", "id_token_claims", "userinfo_claims", "ages")
]


def written(facts: GrantFacts) -> list[Any]:
    """Return the record of ``facts``, of JSON values."""
    record = list(_of_facts(facts))
    record[_SCOPE] = " ".join(facts.scope)
    record[_AMR] = " ".join(facts.amr)
    record[_ID_TOKEN] = _letters(facts.id_token_claims)
    record[_USERINFO] = _letters(facts.userinfo_claims)
    record[_AGES] = "".join(
        [_LETTERS[claim].upper() if yes else _LETTERS[claim] for claim, yes in facts.ages.items()]
    )
    return record


def read(record: Any) -> GrantFacts:
    """Return the facts in a record, of today's form or of the one before."""
    if isinstance(record, dict):
        for name in ("scope", "amr", "id_token_claims", "userinfo_claims"):
            record[name] = tuple(record[name])
        return GrantFacts(**record)
    record[_SCOPE] = tuple(record[_SCOPE].split())
    record[_AMR] = tuple(record[_AMR].split())
    record[_ID_TOKEN] = _named(record[_ID_TOKEN])
    record[_USERINFO] = _named(record[_USERINFO])
    record[_AGES] = {_CLAIMS[one.lower()]: one.isupper() for one in record[_AGES]}
    return GrantFacts(*record)


def _letters(claims: Iterable[str]) -> str:
    return "".join([_LETTERS[claim] for claim in claims])


def _named(letters: str) -> tuple[str, ...]:
    return tuple([_CLAIMS[letter] for letter in letters])
