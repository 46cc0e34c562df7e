"""Which keys in a token are a store's own, so that a kill leaves none behind.

A key in a token belongs to the store by its file, and never without: a note of its id lies in the
folder before it is made, and its file stays until it is destroyed. So whatever a change that was
killed has left in the token is found, and destroyed by the next one. Nothing else in the token is
ever touched: it may hold the keys of others, and newer ones than an old copy of this folder knows.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pydantic import ValidationError

from idp.domain.clock import Entropy
from idp.keystore import Signer
from idp.keystore.births import Birth, Made, make_signing_key, undo
from idp.keystore.changing import present
from idp.keystore.errors import KeyFileForeignError, KeyFileMalformedError
from idp.keystore.key_file import TokenKeyFile, Wrapper
from idp.keystore.making import MOVING
from idp.keystore.private_files import read_private, write_private
from idp.keystore.public_keys import from_der, public_jwk

_NOTE: Final = ".key-in-token"


@contextmanager
def noted(folder: Path, birth: Birth, wrapper: Wrapper, entropy: Entropy) -> Iterator[Made]:
    """Make a signing key, whose file the block brings in.

    Cut off, or where the block fails, the key is destroyed by the next change.
    """
    if wrapper.token is None:
        yield make_signing_key(birth, wrapper, entropy)
        return
    note = folder / f"{MOVING}{birth.key_id}{_NOTE}"
    write_private(note, b"")
    yield make_signing_key(birth, wrapper, entropy)
    note.unlink()


def destroy_in_token(folder: Path, name: str, wrapper: Wrapper) -> None:
    """Destroy the key whose file is on its way out, where it is in the token."""
    key_id = key_id_of(folder / f"{MOVING}{name}")
    if key_id is not None:
        undo([key_id], wrapper)


def clear_token(folder: Path, listed: Collection[str], wrapper: Wrapper) -> None:
    """Destroy what a change that was cut off has left in the token; raises a KeystoreError."""
    if wrapper.token is None:
        return
    moving = [path for path in folder.iterdir() if path.name.startswith(MOVING)]
    notes = [
        path.name.removeprefix(MOVING).removesuffix(_NOTE) for path in moving if _is_note(path)
    ]
    gone = [key_id_of(path) for path in moving if path.name.removeprefix(MOVING) not in listed]
    if notes or gone:
        kept = {key_id_of(present(folder, name)) for name in listed}
        undo(sorted({one for one in (*notes, *gone) if one is not None} - kept), wrapper)


def signer_in_token(path: Path, key_file: TokenKeyFile, der: bytes, wrapper: Wrapper) -> Signer:
    """Return the signer of a key in the token, once it has shown itself; raises a KeystoreError."""
    if wrapper.token is None:
        raise KeyFileForeignError(path, "its key is in a token")
    try:
        public = from_der(der)
    except ValueError:
        raise KeyFileMalformedError(path) from None
    if public_jwk(key_file.alg, public)["kid"] != key_file.kid:
        raise KeyFileForeignError(path, "its key has another thumbprint (RFC 7638)")
    return wrapper.token.signer(key_file.alg, bytes.fromhex(key_file.key_id), public)


def _is_note(path: Path) -> bool:
    return path.name.endswith(_NOTE)


def key_id_of(path: Path) -> str | None:
    """Return the id that a key file gives of its key in the token, if it is such a file."""
    if not path.name.endswith(".json"):
        return None
    try:
        return TokenKeyFile.model_validate_json(read_private(path)).key_id
    except ValidationError:
        return None
