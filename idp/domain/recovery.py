"""Recovery: how somebody who has no passkey left comes back, and why it takes days.

Rules in prose.

1. Whoever shows a recovery code, or proves who they are once more, makes a new passkey at once. It
   opens nothing before the waiting time is over, and everybody who can sign in with a passkey of
   the account is told of it at every sign-in and can stop it by one click. So a stolen code or a
   deceived registrar is not enough: the owner has days to see it.
2. Stopping asks for no more than being signed in. It is the wrong place to be strict: an owner who
   is wrong loses a code and begins again, an owner who is kept from stopping loses the account.
3. One recovery per account at a time. A second one like it is refused while the first waits, so
   nobody restarts the clock or puts a passkey of theirs in the place of another's.
4. A proof of identity goes before a code: it replaces a recovery that was begun with a code, and
   voids the other codes, for somebody else must have them.
5. A recovery that is due is completed by the first sign-in with its passkey; until then it can
   still be stopped. It lapses ``KEPT_DAYS`` after it was due.
6. Completing ends every session there is. It touches nothing else: not the network IDs, not the
   other passkeys (the owner removes what is lost), and a suspension stays.
7. Open, by nature: whoever holds an unlocked device of the owner's can sign in, and so can stop
   the owner's recovery again and again. Only people can settle who is who then: an operator's
   matter, in person (SECURITY.md).
"""

from __future__ import annotations

from typing import Final

from msgspec import Struct

from idp.domain.clock import SECONDS_PER_DAY

BY_CODE: Final = "code"
BEGUN_SECONDS: Final = 30 * 60
KEPT_DAYS: Final = 30


class Pending(Struct, frozen=True):
    """A recovery that waits: how it was begun, and since and until when (epoch seconds).

    ``method`` is ``code``, or the name of the adapter that proved the person's identity.
    """

    method: str
    asked_at: int
    valid_from: int

    def is_due(self, now: int) -> bool:
        """Tell whether its passkey opens the account at ``now``."""
        return now >= self.valid_from

    def yields_to(self, method: str) -> bool:
        """Tell whether a recovery begun by ``method`` may take the place of this one."""
        return self.method == BY_CODE and method != BY_CODE

    @property
    def lapses_day(self) -> int:
        """The day after which it is forgotten."""
        return self.valid_from // SECONDS_PER_DAY + KEPT_DAYS


def pending(method: str, now: int, days: int) -> Pending:
    """Return a recovery begun at ``now`` that waits ``days`` days."""
    return Pending(method, now, now + days * SECONDS_PER_DAY)
