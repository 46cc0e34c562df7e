"""What was expected of the platform, what was seen, and what that means.

Rules. A verdict is about one fault that the platform really met: one that was never delivered to
it says nothing. REFUSE: nobody is signed in. SURVIVE: the person is signed in. STAND: nobody is
signed in, and the next good login works. A platform that breaks on a bad answer has refused it:
that is worth a word, but no failure. What cannot be seen is never called right.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from network_id_simulator.fault import Must

if TYPE_CHECKING:
    from collections.abc import Mapping

    from network_id_simulator.fault import Fault


class Verdict(StrEnum):
    """What one fault showed."""

    RIGHT = "right"
    ADVICE = "advice"  # right, but people or operators deserve better
    WRONG = "wrong"
    UNCLEAR = "unclear"  # it could not be seen whether somebody is signed in
    NOT_MET = "not met"  # the platform never came where the fault waited

    @property
    def is_finding(self) -> bool:
        """Tell whether this has to be mended, or looked at, before the platform passes."""
        return self in {Verdict.WRONG, Verdict.UNCLEAR}


@dataclass(frozen=True, slots=True)
class Evidence:
    """What was seen after one fault.

    ``not_met``: why the fault never reached the platform; empty when it did. ``signed_in``: None
    when it could not be seen. ``status`` is that of the platform's last answer, 0 when none came in
    time. ``waited``: seconds until it signed in, or was given up.
    ``recovered``: whether a good sign-in works afterwards, and ``recovery`` the seconds until it
    did. ``stayed_as``: whose network ID the platform shows: "own", "other" or "" for nobody's.
    """

    signed_in: bool | None
    not_met: str = ""
    status: int = 200
    began_again: bool = False
    waited: int = 0
    recovered: bool = True
    recovery: int = 0
    stayed_as: str = ""


class Manner(NamedTuple):
    """How a platform refused where it could have done so better: its mistake, and the remedy."""

    mistake: str
    mend: str


@dataclass(frozen=True, slots=True)
class Result:
    """One line of the report.

    ``manner``: where the fault was refused and only the way of it is bad. The mistake that the
    fault is there to find was then not made, and must not be told.
    """

    fault: Fault
    verdict: Verdict
    seen: str
    manner: Manner | None = None

    @property
    def mistake(self) -> str:
        """The likely mistake; of a result that is right, the one that was not made."""
        return self.manner.mistake if self.manner else self.fault.mistake

    @property
    def mend(self) -> str:
        """How to mend that."""
        return self.manner.mend if self.manner else self.fault.mend

    @property
    def name(self) -> str:
        """The fault's name."""
        return self.fault.name

    @property
    def expected(self) -> str:
        """What the platform had to do, in a word or two."""
        return expected_of(self.fault)


CRASH: Final = "no sign-in, but a crash page (500)"
SILENCE: Final = "no sign-in, and no answer in time"
LOOP: Final = "no sign-in, but it begins again by itself, which may never end"
SILENCE_AT_LOGOUT: Final = "no sign-out, and no answer in time"
CRASH_AT_LOGOUT: Final = "no sign-out, but it breaks (HTTP 500)"
_WAITS: Final = Manner(
    "Something is waited for without a time limit, and a worker with it.",
    "Set a time limit of some five seconds for each exchange with the provider.",
)
MANNERS: Final[Mapping[str, Manner]] = {
    CRASH: Manner(
        "It refuses by an exception that nobody catches.",
        "Catch at your redirect URI what these checks and your HTTP client raise, write it into "
        "your log, and answer with a page that offers to begin again.",
    ),
    SILENCE: _WAITS,
    LOOP: Manner(
        "What is refused is begun again at once, without asking the person.",
        "Answer with a page that offers to begin again.",
    ),
    SILENCE_AT_LOGOUT: _WAITS,
    CRASH_AT_LOGOUT: Manner(
        "It refuses by an exception that nobody catches.",
        "Catch what these checks raise, and answer 400.",
    ),
}
_PAUSES: Final = Manner(
    "What failed is remembered, or not asked for again, for longer than it lasts.",
    "Keep what you have when an answer is bad, and ask again when the next person signs in; "
    "wait some 30 seconds at most between two such requests.",
)

EXPECTED = {Must.REFUSE: "no sign-in", Must.SURVIVE: "sign-in", Must.STAND: "no harm"}
BROKE = 500


def expected_of(fault: Fault) -> str:
    """Return what a platform has to do about a fault, in a word or two."""
    if fault.group == "logout":
        return "sign-out" if fault.must is Must.SURVIVE else "no sign-out"
    return EXPECTED[fault.must]


def judge(fault: Fault, evidence: Evidence) -> Result:
    """Return the verdict on one fault."""
    if evidence.not_met:
        return Result(fault, Verdict.NOT_MET, evidence.not_met)
    if evidence.signed_in is None:
        seen = f"HTTP {evidence.status}" if evidence.status else "no answer"
        return Result(fault, Verdict.UNCLEAR, f"cannot tell whether signed in ({seen})")
    if not evidence.recovered and fault.must is not Must.SURVIVE:
        return Result(fault, Verdict.WRONG, "nobody can sign in after this, or the fault beside it")
    verdict, seen = _JUDGES[fault.must](fault, evidence)
    if verdict is Verdict.RIGHT and evidence.recovery:
        seen = f"{seen}, and for {evidence.recovery} s nobody could"
        return Result(fault, Verdict.ADVICE, seen, _PAUSES)
    return result(fault, verdict, seen)


def result(fault: Fault, verdict: Verdict, seen: str) -> Result:
    """Return what was seen as a line of the report."""
    return Result(fault, verdict, seen, MANNERS.get(seen) if verdict is Verdict.ADVICE else None)


def _refuse(fault: Fault, evidence: Evidence) -> tuple[Verdict, str]:
    if not evidence.signed_in:
        return _manner(evidence)
    if fault.may_sign_in:
        return Verdict.RIGHT, "signed in, as it may"
    if fault.at == "userinfo" and evidence.stayed_as == "own":
        # OpenID Connect Core 1.0 §5.3.2 forbids using the answer, not the sign-in.
        return Verdict.ADVICE, "signed in without it, by the ID token's network ID"
    return Verdict.WRONG, "signed in" + (" as somebody else" * (evidence.stayed_as == "other"))


def _survive(_fault: Fault, evidence: Evidence) -> tuple[Verdict, str]:
    if evidence.signed_in:
        after = f" after {evidence.waited} s" if evidence.waited else ""
        return Verdict.RIGHT, f"signed in{after}"
    verdict, seen = _manner(evidence)
    after = f" for {evidence.waited} s" if evidence.waited else ""
    return Verdict.WRONG, f"{seen}{after}" if verdict is Verdict.RIGHT else seen


def _stand(fault: Fault, evidence: Evidence) -> tuple[Verdict, str]:
    if not evidence.signed_in:
        return _manner(evidence)
    if fault.may_sign_in:
        return Verdict.RIGHT, "signed in, as it may"
    return Verdict.WRONG, "signed in"


def _manner(evidence: Evidence) -> tuple[Verdict, str]:
    """Say how nobody was signed in."""
    if evidence.status == 0:
        return Verdict.ADVICE, SILENCE
    if evidence.status == BROKE:
        return Verdict.ADVICE, CRASH
    if evidence.began_again:
        return Verdict.ADVICE, LOOP
    return Verdict.RIGHT, "no sign-in"


_JUDGES = {Must.REFUSE: _refuse, Must.SURVIVE: _survive, Must.STAND: _stand}
