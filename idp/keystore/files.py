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
from idp.domain.secret_key import HIGHEST_VERSION, SECRET_BYTES, SecretDomain, VersionedSecret
from idp.keystore import Signer
from idp.keystore.changing import bring_in, changing, clear, present, settle, take_out, unsettle
from idp.keystore.errors import (
    KeyFileBrokenError,
    KeyFileForeignError,
    KeyFileMalformedError,
    KeyFileMissingError,
    KeystoreMissingError,
    KeystoreOutdatedError,
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
from idp.keystore.keyring import Keyring, in_order, oldest_active
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
        if missing := [domain.value for domain in SecretDomain if domain not in secrets]:
            raise KeystoreOutdatedError(folder, missing)
        try:
            store = cls(signers, secrets)
        except ValueError:
            raise KeyFileMalformedError(folder / MANIFEST_NAME) from None
        store._folder, store._wrapper = folder, wrapper
        return store

    def look_again(self) -> Sequence[Signer]:
        """Read everything anew, as ``open`` does, and return the signing keys."""
        signers, secrets = _read(self._folder, self._wrapper)
        self._signers, self._secrets = in_order(signers), secrets
        return self._signers

    @classmethod
    def complete(
        cls, folder: Path, wrapping_key: bytes, entropy: Entropy, clock: Clock
    ) -> list[str]:
        """Add version 1 of each secret that an older version did not know; return which.

        Killed at any moment, the store is whole, and to be completed again. Raises as ``open``.
        """
        wrapper = Wrapper(wrapping_key)
        _, secrets = _read(folder, wrapper)
        missing = [domain for domain in SecretDomain if domain not in secrets]
        for domain in missing:
            _add_secret(folder, wrapper, (domain, 1), entropy, clock)
        return [domain.value for domain in missing]

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
            _bring(self._folder, self._wrapper, manifest, file, entropy)
        self.look_again()
        return signer

    def destroy(self, kid: str, entropy: Entropy) -> None:
        """Take a signing key out of the folder; raises a KeystoreError, or ValueError."""
        in_order([signer for signer in self._signers if signer.kid != kid])
        self._take_out(f"-{kid}.json", entropy)

    def make_secret(
        self, domain: SecretDomain, version: int, entropy: Entropy, clock: Clock
    ) -> None:
        """Make one more version of a secret in the folder, unless it is there.

        Raises a KeystoreError, or ValueError for a version that cannot be.
        """
        if not 1 <= version <= HIGHEST_VERSION:
            raise ValueError(f"a version is 1 to {HIGHEST_VERSION}, not {version}")
        _add_secret(self._folder, self._wrapper, (domain, version), entropy, clock)
        self.look_again()

    def destroy_secret(self, domain: SecretDomain, version: int, entropy: Entropy) -> None:
        """Take a version out of the folder; raises a KeystoreError, or ValueError."""
        versions = self._secrets[domain].versions
        oldest_active({one: key for one, key in versions.items() if one != version})
        self._take_out(f"secret-{domain}-{version}.json", entropy)

    def _take_out(self, end: str, entropy: Entropy) -> None:
        with changing(self._folder):
            manifest = _manifest(self._folder, self._wrapper)
            clear(self._folder, manifest.files)
            for name in [n for n in manifest.files if n.endswith(end)]:
                unsettle(self._folder, name)
                left = [n for n in manifest.files if n != name]
                _list(self._folder, self._wrapper, manifest, left, entropy)
                take_out(self._folder, name)
        self.look_again()


def _add_secret(
    folder: Path,
    wrapper: Wrapper,
    which: tuple[SecretDomain, int],
    entropy: Entropy,
    clock: Clock,
) -> None:
    """Make a version of a secret, unless another process has made it."""
    domain, version = which
    today = datetime.fromtimestamp(clock.now(), UTC).date()
    with changing(folder):
        manifest = _manifest(folder, wrapper)
        clear(folder, manifest.files)
        head = SecretKeyFile(
            store=manifest.store, wrapped="", domain=domain, version=version, created=today
        )
        if head.name not in manifest.files:
            file = head.sealed(wrapper, entropy.bytes(SECRET_BYTES), entropy)
            _bring(folder, wrapper, manifest, file, entropy)


def _bring(
    folder: Path,
    wrapper: Wrapper,
    manifest: Manifest,
    file: SigningKeyFile | SecretKeyFile,
    entropy: Entropy,
) -> None:
    """Put a new file into the folder and on its list."""
    bring_in(folder, file.name, file.to_bytes())
    _list(folder, wrapper, manifest, sorted([*manifest.files, file.name]), entropy)
    settle(folder, file.name)


def _list(
    folder: Path, wrapper: Wrapper, manifest: Manifest, names: list[str], entropy: Entropy
) -> None:
    listing = Manifest(store=manifest.store, wrapped="", files=names)
    write_private(folder / MANIFEST_NAME, listing.sealed(wrapper, b"", entropy).to_bytes())


def _read(
    folder: Path, wrapper: Wrapper
) -> tuple[list[Signer], dict[SecretDomain, VersionedSecret]]:
    """Return all keys: signing keys oldest first, secrets by domain."""
    manifest = _manifest(folder, wrapper)
    signers: list[tuple[SigningKeyFile, Signer]] = []
    secrets: dict[SecretDomain, dict[int, bytes]] = {}
    for name in manifest.files:
        path = present(folder, name)
        key_file, key = _key(path, name, manifest.store, wrapper)
        if isinstance(key_file, SigningKeyFile):
            signers.append((key_file, _signer(path, key_file, key)))
        else:
            secrets.setdefault(key_file.domain, {})[key_file.version] = _secret(path, key)
    signers.sort(key=lambda one: (one[0].created, one[0].kid))
    versioned = {domain: oldest_active(versions) for domain, versions in secrets.items()}
    return [signer for _, signer in signers], versioned


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


def _secret(path: Path, key: bytes) -> bytes:
    if len(key) != SECRET_BYTES:
        raise KeyFileMalformedError(path)
    return key
