// Log in with network ID: Express and openid-client. Discovery finds everything else.
import { randomBytes } from 'node:crypto'
import express from 'express'
import session from 'express-session'
import * as client from 'openid-client'
import { page } from './page.js'

const { NETWORK_ID_ISSUER, NETWORK_ID_CLIENT_ID, NETWORK_ID_CLIENT_SECRET, PORT = 3000 } = process.env
if (!NETWORK_ID_ISSUER) throw new Error('Paste the export lines of a running `make demo` first.')
const redirect_uri = `http://localhost:${PORT}/callback`
const issuer = new URL(NETWORK_ID_ISSUER)
const basic = client.ClientSecretBasic(NETWORK_ID_CLIENT_SECRET) // as registered, unless you said otherwise
const execute = [client.enableNonRepudiationChecks] // verify the ID token's signature, too
if (['localhost', '127.0.0.1'].includes(issuer.hostname)) execute.push(client.allowInsecureRequests) // and nowhere else
const options = { execute, timeout: 5 } // seconds for each answer of the provider
// Asked for at the first login, and again until it answers: this app starts without the provider.
let found
const discovered = () => found ??= client
  .discovery(issuer, NETWORK_ID_CLIENT_ID, {}, basic, options)
  .catch((error) => { found = undefined; throw error })

const app = express()
app.use(session({
  name: 'express-sample',
  secret: process.env.SESSION_SECRET ?? randomBytes(32).toString('hex'),
  resave: false,
  saveUninitialized: false,
  cookie: { httpOnly: true, sameSite: 'lax', secure: redirect_uri.startsWith('https:') },
}))

app.get('/', (request, response) => response.send(page(request.session.networkId)))

app.get('/login', async (request, response) => {
  const provider = await discovered()
  const pkceCodeVerifier = client.randomPKCECodeVerifier()
  const [expectedState, expectedNonce] = [client.randomState(), client.randomNonce()]
  request.session.checks = { pkceCodeVerifier, expectedState, expectedNonce, idTokenExpected: true }
  response.redirect(303, client.buildAuthorizationUrl(provider, {
    redirect_uri,
    scope: 'openid',
    state: expectedState,
    nonce: expectedNonce,
    code_challenge: await client.calculatePKCECodeChallenge(pkceCodeVerifier),
    code_challenge_method: 'S256',
  }).href)
})

app.get('/callback', async (request, response) => {
  const { checks } = request.session
  // An answer that nobody asked for changes nothing: a link of somebody's must log nobody out.
  if (!checks) return response.status(400).send(page(null, 'No login is under way in this browser.'))
  // Otherwise a new session, whatever comes: what was begun ends once, and nobody planted this one.
  await new Promise((done, fail) => request.session.regenerate((error) => error ? fail(error) : done()))
  const answer = new URL(request.originalUrl, redirect_uri)
  const tokens = await client.authorizationCodeGrant(await discovered(), answer, checks)
  const { sub, azp = NETWORK_ID_CLIENT_ID } = tokens.claims()
  if (azp !== NETWORK_ID_CLIENT_ID) throw new Error('the token was issued to another client')
  request.session.networkId = sub
  response.redirect(303, '/')
})

app.post('/logout', (request, response) => request.session.destroy(() => response.redirect(303, '/')))

app.use((error, request, response, next) => {
  const said = error.error === 'access_denied'
    ? 'You said no, and nothing was shared.'
    : 'That login did not work. Nobody was logged in.'
  if (error.error !== 'access_denied') console.error(error.name, error.code, error.error ?? error.message)
  response.status(403).send(page(null, said))
})

app.listen(PORT, 'localhost', () => console.log(`http://localhost:${PORT}`))
