"""The two values that a platform holds: a sign-in under way, and one that succeeded."""

from __future__ import annotations

import re
from dataclasses import asdict, dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, Self

from network_id import network_id
from network_id.compact import read_compact
from network_id.errors import ClaimInvalidError, SessionValueError, SignInError, shown
from network_id.stored import is_same, read_fields, read_json, read_object, to_json

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network_id.tokens import Tokens

AGE_CLAIM: Final = re.compile(r"age_over_([1-9][0-9]{0,2})")


@dataclass(frozen=True, slots=True)
class Pending:
    """A sign-in under way, to be kept in the session of the browser that began it.

    Keep it where no other browser can reach it and use it once: it is what ties the answer to this
    browser. ``begun_at`` is in seconds since the epoch. The values are not shown in its repr.
    """

    issuer: str
    begun_at: int
    state: str = field(repr=False)
    nonce: str = field(repr=False)
    code_verifier: str = field(repr=False)
    max_age: int | None = None
    required_acr: str | None = None  # several with spaces between
    dpop_key: str | None = None  # the thumbprint of the key that the code is bound to

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values for a session store. They are secrets."""
        return {name: value for name, value in asdict(self).items() if value is not None}

    def to_json(self) -> str:
        """Return `to_dict` as text."""
        return to_json(self.to_dict())

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """Return what `to_dict` stored. Raises SessionValueError when it is anything else."""
        return cls(**read_fields(cls, values, PENDING_TYPES))

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return what `to_json` stored. Raises SessionValueError when it is anything else."""
        return cls.from_dict(read_json(text, cls.__name__))


PENDING_TYPES: Final[dict[str, type]] = {
    "issuer": str,
    "begun_at": int,
    "state": str,
    "nonce": str,
    "code_verifier": str,
    "max_age": int,
    "required_acr": str,
    "dpop_key": str,
}


@dataclass(frozen=True, slots=True)
class SignIn:
    """A verified sign-in. It exists only when every check has passed.

    ``network_id`` is the person's pseudonym at this platform, nowhere else: store this. ``ages``
    holds the age answers that came, e.g. ``{18: True}``. ``auth_time`` (seconds since the epoch)
    is when the person proved themselves, told only when it was asked for. ``sid`` names the session
    that a logout token will end. ``tokens`` are there right after the sign-in; they are in no
    session value, since few sessions are a place for them. ``claims`` and ``header`` are the ID
    token decoded, read-only. ``kid`` names the provider's key that verified the signature by
    ``alg``.
    """

    network_id: str
    ages: Mapping[int, bool]
    acr: str | None
    auth_time: int | None
    sid: str | None
    kid: str
    alg: str
    header: Mapping[str, Any]
    claims: Mapping[str, Any] = field(repr=False)  # the nonce is one
    id_token: str = field(repr=False)
    tokens: Tokens | None = field(default=None, repr=False, compare=False)

    @property
    def display(self) -> str:
        """The network ID as people read it: five groups of five."""
        return network_id.display(self.network_id)

    def over(self, age: int) -> bool | None:
        """Return whether the person has reached ``age``, or None when that was not answered."""
        return self.ages.get(age)

    def to_dict(self) -> dict[str, Any]:
        """Return JSON-ready values for a session store, about 1.5 kB, without `tokens`.

        Everything is believed when it is read back, so the session must be one that its browser
        cannot alter: signed, or kept on the server. The ID token in it (for logging out at the
        provider) opens nothing, and tells whoever reads it the network ID and the answers.
        """
        return {
            "network_id": self.network_id,
            "ages": {str(age): answer for age, answer in self.ages.items()},
            "acr": self.acr,
            "auth_time": self.auth_time,
            "sid": self.sid,
            "id_token": self.id_token,
        }

    def to_json(self) -> str:
        """Return `to_dict` as text."""
        return to_json(self.to_dict())

    @classmethod
    def from_dict(cls, values: object) -> Self:
        """Return what `to_dict` stored. Raises SessionValueError when it is anything else.

        The signature was checked at the sign-in and is not checked again: see `to_dict`.
        """
        stored = read_object(values, cls.__name__)
        try:
            sign_in = cls.of_token(*read_compact(stored.get("id_token")))
        except (SignInError, KeyError) as error:
            raise SessionValueError(
                expected="a stored SignIn with its ID token", came=type(error).__name__
            ) from None
        if not is_same(stored, sign_in.to_dict()):
            raise SessionValueError(
                expected="a stored SignIn that says what its ID token says", came="another"
            )
        return sign_in

    @classmethod
    def from_json(cls, text: str | bytes) -> Self:
        """Return what `to_json` stored. Raises SessionValueError when it is anything else."""
        return cls.from_dict(read_json(text, cls.__name__))

    @classmethod
    def of_token(cls, text: str, header: dict[str, Any], claims: dict[str, Any]) -> Self:
        """Return the sign-in of an ID token that was verified before.

        Raises ClaimInvalidError for a claim of a wrong form.
        """
        return cls(
            network_id=claims["sub"],
            ages=MappingProxyType(read_ages(claims)),
            acr=_read(claims, "acr", str),
            auth_time=_read(claims, "auth_time", int),
            sid=_read(claims, "sid", str),
            kid=header["kid"],
            alg=header["alg"],
            header=MappingProxyType(header),
            claims=MappingProxyType(claims),
            id_token=text,
        )


def read_ages(claims: Mapping[str, Any]) -> dict[int, bool]:
    """Return the age answers. Raises ClaimInvalidError for one that is not true or false."""
    ages: dict[int, bool] = {}
    for name, value in claims.items():
        match = AGE_CLAIM.fullmatch(name)
        if match is None:
            continue
        if not isinstance(value, bool):  # the text "false" would count as true
            raise ClaimInvalidError(expected=f"{name} true or false", came=shown(value))
        ages[int(match[1])] = value
    return ages


def _read(claims: Mapping[str, Any], name: str, kind: type) -> Any:
    value = claims.get(name)
    if value is not None and type(value) is not kind:  # not isinstance: True is no time
        raise ClaimInvalidError(expected=f"{name} as {kind.__name__}", came=shown(value))
    return value
