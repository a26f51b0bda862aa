// A program that uses openid-client as it is, with all that it can prove: itself by a key (private_key_jwt), and its
// tokens by another (DPoP); it pushes its request (PAR). Arguments: Keylodge's address, the provider's id, the gateway's.
import * as client from 'openid-client';

const [url, provider, gateway] = process.argv.slice(2);
const redirect_uri = 'http://127.0.0.1:8912/back';
const own = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);

const server = await client.dynamicClientRegistration(
  new URL(`${url}/${provider}`),
  {
    client_name: 'openid-client program with keys',
    redirect_uris: [redirect_uri],
    token_endpoint_auth_method: 'private_key_jwt',
    jwks: { keys: [await crypto.subtle.exportKey('jwk', own.publicKey)] },
    dpop_bound_access_tokens: true,
    require_pushed_authorization_requests: true,
  },
  client.PrivateKeyJwt(own.privateKey),
  { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
);
const DPoP = client.getDPoPHandle(server, await client.randomDPoPKeyPair('ES256'));
const verifier = client.randomPKCECodeVerifier();
const state = client.randomState();
const address = await client.buildAuthorizationUrlWithPAR(
  server,
  {
    redirect_uri,
    scope: 'openid photos:read photos:write',
    code_challenge: await client.calculatePKCECodeChallenge(verifier),
    code_challenge_method: 'S256',
    state,
  },
  { DPoP },
);
const decided = await fetch(address, { redirect: 'manual' });
if (decided.status !== 303) throw new Error(`${decided.status}: ${await decided.text()}`);

const answer = new URL(decided.headers.get('location'));
const checks = { pkceCodeVerifier: verifier, expectedState: state };
const first = await client.authorizationCodeGrant(server, answer, checks, undefined, { DPoP });
const me = new URL(`${gateway}/me`);
const ask = (token, options) => client.fetchProtectedResource(server, token, me, 'GET', undefined, undefined, options);
const person = await (await ask(first.access_token, { DPoP })).json();
const copied = await fetch(me, { headers: { authorization: `Bearer ${first.access_token}` } });
const seen = await client.tokenIntrospection(server, first.access_token);

const renewed = await client.refreshTokenGrant(server, first.refresh_token, undefined, { DPoP });
const still = await ask(renewed.access_token, { DPoP });

console.log(
  JSON.stringify({
    pushed: [...address.searchParams.keys()].sort(),
    scope: first.scope.split(' ').sort(),
    kind: first.token_type,
    person: person.sub,
    copied: copied.status,
    bound: seen.cnf?.jkt === (await DPoP.calculateThumbprint()),
    rotated: renewed.refresh_token !== first.refresh_token,
    after_refresh: still.status,
  }),
);
