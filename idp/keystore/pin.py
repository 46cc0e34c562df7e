"""The PIN of a token: from the environment or from a file that only its owner may read.

It never stands in a settings file, an error or a log.
"""

from pathlib import Path

from idp.keystore.errors import PinAmbiguousError, PinMissingError
from idp.keystore.private_files import read_private


def read_pin(value: str | None, file: Path | None) -> str:
    """Return the PIN, from the environment's value or from a file; the end of its line is left out.

    Exactly one of the two is given. Raises a KeystoreError: PinMissingError, PinAmbiguousError, or
    what is wrong with the file.
    """
    if value and file:
        raise PinAmbiguousError(
            f"IDP_PKCS11_PIN is set and {file} is given too; leave one of them out"
        )
    if value:
        return value
    if file is None:
        raise PinMissingError("no PIN for the token: set IDP_PKCS11_PIN_FILE or IDP_PKCS11_PIN")
    if not file.exists():
        raise PinMissingError(f"no PIN for the token: {file} is not there")
    # Secret mounts of container platforms are symbolic links; the file they lead to is checked.
    pin = read_private(file, follow=True).decode("utf-8", errors="replace").strip("\r\n")
    if not pin:
        raise PinMissingError(f"no PIN for the token: {file} is empty")
    return pin
