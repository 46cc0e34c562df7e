// Log in with network ID from a page without a server: PKCE, no secret, tokens in memory alone.
import * as oauth from './oauth4webapi.js'

const { issuer, client_id } = await (await fetch('/config.json')).json()
const client = { client_id }
const redirect_uri = `${location.origin}/callback`
const url = new URL(issuer)
const local = ['localhost', '127.0.0.1'].includes(url.hostname)
const options = {
  [oauth.allowInsecureRequests]: local, // plain http on this machine, and nowhere else
  signal: () => AbortSignal.timeout(5000),
}
const provider = async () =>
  oauth.processDiscoveryResponse(url, await oauth.discoveryRequest(url, options))

async function logIn() {
  const to = new URL((await provider()).authorization_endpoint)
  const verifier = oauth.generateRandomCodeVerifier()
  const [state, nonce] = [oauth.generateRandomState(), oauth.generateRandomNonce()]
  // For this tab, until it comes back. Worth nothing without the code, which works once.
  sessionStorage.setItem('login', JSON.stringify({ verifier, state, nonce }))
  to.search = new URLSearchParams({
    client_id,
    redirect_uri,
    response_type: 'code',
    scope: 'openid',
    state,
    nonce,
    code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
  })
  location.assign(to)
}

async function finish(answer) {
  const begun = JSON.parse(sessionStorage.getItem('login'))
  sessionStorage.removeItem('login')
  history.replaceState(null, '', '/') // the code leaves the address bar
  if (!begun) throw new Error('No login is under way in this tab.')
  const at = await provider()
  const code = oauth.validateAuthResponse(at, client, answer, begun.state) // state and iss
  const response = await oauth.authorizationCodeGrantRequest(
    at, client, oauth.None(), code, redirect_uri, begun.verifier, options)
  const checks = { expectedNonce: begun.nonce, requireIdToken: true }
  const tokens = await oauth.processAuthorizationCodeResponse(at, client, response, checks)
  await oauth.validateApplicationLevelSignature(at, response, options)
  const { sub, azp = client_id } = oauth.getValidatedIdTokenClaims(tokens)
  if (azp !== client_id) throw new Error('The token was issued to another client.')
  return sub
}

function show(networkId, refusal = '') {
  const part = (id) => document.getElementById(id)
  part('signed-in').hidden = !networkId
  part('signed-out').hidden = Boolean(networkId)
  part('network-id').textContent = networkId ? networkId.match(/.{5}/g).join('-') : ''
  part('refused').hidden = !refusal
  part('refused').textContent = refusal
}

function refused(error) {
  const no = error.error === 'access_denied'
  if (!no) console.warn(error.name, error.code ?? '')
  show(null, no ? 'You said no, and nothing was shared.' : 'That login did not work. Nobody was logged in.')
}

document.getElementById('login').addEventListener('click', () => logIn().catch(refused))
document.getElementById('logout').addEventListener('click', () => show(null))
if (location.pathname === '/callback') await finish(new URL(location.href)).then(show, refused)
else show(null)
