// A program that uses openid-client as it is. Arguments: Keylodge's address, the provider's id, the gateway's address.
import * as client from 'openid-client';

const [url, provider, gateway] = process.argv.slice(2);
const redirect_uri = 'http://127.0.0.1:8912/back';
const issuer = new URL(`${url}/${provider}`);

// The library reads the metadata (RFC 8414), checks the issuer in it, and registers by it (RFC 7591).
const server = await client.dynamicClientRegistration(
  issuer,
  {
    client_name: 'openid-client program',
    redirect_uris: [redirect_uri],
    token_endpoint_auth_method: 'client_secret_basic',
  },
  undefined,
  // Plain http, for it does not leave this machine.
  { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
);
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const address = client.buildAuthorizationUrl(server, {
  redirect_uri,
  scope: 'openid photos:read photos:write',
  code_challenge: await client.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
  state,
});
const decided = await fetch(address, { redirect: 'manual' });
if (decided.status !== 303) throw new Error(`${decided.status}: ${await decided.text()}`);

// The library checks `state` and `iss` (RFC 9207) before it sends the code anywhere.
const first = await client.authorizationCodeGrant(server, new URL(decided.headers.get('location')), {
  pkceCodeVerifier: verifier,
  expectedState: state,
});
const me = new URL(`${gateway}/me`);
const person = await (await client.fetchProtectedResource(server, first.access_token, me, 'GET')).json();
const seen = await client.tokenIntrospection(server, first.access_token);

const renewed = await client.refreshTokenGrant(server, first.refresh_token);
const still = await client.fetchProtectedResource(server, renewed.access_token, me, 'GET');
await client.tokenRevocation(server, renewed.refresh_token);
const status = (error) => error.status ?? error.cause?.status;
const gone = await client.fetchProtectedResource(server, renewed.access_token, me, 'GET').then((a) => a.status, status);
const refused = await client.refreshTokenGrant(server, renewed.refresh_token).then(
  () => '',
  (error) => error.error,
);

console.log(
  JSON.stringify({
    scope: first.scope.split(' ').sort(),
    person: person.sub,
    seen: seen.active,
    rotated: renewed.refresh_token !== first.refresh_token,
    after_refresh: still.status,
    after_revocation: gone,
    refused,
  }),
);
