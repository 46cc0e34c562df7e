"""What can be wrong with a key store, for the operator who has to mend it.

Each type has a stable `code`. Messages name the file and what to do; they never quote a file's
contents.
"""

import shlex
from pathlib import Path
from typing import ClassVar

from idp.protocol.jose import SignerUnavailable


class KeystoreError(Exception):
    """The keys cannot be used; `code` says why and does not change between releases."""

    code: ClassVar[str] = "keystore_error"


class KeystoreMissingError(KeystoreError):
    """There is no key store in this folder."""

    code = "keystore_missing"


class KeystoreExistsError(KeystoreError):
    """A key store would be made over something that is already there."""

    code = "keystore_exists"


class KeystoreUnfinishedError(KeystoreError):
    """Somebody is making this key store now, or was stopped while making it."""

    code = "keystore_unfinished"


class KeystoreOutdatedError(KeystoreError):
    """An older version made this key store: a secret that this one needs is not in it."""

    code = "keystore_outdated"

    def __init__(self, folder: Path, missing: list[str]) -> None:
        self.missing = missing
        super().__init__(
            f"{folder} was made by an older version and has no secret for {', '.join(missing)}. "
            "`idp migrate` adds it"
        )


class SecretMissingError(KeystoreError):
    """Values are sealed or tagged under versions of secrets that are not in the store."""

    code = "secret_missing"

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"the key store does not hold {', '.join(names)}, under which values are stored. "
            "Restore keys and databases of one time together"
        )


class KeyMissingError(KeystoreError, ValueError):
    """A key is to sign whose private half is not in the store."""

    code = "key_missing"

    def __init__(self, kids: list[str]) -> None:
        super().__init__(
            f"the key store does not hold the private half of {', '.join(kids)}, by which we sign. "
            "Copy the keys folder of a server that signs; if it is lost everywhere, run "
            "idp keys revoke KID --compromised on a server that has the key that waits"
        )


class PermissionsTooLooseError(KeystoreError):
    """Other users of this machine may read or change a file or folder of keys."""

    code = "permissions_too_loose"

    def __init__(self, path: Path, mode: int) -> None:
        super().__init__(
            f"{path} is open to other users of this machine. "
            f"Run: chmod {mode:o} {shlex.quote(str(path))}"
        )


class WrongOwnerError(KeystoreError):
    """A file or folder of keys belongs to another user, who could change it at any time."""

    code = "wrong_owner"

    def __init__(self, path: Path, uid: int, owner: int) -> None:
        # What root made among a service's keys, the service could not read: root is sent away.
        mended = (
            f"Run idp as that user, not as root: sudo -u '#{owner}' idp …"
            if uid == 0
            else f"Run: chown {uid} {shlex.quote(str(path))}"
        )
        super().__init__(f"{path} belongs to another user. {mended}")


class KeyFileUnreadableError(KeystoreError):
    """The operating system did not let a file be read or written."""

    code = "key_file_unreadable"

    def __init__(self, path: Path, reason: OSError) -> None:
        super().__init__(f"{path}: {reason.strerror or type(reason).__name__}")


class KeyFileMissingError(KeystoreError):
    """A key that belongs to this store is gone."""

    code = "key_file_missing"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is missing; restore the whole folder from a backup")


class KeyFileForeignError(KeystoreError):
    """A file does not belong where it is: unknown, renamed, or from another key store."""

    code = "key_file_foreign"

    def __init__(self, path: Path, why: str) -> None:
        super().__init__(f"{path} does not belong here: {why}")


class KeyFileMalformedError(KeystoreError):
    """A file is not a key file: cut, edited, or of a format this release does not know."""

    code = "key_file_malformed"

    def __init__(self, path: Path) -> None:
        super().__init__(f"{path} is not a key file of this release, or was cut or edited")


class KeyFileBrokenError(KeystoreError):
    """A file's seal does not hold: it was altered, or put in another file's place."""

    code = "key_file_broken"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} was altered since this key store wrote it; restore it from a backup"
        )


class WrappingKeyWrongError(KeystoreError):
    """The wrapping key does not open this store."""

    code = "wrapping_key_wrong"

    def __init__(self, path: Path) -> None:
        super().__init__(
            f"{path} does not open: this is not the wrapping key this key store was made with, "
            "or that file was altered"
        )


class WrappingKeyMissingError(KeystoreError):
    """No wrapping key was given, or its file is not there."""

    code = "wrapping_key_missing"


class WrappingKeyAmbiguousError(KeystoreError):
    """A wrapping key was given twice."""

    code = "wrapping_key_ambiguous"


class WrappingKeyMalformedError(KeystoreError):
    """The wrapping key is not 32 bytes in base64url, or is plainly not random."""

    code = "wrapping_key_malformed"


class TokenPackageMissingError(KeystoreError):
    """Keys are in a token, and the package that speaks to tokens is not installed."""

    code = "token_package_missing"

    def __init__(self) -> None:
        super().__init__("the package python-pkcs11 is not installed. Run: make extras")


class TokenUnavailableError(KeystoreError, SignerUnavailable):
    """The token cannot be reached, or does not answer in time; worth another try."""

    code = "token_unavailable"


class TokenRefusedError(KeystoreError, SignerUnavailable):
    """The token is there and did not do what it was asked to, in a new session neither."""

    code = "token_refused"


class TokenPinError(KeystoreError, SignerUnavailable):
    """The token does not take the PIN. It is not tried again: some tokens lock after three."""

    code = "token_pin_refused"


class TokenKeyError(KeystoreError, SignerUnavailable):
    """A key is not in the token, or is not as we make them."""

    code = "token_key_wrong"


class TokenKeyGoneError(TokenKeyError):
    """A key is not in the token: destroyed since this folder was copied, or it is another token."""

    code = "token_key_gone"


class TokenLacksAlgorithmError(KeystoreError):
    """The token makes no keys for an algorithm."""

    code = "token_lacks_algorithm"

    def __init__(self, label: str, alg: str) -> None:
        super().__init__(f"the token {label} makes no keys for {alg}")


class TokenElsewhereError(KeystoreError):
    """What opens this key store is in a token, and it was asked to open without, or the reverse."""

    code = "token_elsewhere"


class PinMissingError(KeystoreError):
    """No PIN was given, or its file is not there."""

    code = "pin_missing"


class PinAmbiguousError(KeystoreError):
    """A PIN was given twice."""

    code = "pin_ambiguous"
