"""Reading a key store on disk, all of it: a file that is not as it should be stops the start."""

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from idp.domain.secret_key import SECRET_BYTES, SecretDomain, VersionedSecret
from idp.keystore import Signer
from idp.keystore.changing import present
from idp.keystore.errors import (
    KeyFileBrokenError,
    KeyFileForeignError,
    KeyFileMalformedError,
    KeyFileMissingError,
    KeystoreMissingError,
    TokenElsewhereError,
    TokenKeyGoneError,
    WrappingKeyWrongError,
)
from idp.keystore.held import signer_in_token
from idp.keystore.key_file import (
    MANIFEST_NAME,
    AnyKeyFile,
    KeyFile,
    Manifest,
    SecretKeyFile,
    SigningKeyFile,
    TokenKeyFile,
    WrapBroken,
    Wrapper,
)
from idp.keystore.keyring import oldest_active
from idp.keystore.making import names_in
from idp.keystore.private_files import check_folder, read_private
from idp.keystore.signing import from_der

_key_files: Final[TypeAdapter[AnyKeyFile]] = TypeAdapter(KeyFile)


def read(
    folder: Path, wrapper: Wrapper, known: Sequence[Signer] = ()
) -> tuple[list[Signer], dict[SecretDomain, VersionedSecret]]:
    """Return all keys: signing keys oldest first, secrets by domain.

    Signers that are ``known`` are not made again: parsing an RSA key takes 30 ms. A key that is not
    in the token any more was destroyed since this folder was copied: it is passed over, so that an
    older backup opens, unless no key of its algorithm is left.
    """
    by_kid = {signer.kid: signer for signer in known}
    manifest = read_manifest(folder, wrapper)
    signers: list[tuple[SigningKeyFile | TokenKeyFile, Signer]] = []
    secrets: dict[SecretDomain, dict[int, bytes]] = {}
    gone: dict[str, TokenKeyGoneError] = {}
    # All of them before the first is parsed: one that is not right is told without waiting for RSA.
    opened = [_key(folder, name, manifest.store, wrapper) for name in manifest.files]
    for path, key_file, key in opened:
        if isinstance(key_file, SecretKeyFile):
            secrets.setdefault(key_file.domain, {})[key_file.version] = _secret(path, key)
            continue
        try:
            signer = by_kid.get(key_file.kid) or _signer(path, key_file, key, wrapper)
        except TokenKeyGoneError as error:
            gone[key_file.alg] = error
            continue
        signers.append((key_file, signer))
    for alg in gone.keys() - {signer.alg for _, signer in signers}:
        raise gone[alg]
    signers.sort(key=lambda one: (one[0].created, one[0].kid))
    versioned = {domain: oldest_active(versions) for domain, versions in secrets.items()}
    return [signer for _, signer in signers], versioned


def check_in_files(folder: Path) -> None:
    """Raise TokenElsewhereError where a token opens the store in ``folder``, if there is one."""
    if (folder / MANIFEST_NAME).exists() and read_list(folder).token_key is not None:
        raise TokenElsewhereError(f"what opens {folder} is in a token: set IDP_KEYSTORE=pkcs11")


def read_manifest(folder: Path, wrapper: Wrapper) -> Manifest:
    """Return the authenticated list of files, which is also what lies in the folder."""
    path = folder / MANIFEST_NAME
    names = _names(folder)
    if MANIFEST_NAME not in names:
        raise KeyFileMissingError(path)
    manifest = read_list(folder)
    if (manifest.token_key is None) != (wrapper.token is None):
        where = "not in a token" if manifest.token_key is None else "in a token"
        raise TokenElsewhereError(f"what opens {folder} is {where}: look at IDP_KEYSTORE")
    try:
        manifest.opened(wrapper)
    except WrapBroken:
        raise WrappingKeyWrongError(path) from None
    for name in manifest.files:
        if name not in names and not present(folder, name).exists():
            raise KeyFileMissingError(folder / name)
    for name in sorted(names - {*manifest.files, MANIFEST_NAME}):
        raise KeyFileForeignError(folder / name, "this key store did not make it; move it away")
    return manifest


def read_list(folder: Path) -> Manifest:
    """Return the list of files as it stands there, which nobody has authenticated yet."""
    path = folder / MANIFEST_NAME
    try:
        return Manifest.model_validate_json(read_private(path))
    except ValidationError:
        raise KeyFileMalformedError(path) from None


def _names(folder: Path) -> set[str]:
    if not folder.exists():
        raise KeystoreMissingError(f"{folder} is not there; `idp init` makes a key store")
    check_folder(folder)
    names = names_in(folder)
    if not names:
        raise KeystoreMissingError(f"{folder} is empty; `idp init` makes a key store")
    return names


def _key(folder: Path, name: str, store: str, wrapper: Wrapper) -> tuple[Path, AnyKeyFile, bytes]:
    """Return where a listed file lies, its head and its unwrapped key."""
    path = present(folder, name)
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
        return path, key_file, key_file.opened(wrapper)
    except WrapBroken:
        raise KeyFileBrokenError(path) from None


def _signer(
    path: Path, key_file: SigningKeyFile | TokenKeyFile, der: bytes, wrapper: Wrapper
) -> Signer:
    if isinstance(key_file, TokenKeyFile):
        return signer_in_token(path, key_file, der, wrapper)
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
