"""What a setting's value must be; each returns it, in one form, or raises ValueError with why."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cryptography.x509 import (
    BasicConstraints,
    ExtensionNotFound,
    load_pem_x509_certificate,
    load_pem_x509_certificates,
)

from idp.domain import network
from idp.domain.contact import clean_address
from idp.domain.document import COUNTRIES, Document
from idp.domain.loopback import HOSTS, is_loopback

if TYPE_CHECKING:
    from pathlib import Path

_HOST = re.compile(r"(?:[A-Za-z0-9.-]{1,253}|\[[0-9A-Fa-f:.]{2,45}\])(?::[1-9][0-9]{0,4})?")
_HTTPS = re.compile(r"https://[a-z0-9.-]+(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?")


def read_roots(folder: Path | None) -> tuple[bytes, ...]:
    """Return the makers' root certificates in ``folder`` (``*.pem``, one each), none without it.

    Raises ValueError for a folder or a file that is not what it should be.
    """
    if folder is None:
        return ()
    files = sorted(folder.glob("*.pem"))
    if not files:
        raise ValueError("must be a folder with certificates in *.pem, one in each file")
    found = []
    for file in files:
        try:
            pem = file.read_bytes()
            basic = load_pem_x509_certificate(pem).extensions.get_extension_for_class(
                BasicConstraints
            )
        except (OSError, ValueError, ExtensionNotFound) as error:
            raise ValueError(f"{file.name} is not a root certificate in PEM") from error
        if pem.count(b"-----BEGIN") != 1 or not basic.value.ca:
            raise ValueError(f"{file.name} must hold one certificate, of an authority")
        found.append(pem)
    return tuple(found)


def roots(value: Path | None) -> Path | None:
    """Take a folder of root certificates."""
    read_roots(value)
    return value


def _port(parts: SplitResult) -> bool:
    """Tell whether an address has a port that can be, or none."""
    try:
        return parts.port != 0
    except ValueError:
        return False


def issuer(value: str) -> str:
    """Take the address that everybody knows us by."""
    if not (_HTTPS.fullmatch(value) or is_loopback(value)) or "?" in value or "#" in value:
        raise ValueError("must be https in lower case, without query (http only on loopback)")
    if not _port(urlsplit(value)):
        raise ValueError("must have a port from 1 to 65535, or none")
    return value


def database(value: str) -> str:
    """Take a database's address."""
    if not value.startswith(("sqlite:///", "postgresql://")):
        raise ValueError("must begin with sqlite:/// or postgresql://")
    return value


def zone(value: str) -> str:
    """Take an IANA time zone."""
    try:
        ZoneInfo(value)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise ValueError("must be an IANA time zone such as Asia/Shanghai") from error
    return value


def smtp(value: str) -> str:
    """Take the address of a mail server."""
    try:
        parts = urlsplit(value)
    except ValueError:  # its text may repeat the value, password and all
        raise ValueError("must be an address") from None
    known = parts.scheme in {"smtp+starttls", "smtps", "smtp"} and parts.hostname and _port(parts)
    # A "/", "?" or "#" of the password that is not escaped cuts the address short.
    if not known or parts.path.strip("/") or parts.query or parts.fragment:
        raise ValueError("must be smtp+starttls://user:password@host:587 or smtps://…")
    if parts.scheme == "smtp" and parts.hostname not in HOSTS:
        raise ValueError("smtp:// without TLS is for this machine only: use smtp+starttls://")
    return value


def collector(value: str) -> str:
    """Take the address of a collector of traces."""
    try:
        parts = urlsplit(value)
    except ValueError:
        raise ValueError("must be an address") from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or not _port(parts):
        raise ValueError("must be http:// or https://, and a host")
    if parts.query or parts.fragment or "@" in parts.netloc:
        raise ValueError("must be without user, query and fragment")
    return value


def sender(value: str) -> str:
    """Take a mail address."""
    if clean_address(value) != value:
        raise ValueError("must be one plain mail address")
    return value


def proxies(value: str) -> str:
    """Take addresses and networks."""
    try:
        network.proxies(value)
    except ValueError as error:
        raise ValueError("must be addresses and networks, such as 10.0.0.5, fd00::/8") from error
    return value


def hosts(value: str) -> str:
    """Take hosts, in lower case."""
    if not all(_HOST.fullmatch(part) for part in re.split(r"[\s,]+", value) if part):
        raise ValueError("must be hosts, each with or without a port, separated by commas")
    return value.lower()


def certificates(value: Path | None) -> Path | None:
    """Take a file of certificates, by its full path."""
    if value is None:
        return None
    try:
        load_pem_x509_certificates(value.read_bytes())
    except (OSError, ValueError) as error:
        raise ValueError("must be a file with certificates in PEM") from error
    return value.resolve()


def documents(value: str) -> str:
    """Take kinds of number."""
    kinds = value.split()
    if not kinds or not set(Document).issuperset(kinds) or len(set(kinds)) < len(kinds):
        raise ValueError(f"must be one or more of {', '.join(Document)}, with spaces between")
    return " ".join(kinds)


def country(value: str) -> str:
    """Take a country, or none."""
    if value and value not in COUNTRIES:
        raise ValueError("must be a country of two capital letters, such as AT")
    return value
