"""The key store on disk: one sealed file per key in a folder of its own.

Opening is all or nothing: every file is checked and every key parsed before the first one is used,
and whatever is missing, altered, renamed, exchanged or foreign stops the start with an error that
names the file. Two things it cannot see: that the whole folder was put back to an older copy, and
that somebody holds the wrapping key.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Final, Self

from pydantic import TypeAdapter, ValidationError

from idp.domain.clock import Clock, Entropy
from idp.domain.secret_key import SecretDomain, VersionedSecret
from idp.keystore import Signer
from idp.keystore.changing import bring_in, changing, clear, present, settle, take_out, unsettle
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
from idp.keystore.keyring import Keyring, in_order
from idp.keystore.making import make_store, names_in
from idp.keystore.private_files import check_folder, read_private, write_private
from idp.keystore.signing import algorithm, from_der, generate, signer_for, to_der

_key_files: Final[TypeAdapter[SigningKeyFile | SecretKeyFile]] = TypeAdapter(KeyFile)


class FileKeystore(Keyring):
    """All keys of one instance, kept in memory, and read again when a key was made or destroyed."""

    _folder: Path
    _wrapper: Wrapper

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
        signers, secrets = _read(folder, wrapper)
        try:
            store = cls(signers, secrets)
        except ValueError:
            raise KeyFileMalformedError(folder / MANIFEST_NAME) from None
        store._folder, store._wrapper = folder, wrapper
        return store

    def look_again(self) -> Sequence[Signer]:
        """Read everything anew, as ``open`` does, and return the signing keys."""
        signers, _ = _read(self._folder, self._wrapper)
        self._signers = in_order(signers)
        return self._signers

    def make(self, alg: str, entropy: Entropy, clock: Clock) -> Signer:
        """Make one more signing key in the folder; raises a KeystoreError, or ValueError."""
        known = algorithm(alg)
        key = generate(known)
        signer = signer_for(known, key)
        with changing(self._folder):
            manifest = _manifest(self._folder, self._wrapper)
            clear(self._folder, manifest.files)
            today = datetime.fromtimestamp(clock.now(), UTC).date()
            head = SigningKeyFile(
                store=manifest.store, wrapped="", alg=known, kid=signer.kid, created=today
            )
            file = head.sealed(self._wrapper, to_der(key), entropy)
            bring_in(self._folder, file.name, file.to_bytes())
            names = sorted([*manifest.files, file.name])
            self._list(manifest, names, entropy)
            settle(self._folder, file.name)
        self.look_again()
        return signer

    def destroy(self, kid: str, entropy: Entropy) -> None:
        """Take a signing key out of the folder; raises a KeystoreError, or ValueError."""
        in_order([signer for signer in self._signers if signer.kid != kid])
        with changing(self._folder):
            manifest = _manifest(self._folder, self._wrapper)
            clear(self._folder, manifest.files)
            for name in [n for n in manifest.files if n.endswith(f"-{kid}.json")]:
                unsettle(self._folder, name)
                self._list(manifest, [n for n in manifest.files if n != name], entropy)
                take_out(self._folder, name)
        self.look_again()

    def _list(self, manifest: Manifest, names: list[str], entropy: Entropy) -> None:
        listing = Manifest(store=manifest.store, wrapped="", files=names)
        sealed = listing.sealed(self._wrapper, b"", entropy)
        write_private(self._folder / MANIFEST_NAME, sealed.to_bytes())


def _read(
    folder: Path, wrapper: Wrapper
) -> tuple[list[Signer], dict[SecretDomain, VersionedSecret]]:
    """Return all keys: signing keys oldest first, secrets by domain."""
    manifest = _manifest(folder, wrapper)
    signers: list[tuple[SigningKeyFile, Signer]] = []
    secrets: dict[SecretDomain, VersionedSecret] = {}
    for name in manifest.files:
        path = present(folder, name)
        key_file, key = _key(path, name, manifest.store, wrapper)
        if isinstance(key_file, SigningKeyFile):
            signers.append((key_file, _signer(path, key_file, key)))
        elif key_file.domain in secrets:
            raise KeyFileForeignError(path, "another version of this secret is active too")
        else:
            secrets[key_file.domain] = _secret(path, key_file, key)
    signers.sort(key=lambda one: (one[0].created, one[0].kid))
    return [signer for _, signer in signers], secrets


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
        if name not in names and not present(folder, name).exists():
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


def _key(
    path: Path, name: str, store: str, wrapper: Wrapper
) -> tuple[SigningKeyFile | SecretKeyFile, bytes]:
    """Return one file's head and its unwrapped key."""
    content = read_private(path)
    try:
        key_file = _key_files.validate_json(content)
    except ValidationError:
        raise KeyFileMalformedError(path) from None
    if key_file.name != name:
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
