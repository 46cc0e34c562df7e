// oidc-provider, made ready for the logins that ../scenarios.py measures: the same algorithms, the
// same client authentication, sessions and remembered consents that are there already.
//
//   node server.mjs WISHES RESULT     both JSON: what ../peer.py asks for, and what it got

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

import { Provider } from 'oidc-provider';
import MemoryAdapter from 'oidc-provider/lib/adapters/memory_adapter.js';
import LRU from 'oidc-provider/lib/helpers/lru.js';

import { populate } from './people.mjs';
import { openAdapters } from './postgresql.mjs';

const HELD = 400_000; // its in-memory adapter forgets beyond 1,000, which would sign people out

const [wishesFile, resultFile] = process.argv.slice(2);
const wishes = JSON.parse(readFileSync(wishesFile, 'utf8'));
const issuer = `http://localhost:${wishes.port}`;
const cookieKeys = [randomBytes(32).toString('hex')];

function signingKeys() {
  const kinds = { ES256: ['ec', { namedCurve: 'P-256' }], RS256: ['rsa', { modulusLength: 2048 }] };
  return Object.entries(kinds).map(([alg, kind]) => {
    const jwk = generateKeyPairSync(...kind).privateKey.export({ format: 'jwk' });
    return { ...jwk, alg, use: 'sig', kid: alg };
  });
}

function client(alg, number) {
  return {
    client_id: `${alg.toLowerCase()}-${number}`,
    client_secret: randomBytes(32).toString('base64url'),
    redirect_uris: [`https://${alg.toLowerCase()}-${number}.example/callback`],
    id_token_signed_response_alg: alg,
    token_endpoint_auth_method: 'client_secret_basic',
    grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
    scope: 'openid offline_access',
  };
}

function configuration(clients) {
  return {
    clients,
    cookies: { keys: cookieKeys },
    features: {
      clientCredentials: { enabled: true },
      devInteractions: { enabled: false },
      introspection: { enabled: true },
    },
    findAccount: (_ctx, id) => ({ accountId: id, claims: () => ({ sub: id }) }),
    interactions: { url: () => '/interaction' },
    jwks: { keys: signingKeys() },
    rotateRefreshToken: () => wishes.rotate,
  };
}

const byAlg = Object.fromEntries(
  wishes.algorithms.map((alg) => [
    alg,
    Array.from({ length: wishes.clients }, (_, number) => client(alg, number)),
  ]),
);
const settings = configuration(Object.values(byAlg).flat());
if (wishes.database) {
  settings.adapter = await openAdapters(wishes.database, wishes.connections);
} else {
  const held = new LRU({ maxSize: HELD });
  settings.adapter = (kind) => new MemoryAdapter(kind, held);
}
const provider = new Provider(issuer, settings);
provider.on('server_error', (_ctx, error) => console.error(error));

const visits = {};
for (const [alg, clients] of Object.entries(byAlg)) {
  visits[alg] = await populate(provider, clients, cookieKeys, wishes.people);
}
const server = provider.listen(wishes.port, 'localhost', () => {
  writeFileSync(resultFile, JSON.stringify({ issuer, clients: byAlg, visits }));
});
server.keepAliveTimeout = 65_000; // as long as ours
process.on('SIGTERM', () => process.exit(0));
