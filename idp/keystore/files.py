"""The key store on disk: one sealed file per key in a folder of its own.

Opening is all or nothing: every file is checked and every key parsed before the first one is used,
and whatever is missing, altered, renamed, exchanged or foreign stops the start with an error that
names the file. Two things it cannot see: that the whole folder was put back to an older copy, and
that somebody holds the wrapping key.
"""

from pathlib import Path
from typing import Final, Self

from pydantic import TypeAdapter, ValidationError

from idp.domain.clock import Clock, Entropy
from idp.domain.secret_key import SecretDomain, VersionedSecret
from idp.keystore import Signer
from idp.keystore.errors import (
    KeyFileBrokenError,
    KeyFileForeignError,
    KeyFileMalformedError,
    KeyFileMissingError,
    KeystoreMissingError,
    WrappingKeyWrongError,
)
from idp.keystore.key_file import (
    MANIFEST_NAME,
    KeyFile,
    Manifest,
    SecretKeyFile,
    SigningKeyFile,
    WrapBroken,
    Wrapper,
)
from idp.keystore.keyring import Keyring
from idp.keystore.making import make_store, names_in
from idp.keystore.private_files import check_folder, read_private
from idp.keystore.signing import from_der

_key_files: Final[TypeAdapter[SigningKeyFile | SecretKeyFile]] = TypeAdapter(KeyFile)


class FileKeystore(Keyring):
    """All keys of one instance, read once and kept in memory."""

    @classmethod
    def create(cls, folder: Path, wrapping_key: bytes, entropy: Entropy, clock: Clock) -> Self:
        """Make all keys in `folder`, which is new or empty, and open it.

        Makes one RS256 (2048 bits) and one ES256 key and version 1 of every secret. Raises a
        KeystoreError (KeystoreExistsError when something is there), and then leaves no key behind.
        """
        make_store(folder, wrapping_key, entropy, clock)
        return cls.open(folder, wrapping_key)

    @classmethod
    def open(cls, folder: Path, wrapping_key: bytes) -> Self:
        """Read and check every key in `folder`. Takes some 50 ms, most of it for RSA.

        Raises a KeystoreError that names the file and what to do; ValueError when `wrapping_key`
        is not 32 bytes.
        """
        wrapper = Wrapper(wrapping_key)
        manifest = _manifest(folder, wrapper)
        signers: list[Signer] = []
        secrets: dict[SecretDomain, VersionedSecret] = {}
        for name in manifest.files:
            path = folder / name
            key_file, key = _key(path, manifest.store, wrapper)
            if isinstance(key_file, SigningKeyFile):
                signers.append(_signer(path, key_file, key))
            elif key_file.domain in secrets:
                raise KeyFileForeignError(path, "another version of this secret is active too")
            else:
                secrets[key_file.domain] = _secret(path, key_file, key)
        try:
            return cls(signers, secrets)
        except ValueError:
            raise KeyFileMalformedError(folder / MANIFEST_NAME) from None


def _manifest(folder: Path, wrapper: Wrapper) -> Manifest:
    """Return the authenticated list of files, which is also what lies in the folder."""
    path = folder / MANIFEST_NAME
    names = _names(folder)
    if MANIFEST_NAME not in names:
        raise KeyFileMissingError(path)
    try:
        manifest = Manifest.model_validate_json(read_private(path))
        manifest.opened(wrapper)
    except ValidationError:
        raise KeyFileMalformedError(path) from None
    except WrapBroken:
        raise WrappingKeyWrongError(path) from None
    for name in manifest.files:
        if name not in names:
            raise KeyFileMissingError(folder / name)
    for name in sorted(names - {*manifest.files, MANIFEST_NAME}):
        raise KeyFileForeignError(folder / name, "this key store did not make it; move it away")
    return manifest


def _names(folder: Path) -> set[str]:
    if not folder.exists():
        raise KeystoreMissingError(f"{folder} is not there; `idp init` makes a key store")
    check_folder(folder)
    names = names_in(folder)
    if not names:
        raise KeystoreMissingError(f"{folder} is empty; `idp init` makes a key store")
    return names


def _key(path: Path, store: str, wrapper: Wrapper) -> tuple[SigningKeyFile | SecretKeyFile, bytes]:
    """Return one file's head and its unwrapped key."""
    content = read_private(path)
    try:
        key_file = _key_files.validate_json(content)
    except ValidationError:
        raise KeyFileMalformedError(path) from None
    if key_file.name != path.name:
        raise KeyFileForeignError(path, f"it was made as {key_file.name}")
    if key_file.store != store:
        raise KeyFileForeignError(path, "it was made for another key store")
    try:
        return key_file, key_file.opened(wrapper)
    except WrapBroken:
        raise KeyFileBrokenError(path) from None


def _signer(path: Path, key_file: SigningKeyFile, der: bytes) -> Signer:
    try:
        signer = from_der(key_file.alg, der)
    except ValueError:
        raise KeyFileMalformedError(path) from None
    if signer.kid != key_file.kid:
        raise KeyFileForeignError(path, "its key has another thumbprint (RFC 7638)")
    return signer


def _secret(path: Path, key_file: SecretKeyFile, key: bytes) -> VersionedSecret:
    try:
        return VersionedSecret({key_file.version: key}, active=key_file.version)
    except ValueError:
        raise KeyFileMalformedError(path) from None
