// A platform of openid-client, as its manual shows it, with pages and sessions: for the checker.
// It is given its registration as one line of JSON, and tells its address as another. Each further
// line is a number of seconds by which its clock is put forward.
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { createInterface } from 'node:readline'
import * as client from 'openid-client'

const lines = createInterface({ input: process.stdin })
const given = JSON.parse(await new Promise((heard) => lines.once('line', heard)))
const sessions = new Map()
const now = Date.now
let ahead = 0
Date.now = () => now() + ahead * 1000
let config

async function configured() {
  // By itself openid-client leaves the signature of an ID token to TLS (OpenID Connect Core 1.0
  // §3.1.3.7, step 6); enableNonRepudiationChecks verifies it.
  const execute = [client.allowInsecureRequests, client.enableNonRepudiationChecks]
  const secret = client.ClientSecretBasic(given.client_secret)
  const options = { execute, timeout: given.seconds }
  config ??= await client.discovery(new URL(given.issuer), given.client_id, {}, secret, options)
  return config
}

async function login(response) {
  const provider = await configured()
  const verifier = client.randomPKCECodeVerifier()
  const checks = {
    pkceCodeVerifier: verifier,
    expectedState: client.randomState(),
    expectedNonce: client.randomNonce(),
    idTokenExpected: true,
  }
  const away = client.buildAuthorizationUrl(provider, {
    redirect_uri: `${given.home}/callback`,
    scope: 'openid',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state: checks.expectedState,
    nonce: checks.expectedNonce,
  })
  begin(response, { checks })
  response.writeHead(303, { location: away.href }).end()
}

async function callback(request, response) {
  const { checks } = take(request)
  if (!checks) throw new Error('no sign-in was begun in this browser')
  const url = new URL(request.url, given.home)
  const tokens = await client.authorizationCodeGrant(await configured(), url, checks)
  const { sub } = tokens.claims()
  await client.fetchUserInfo(config, tokens.access_token, sub)
  begin(response, { sub })
  response.writeHead(303, { location: '/' }).end()
}

function home(request, response) {
  const { sub } = sessions.get(named(request)) ?? {}
  const text = sub ? `Welcome back, ${sub}.` : 'Hello, stranger. <a href="/login">Log in</a>'
  response.writeHead(200, { 'content-type': 'text/html' }).end(`<p>${text}</p>`)
}

const named = (request) => /session=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1]

function take(request) {
  const session = sessions.get(named(request)) ?? {}
  sessions.delete(named(request))
  return session
}

function begin(response, session) {
  const name = randomUUID()
  sessions.set(name, session)
  response.setHeader('set-cookie', `session=${name}; HttpOnly; SameSite=Lax; Path=/`)
}

const server = createServer(async (request, response) => {
  const { pathname } = new URL(request.url, 'http://localhost')
  try {
    if (pathname === '/login') await login(response)
    else if (pathname === '/callback') await callback(request, response)
    else home(request, response)
  } catch {
    response.writeHead(400).end('That did not work. Please try again.')
  }
})
server.listen(0, '127.0.0.1', () => {
  given.home = `http://127.0.0.1:${server.address().port}`
  console.log(JSON.stringify({ home: given.home }))
})
lines.on('line', (line) => (ahead += Number(line)))
