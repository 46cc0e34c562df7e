"""The versions of the dedup secret in use: one tag inside the other.

The rules:

1. The number of a document is kept nowhere, so a tag cannot be made anew from it. It is nested: the
   tag of version 2 is HMAC-SHA-256 under the second key over the tag of version 1, and so on. Who
   has one key of the chain, and a dump, tries out nothing.
2. What was made under a version can be *lifted* to a later one by whoever has the keys in between,
   and never be brought back. So every version is kept, for the inner steps.
3. While one version takes the place of another, an identity has a tag under each of the two. It is
   taken by inserting the lower one, which is unique, then looking for the higher one, and only
   then, where that is active here, moving up. Of two servers with different active versions the
   second waits at the lower tag for the first, and then finds what that has made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.domain.blind_index import nested_tag

if TYPE_CHECKING:
    from idp.domain.secret_key import VersionedSecret


class DedupKeys:
    """Lifts tags from version to version."""

    def __init__(self, secret: VersionedSecret) -> None:
        self.use(secret)

    def use(self, secret: VersionedSecret) -> None:
        """Work with these versions from here on."""
        self._live = tuple(sorted(secret.versions))
        self._keys = {**secret.kept, **secret.versions}
        self.active = secret.active
        self.first = min(self._keys)

    @property
    def first_key(self) -> bytes:
        """The key that numbers go under; see ``first``, its version, and ``lift``."""
        return self._keys[self.first]

    @property
    def lowest(self) -> int:
        """The lowest version under which an identity may still have its tag."""
        return self._live[0]

    def knows(self, version: int) -> bool:
        """Tell whether a tag of this version can be worked with."""
        return version in self._keys

    def lift(self, tag: bytes, version: int, to: int) -> bytes:
        """Return a tag of ``version`` as it is under a later one, or under the same."""
        for step in sorted(self._keys):
            if version < step <= to:
                tag = nested_tag(self._keys[step], tag)
        return tag

    def levels(self, tag: bytes, version: int) -> dict[int, bytes]:
        """Return the tags that an identity may have, by version, the lowest first: one or two."""
        wanted = [one for one in self._live if one >= version] or [version]
        return {one: self.lift(tag, version, one) for one in wanted}
