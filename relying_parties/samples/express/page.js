// The page, in every state. What a person could have written does not come in here.
const grouped = (networkId) => networkId.match(/.{5}/g).join('-')

const signedIn = (networkId) => `
  <p>Your network ID here: <code data-testid="network-id">${grouped(networkId)}</code></p>
  <form method="post" action="/logout"><button data-testid="logout">Log out</button></form>`

const signedOut = (refusal) => `
  ${refusal ? `<p role="alert" data-testid="refused">${refusal}</p>` : ''}
  <p><a href="/login" data-testid="login">Log in with network ID</a></p>`

export const page = (networkId, refusal) => `<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Express and network ID</title>
<main><h1>Express and network ID</h1>${networkId ? signedIn(networkId) : signedOut(refusal)}</main></html>`
