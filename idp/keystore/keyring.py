"""The keys of one instance as they lie in memory, whichever store they came from."""

from collections.abc import Mapping, Sequence

from idp.domain.secret_key import SecretDomain, VersionedSecret
from idp.keystore import Signer
from idp.keystore.signing import ALGORITHMS, derive_signer

_CLIENT_KEY = b"network-id/client-key/1"


class Keyring:
    """One active signer per algorithm and one secret per domain; nothing less.

    Raises ValueError, naming what is missing, when made of anything else.
    """

    def __init__(
        self, signers: Sequence[Signer], secrets: Mapping[SecretDomain, VersionedSecret]
    ) -> None:
        by_alg = {signer.alg: signer for signer in signers}
        missing: list[str] = [alg for alg in ALGORITHMS if alg not in by_alg]
        missing += [domain.value for domain in SecretDomain if domain not in secrets]
        if missing:
            raise ValueError("no active key for " + ", ".join(missing))
        if len(by_alg) != len(signers):
            raise ValueError("two active signing keys for one algorithm")
        self._signers = tuple(by_alg[alg] for alg in ALGORITHMS)
        self._secrets = dict(secrets)

    def __repr__(self) -> str:
        return f"{type(self).__name__}(kids={[signer.kid for signer in self._signers]})"

    def signers(self) -> Sequence[Signer]:
        """Return the active signing keys: RS256, then ES256."""
        return self._signers

    def client_signer(self) -> Signer:
        """Return the ES256 key by which we authenticate as a client of other providers."""
        return derive_signer(self._secrets[SecretDomain.SESSION].active_key, _CLIENT_KEY)

    def secret(self, domain: SecretDomain) -> VersionedSecret:
        """Return the live versions of one domain's secret."""
        return self._secrets[domain]
