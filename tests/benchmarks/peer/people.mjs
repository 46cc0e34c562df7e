// People who are signed in, and what they allowed: made by the provider's own models, so that they
// are what a sign-in and a yes would have left.

import { randomBytes } from 'node:crypto';

import Keygrip from 'keygrip';

const SECONDS = 12 * 60 * 60; // as long as a session of ours

async function grantOf(provider, accountId, client) {
  const grant = new provider.Grant({ accountId, clientId: client.client_id });
  grant.addOIDCScope('openid offline_access');
  await grant.save(SECONDS);
  return grant.jti;
}

async function refreshTokenOf(provider, session, client, grantId) {
  const registered = await provider.Client.find(client.client_id);
  const token = new provider.RefreshToken({
    accountId: session.accountId,
    authTime: session.loginTs,
    client: registered,
    grantId,
    gty: 'authorization_code',
    scope: 'openid offline_access',
  });
  return token.save();
}

// One person, as a list of visits: one for each client.
async function person(provider, clients, keys) {
  const accountId = randomBytes(13).toString('hex');
  const session = new provider.Session({
    accountId,
    loginTs: Math.floor(Date.now() / 1000),
    authorizations: {},
  });
  const visits = [];
  for (const [number, client] of clients.entries()) {
    const grantId = await grantOf(provider, accountId, client);
    session.ensureClientContainer(client.client_id);
    session.grantIdFor(client.client_id, grantId);
    const token = await refreshTokenOf(provider, session, client, grantId);
    visits.push({ client: number, sub: accountId, refresh_token: token });
  }
  await session.save(SECONDS);
  const cookie = `${provider.cookieName('session')}=${session.id}`;
  const name = `${provider.cookieName('session')}.sig`;
  const signed = `${cookie}; ${name}=${new Keygrip(keys).sign(cookie)}`;
  return visits.map((visit) => ({ cookie: signed, ...visit }));
}

export async function populate(provider, clients, keys, count) {
  const visits = [];
  for (let place = 0; place < count; place += 1) {
    visits.push(...(await person(provider, clients, keys)));
  }
  return visits;
}
