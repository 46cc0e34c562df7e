"""JSON as we write it ourselves: UTF-8, no white space, non-ASCII characters as they are.

One encoder and one decoder for all of it: to make them anew at every call costs as much as a small
object does. What others wrote is read by ``idp.protocol.strict_json`` and nothing else.
"""

from json import JSONDecoder, JSONEncoder
from typing import Any, Final

_ENCODER: Final = JSONEncoder(separators=(",", ":"), ensure_ascii=False, check_circular=False)
_DECODER: Final = JSONDecoder()


def write(value: Any) -> bytes:
    """Write JSON values; raises TypeError for others, ValueError for text that is no UTF-8."""
    return _ENCODER.encode(value).encode()


def read(data: bytes) -> Any:
    """Read what ``write`` wrote, or another hand of ours; raises ValueError for anything else."""
    return _DECODER.decode(data.decode())
