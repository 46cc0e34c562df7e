"""Several byte strings as one, so that no two different lists ever give the same bytes.

Plain joining would let ("ab", "c") and ("a", "bc") collide, and a seal or a tag made for one pair
would then be valid for the other.
"""

from typing import Final

LENGTH_BYTES: Final = 4


def framed(*parts: bytes) -> bytes:
    """Each part after its length (4 bytes, big-endian); reversible, hence free of collisions."""
    whole = b""
    for part in parts:  # few and short: faster than to join what a generator gives
        whole += len(part).to_bytes(LENGTH_BYTES, "big") + part
    return whole
