"""The keys of one instance as they lie in memory, whichever store they came from."""

from collections.abc import Mapping, Sequence

from idp.domain.secret_key import SecretDomain, VersionedSecret
from idp.domain.signing_key import ALGORITHMS, REQUIRED
from idp.keystore import Signer


class Keyring:
    """Signers, one at least per algorithm that every instance has, and one secret per domain.

    Raises ValueError, naming what is missing, when made of anything else.
    """

    def __init__(
        self, signers: Sequence[Signer], secrets: Mapping[SecretDomain, VersionedSecret]
    ) -> None:
        missing = [domain.value for domain in SecretDomain if domain not in secrets]
        if missing:
            raise ValueError("no active key for " + ", ".join(missing))
        self._signers = in_order(signers)
        self._secrets = dict(secrets)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(kids={[signer.kid for signer in self._signers]})"

    def signers(self) -> Sequence[Signer]:
        """Return the signing keys: by algorithm, each oldest first."""
        return self._signers

    async def healthy(self) -> bool:
        """Return True: the keys are here."""
        return True

    def secret(self, domain: SecretDomain) -> VersionedSecret:
        """Return all versions of one domain's secret, the oldest as the active one."""
        return self._secrets[domain]


def oldest_active(versions: Mapping[int, bytes]) -> VersionedSecret:
    """Return a secret of these versions; raises ValueError when there is none."""
    if not versions:
        raise ValueError("the last version of a secret stays")
    return VersionedSecret(versions, active=min(versions))


def in_order(signers: Sequence[Signer]) -> tuple[Signer, ...]:
    """Return signers by algorithm, in the order of ``ALGORITHMS``.

    Raises ValueError unless there is one for each that every instance has, and for a key that
    serves two algorithms.
    """
    found = tuple(signer for alg in ALGORITHMS for signer in signers if signer.alg == alg)
    missing = set(REQUIRED) - {signer.alg for signer in found}
    if missing:
        raise ValueError("no active key for " + ", ".join(sorted(missing)))
    if len({signer.kid for signer in found}) < len(found):
        raise ValueError("a key serves one algorithm")
    return found
