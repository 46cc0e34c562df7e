"""The key store of an instance, as its settings say: in files, or with a token.

A secret in the environment is not to be seen in a dump of it from here on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from idp.app.system import SystemClock, SystemEntropy, hide_variable
from idp.keystore.errors import TokenPackageMissingError, TokenUnavailableError
from idp.keystore.files import FileKeystore
from idp.keystore.key_file import Wrapper
from idp.keystore.pin import read_pin
from idp.keystore.reading import check_in_files
from idp.keystore.wrapping import read_wrapping_key
from idp.settings import PKCS11_PIN, WRAPPING_KEY, secret_from_environment

if TYPE_CHECKING:
    from pathlib import Path
    from types import ModuleType

    from idp.keystore import Keystore
    from idp.keystore.token import Token
    from idp.settings import Settings


def open_keystore(settings: Settings) -> Keystore:
    """Open the instance's keys; raises a KeystoreError that says what to mend."""
    return FileKeystore.open_by(settings.keys_folder, _wrapper(settings))


def complete_keystore(settings: Settings) -> list[str]:
    """Add the secrets that an older version did not know to the instance's keys; return which.

    Raises as ``open_keystore``.
    """
    wrapper = _wrapper(settings)
    return FileKeystore.complete(settings.keys_folder, wrapper, SystemEntropy(), SystemClock())


def make_keystore(folder: Path, settings: Settings) -> None:
    """Make all keys, in ``folder`` and in the token of these settings; raises a KeystoreError."""
    pkcs11, token = _token(settings)
    pkcs11.create(folder, token, SystemEntropy(), SystemClock())


def unmake_keystore(folder: Path, settings: Settings) -> None:
    """Take back what ``make_keystore`` made in the token; raises a KeystoreError."""
    pkcs11, token = _token(settings)
    pkcs11.unmake(folder, token)


def _wrapper(settings: Settings) -> Wrapper:
    if settings.keystore == "files":
        check_in_files(settings.keys_folder)
        hide_variable(WRAPPING_KEY)
        value, file = secret_from_environment(WRAPPING_KEY), settings.wrapping_key_file
        if value is None and file is None:
            file = settings.home / "wrapping.key"
        return Wrapper(read_wrapping_key(value, file))
    pkcs11, token = _token(settings)
    found: Wrapper = pkcs11.wrapper_of(settings.keys_folder, token)
    return found


def _token(settings: Settings) -> tuple[ModuleType, Token]:
    """Return the store that has one, and the token; raises a KeystoreError."""
    try:
        from idp.keystore import pkcs11  # noqa: PLC0415 - only some instances have the package
    except ModuleNotFoundError:
        raise TokenPackageMissingError from None
    module, label = settings.pkcs11_module, settings.pkcs11_token
    if module is None or label is None:
        raise TokenUnavailableError("IDP_PKCS11_MODULE and IDP_PKCS11_TOKEN say which token")
    hide_variable(PKCS11_PIN)
    pin = read_pin(secret_from_environment(PKCS11_PIN), settings.pkcs11_pin_file)
    return pkcs11, pkcs11.Token(module, label, pin)
