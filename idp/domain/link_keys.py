"""The versions of the link secret in use: what is tagged, and what a tag of before is found by.

The rules:

1. A tag names its version, as a sealed value does: one of version 1 is the bare 32 bytes, a later
   one has two more at its end, big-endian. So what is left of a version can be counted.
2. New tags are made under the active version. What is looked for is looked for under each live one:
   there are two at most, so that statements have a fixed number of parameters.
3. What hangs together has one version: the pseudonym of a person in a sector says which one the
   consents and the grants there have, and they move together. Of two servers with different active
   versions neither makes a second of anything.
4. What must be used once is spent under every live version at once: any two servers share one.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Concatenate, Final, ParamSpec

from idp.domain.blind_index import TAG_BYTES

if TYPE_CHECKING:
    from collections.abc import Callable

    from idp.domain.secret_key import VersionedSecret

Parts = ParamSpec("Parts")

FIRST: Final = 1
MOST_LIVE: Final = 2
_SUFFIX_BYTES: Final = 2


def suffix(version: int) -> bytes:
    """Return what stands at the end of every tag of a version."""
    return b"" if version == FIRST else version.to_bytes(_SUFFIX_BYTES, "big")


def version_of(tag: bytes) -> int:
    """Return the version that a tag was made under."""
    return int.from_bytes(tag[TAG_BYTES:], "big") or FIRST


class LinkKeys:
    """Makes tags by the functions of ``blind_index``, which it hands the right key."""

    def __init__(self, secret: VersionedSecret, *, check: Callable[[], None] | None = None) -> None:
        """``check`` raises when the versions may be over; it is asked before each tag."""
        self._check = check
        self.use(secret)

    def use(self, secret: VersionedSecret) -> None:
        """Work with these versions from here on; raises ValueError for more than two live ones."""
        if len(secret.versions) > MOST_LIVE:
            raise ValueError("one version takes the place of one other at a time")
        live = (secret.active, *secret.others)
        keys = {**secret.kept, **secret.versions}
        # One thing, exchanged as one.
        self._held = live, {version: (key, suffix(version)) for version, key in keys.items()}

    def _current(self) -> tuple[tuple[int, ...], dict[int, tuple[bytes, bytes]]]:
        if self._check is not None:
            self._check()
        return self._held

    @property
    def active(self) -> int:
        """The version that new tags are made under."""
        return self._held[0][0]

    @property
    def live(self) -> tuple[int, ...]:
        """The live versions, the active one first."""
        return self._held[0]

    def knows(self, version: int) -> bool:
        """Tell whether tags of a version are looked for here."""
        return version in self.live

    def under(
        self,
        version: int,
        make: Callable[Concatenate[bytes, Parts], bytes],
        *parts: Parts.args,
        **named: Parts.kwargs,
    ) -> bytes:
        """Return the tag under one version, which may be a kept one."""
        key, end = self._current()[1][version]
        return make(key, *parts, **named) + end

    def tag(
        self,
        make: Callable[Concatenate[bytes, Parts], bytes],
        *parts: Parts.args,
        **named: Parts.kwargs,
    ) -> bytes:
        """Return the tag under the active version."""
        (active, *_), keys = self._current()
        key, end = keys[active]
        return make(key, *parts, **named) + end

    def tags(
        self,
        make: Callable[Concatenate[bytes, Parts], bytes],
        *parts: Parts.args,
        **named: Parts.kwargs,
    ) -> tuple[bytes, ...]:
        """Return the tags under each live version, one or two, that of the active one first."""
        live, keys = self._current()
        made = [(make(keys[version][0], *parts, **named), keys[version][1]) for version in live]
        return tuple([tag + end for tag, end in made])

    def every(
        self,
        make: Callable[Concatenate[bytes, Parts], bytes],
        *parts: Parts.args,
        **named: Parts.kwargs,
    ) -> tuple[bytes, ...]:
        """Return the tags under each version that there still is, kept ones too."""
        live, keys = self._current()
        versions = (*live, *(version for version in keys if version not in live))
        return tuple(self.under(version, make, *parts, **named) for version in versions)
