// A platform of openid-client, as its manual shows it. It speaks one JSON value a line: first it is
// given its registration, then it tells where to send the browser, is given where that came back,
// and tells what it got.
import { createInterface } from 'node:readline'
import * as client from 'openid-client'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const heard = async () => JSON.parse((await lines.next()).value)
const tell = (value) => console.log(JSON.stringify(value))

async function configured(given) {
  const insecure = { execute: [client.allowInsecureRequests, client.enableNonRepudiationChecks] }
  if (!given.key) {
    const secret = client.ClientSecretBasic(given.client_secret)
    return client.discovery(new URL(given.issuer), given.client_id, {}, secret, insecure)
  }
  const curve = { name: 'ECDSA', namedCurve: 'P-256' }
  const key = await crypto.subtle.importKey('jwk', given.key, curve, false, ['sign'])
  const proof = client.PrivateKeyJwt({ key, kid: given.key.kid })
  const metadata = { id_token_signed_response_alg: 'ES256' }
  return client.discovery(new URL(given.issuer), given.client_id, metadata, proof, insecure)
}

const given = await heard()
const config = await configured(given)
const DPoP = given.key
  ? client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
  : undefined

const verifier = client.randomPKCECodeVerifier()
const checks = {
  pkceCodeVerifier: verifier,
  expectedState: client.randomState(),
  expectedNonce: client.randomNonce(),
  idTokenExpected: true,
}
const asked = {
  redirect_uri: given.redirect_uri,
  scope: given.scope,
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state: checks.expectedState,
  nonce: checks.expectedNonce,
}
const away = given.key
  ? await client.buildAuthorizationUrlWithPAR(config, asked, { DPoP })
  : client.buildAuthorizationUrl(config, asked)
tell({ url: away.href })

const back = new URL((await heard()).url)
const tokens = await client.authorizationCodeGrant(config, back, checks, undefined, { DPoP })
const claims = tokens.claims()
const userinfo = await client.fetchUserInfo(config, tokens.access_token, claims.sub, { DPoP })
const again = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
const later = await client.fetchUserInfo(config, again.access_token, claims.sub, { DPoP })

const token = again.refresh_token ?? tokens.refresh_token
await client.tokenRevocation(config, token)
const ended = await client
  .refreshTokenGrant(config, token, undefined, { DPoP })
  .then(() => 'still alive', (error) => error.error)
const logout = client.buildEndSessionUrl(config, {
  id_token_hint: tokens.id_token,
  post_logout_redirect_uri: given.post_logout_redirect_uri,
  state: 'signed-out',
})
tell({ claims, userinfo, later, ended, type: tokens.token_type, logout: logout.href })
process.exit(0)
