"""The key store on disk: one sealed file per key in a folder of its own.

Opening is all or nothing: every file is checked and every key parsed before the first one is used,
and whatever is missing, altered, renamed, exchanged or foreign stops the start with an error that
names the file. Two things it cannot see: that the whole folder was put back to an older copy, and
that somebody holds the wrapping key.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Self

from idp.domain.clock import Clock, Entropy
from idp.domain.secret_key import HIGHEST_VERSION, SECRET_BYTES, SecretDomain
from idp.keystore import Signer
from idp.keystore.births import Birth, new_key_id
from idp.keystore.changing import bring_in, changing, clear, settle, take_out, unsettle
from idp.keystore.errors import KeyFileMalformedError, KeystoreOutdatedError
from idp.keystore.held import clear_token, destroy_in_token, noted
from idp.keystore.key_file import MANIFEST_NAME, AnyKeyFile, Manifest, SecretKeyFile, Wrapper
from idp.keystore.keyring import Keyring, in_order, oldest_active
from idp.keystore.making import make_store
from idp.keystore.private_files import write_private
from idp.keystore.reading import read, read_manifest
from idp.keystore.signing import algorithm


class FileKeystore(Keyring):
    """All keys of one instance, kept in memory, and read again when a key was made or destroyed."""

    _folder: Path
    _wrapper: Wrapper

    @classmethod
    def create(cls, folder: Path, wrapping_key: bytes, entropy: Entropy, clock: Clock) -> Self:
        """Make all keys in `folder`, which is new or empty, and open it.

        Makes one signing key per algorithm (RSA: 2048 bits) and version 1 of every secret. Raises a
        KeystoreError (KeystoreExistsError when something is there), and then leaves no key behind.
        """
        return cls.create_by(folder, Wrapper(wrapping_key), entropy, clock)

    @classmethod
    def open(cls, folder: Path, wrapping_key: bytes) -> Self:
        """Read and check every key in `folder`. Takes some 50 ms, most of it for RSA.

        Raises a KeystoreError that names the file and what to do; ValueError when `wrapping_key`
        is not 32 bytes.
        """
        return cls.open_by(folder, Wrapper(wrapping_key))

    @classmethod
    def create_by(cls, folder: Path, wrapper: Wrapper, entropy: Entropy, clock: Clock) -> Self:
        """Do as ``create``; where a token gives the wrapping key, signing keys are made there."""
        make_store(folder, wrapper, entropy, clock)
        return cls.open_by(folder, wrapper)

    @classmethod
    def open_by(cls, folder: Path, wrapper: Wrapper) -> Self:
        """Do as ``open``."""
        signers, secrets = read(folder, wrapper)
        if missing := [domain.value for domain in SecretDomain if domain not in secrets]:
            raise KeystoreOutdatedError(folder, missing)
        try:
            store = cls(signers, secrets)
        except ValueError:
            raise KeyFileMalformedError(folder / MANIFEST_NAME) from None
        store._folder, store._wrapper = folder, wrapper
        return store

    def look_again(self) -> Sequence[Signer]:
        """Read everything anew, as ``open`` does, and return the signing keys.

        Those that were here before are still the same objects.
        """
        signers, secrets = read(self._folder, self._wrapper, self._signers)
        self._signers, self._secrets = in_order(signers), secrets
        return self._signers

    @classmethod
    def complete(cls, folder: Path, wrapper: Wrapper, entropy: Entropy, clock: Clock) -> list[str]:
        """Add version 1 of each secret that an older version did not know; return which.

        Killed at any moment, the store is whole, and to be completed again. Raises as ``open``.
        """
        _, secrets = read(folder, wrapper)
        missing = [domain for domain in SecretDomain if domain not in secrets]
        for domain in missing:
            _add_secret(folder, wrapper, (domain, 1), entropy, clock)
        return [domain.value for domain in missing]

    def make(self, alg: str, entropy: Entropy, clock: Clock) -> Signer:
        """Make one more signing key in the folder; raises a KeystoreError, or ValueError."""
        known = algorithm(alg)
        folder, wrapper = self._folder, self._wrapper
        with changing(folder):
            manifest = _cleared(folder, wrapper)
            today = datetime.fromtimestamp(clock.now(), UTC).date()
            birth = Birth(manifest.store, known, today, new_key_id(entropy))
            with noted(folder, birth, wrapper, entropy) as made:
                _bring(folder, wrapper, manifest, made.file, entropy)
        self._signers = (*self._signers, made.signer)
        self.look_again()
        return made.signer

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

    async def healthy(self) -> bool:
        """Tell whether the token answers; without one the keys are here."""
        return self._wrapper.token is None or await self._wrapper.token.healthy()

    def _take_out(self, end: str, entropy: Entropy) -> None:
        with changing(self._folder):
            manifest = _cleared(self._folder, self._wrapper)
            for name in [n for n in manifest.files if n.endswith(end)]:
                unsettle(self._folder, name)
                left = [n for n in manifest.files if n != name]
                _list(self._folder, self._wrapper, manifest, left, entropy)
                destroy_in_token(self._folder, name, self._wrapper)
                take_out(self._folder, name)
        self.look_again()


def _cleared(folder: Path, wrapper: Wrapper) -> Manifest:
    """Return the list of files, with nothing left of a change before that was cut off."""
    manifest = read_manifest(folder, wrapper)
    clear_token(folder, manifest.files, wrapper)
    clear(folder, manifest.files)
    return manifest


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
        manifest = _cleared(folder, wrapper)
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
    file: AnyKeyFile,
    entropy: Entropy,
) -> None:
    """Put a new file into the folder and on its list."""
    bring_in(folder, file.name, file.to_bytes())
    _list(folder, wrapper, manifest, sorted([*manifest.files, file.name]), entropy)
    settle(folder, file.name)


def _list(
    folder: Path, wrapper: Wrapper, manifest: Manifest, names: list[str], entropy: Entropy
) -> None:
    listing = manifest.model_copy(update={"files": names})
    write_private(folder / MANIFEST_NAME, listing.sealed(wrapper, b"", entropy).to_bytes())
