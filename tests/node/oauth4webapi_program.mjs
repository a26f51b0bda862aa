// A program that uses oauth4webapi as it is. Arguments: Keylodge's address, the provider's id, the gateway's address.
import * as oauth from 'oauth4webapi';

const [url, provider, gateway] = process.argv.slice(2);
const redirect_uri = 'http://127.0.0.1:8912/back';
// Plain http, for it does not leave this machine.
const options = { [oauth.allowInsecureRequests]: true };

const issuer = new URL(`${url}/${provider}`);
const found = await oauth.discoveryRequest(issuer, { ...options, algorithm: 'oauth2' });
const server = await oauth.processDiscoveryResponse(issuer, found);
const registration = await oauth.dynamicClientRegistrationRequest(
  server,
  { client_name: 'oauth4webapi program', redirect_uris: [redirect_uri], token_endpoint_auth_method: 'client_secret_basic' },
  options,
);
const client = await oauth.processDynamicClientRegistrationResponse(registration);
const login = oauth.ClientSecretBasic(client.client_secret);

const verifier = oauth.generateRandomCodeVerifier();
const state = oauth.generateRandomState();
const address = new URL(server.authorization_endpoint);
address.search = new URLSearchParams({
  client_id: client.client_id,
  redirect_uri,
  response_type: 'code',
  scope: 'openid photos:read photos:write',
  state,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier),
  code_challenge_method: 'S256',
});
const decided = await fetch(address, { redirect: 'manual' });
if (decided.status !== 303) throw new Error(`${decided.status}: ${await decided.text()}`);
const back = oauth.validateAuthResponse(server, client, new URL(decided.headers.get('location')), state);

const redeemed = await oauth.authorizationCodeGrantRequest(server, client, login, back, redirect_uri, verifier, options);
const first = await oauth.processAuthorizationCodeResponse(server, client, redeemed);
const me = new URL(`${gateway}/me`);
const get = (token) =>
  oauth.protectedResourceRequest(token, 'GET', me, undefined, undefined, options).catch((error) => {
    if (error instanceof oauth.WWWAuthenticateChallengeError) return error;
    throw error;
  });
const person = await (await get(first.access_token)).json();
const asked = await oauth.introspectionRequest(server, client, login, first.access_token, options);
const seen = await oauth.processIntrospectionResponse(server, client, asked);

const refreshed = await oauth.refreshTokenGrantRequest(server, client, login, first.refresh_token, options);
const renewed = await oauth.processRefreshTokenResponse(server, client, refreshed);
const still = await get(renewed.access_token);
await oauth.processRevocationResponse(await oauth.revocationRequest(server, client, login, renewed.refresh_token, options));
const gone = await get(renewed.access_token);
const dead = await oauth.refreshTokenGrantRequest(server, client, login, renewed.refresh_token, options);
const refused = await oauth.processRefreshTokenResponse(server, client, dead).then(
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
    after_revocation: gone.status,
    refused,
  }),
);
