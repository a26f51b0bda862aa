// A program without a browser that uses openid-client as it is: device flow, client credentials, token exchange.
// Arguments: Keylodge's address, the provider's id, the gateway's address.
import * as client from 'openid-client';

const [url, provider, gateway] = process.argv.slice(2);
const DEVICE = 'urn:ietf:params:oauth:grant-type:device_code';
const EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

const server = await client.dynamicClientRegistration(
  new URL(`${url}/${provider}`),
  {
    client_name: 'openid-client box',
    redirect_uris: [],
    response_types: [],
    grant_types: [DEVICE, EXCHANGE, 'client_credentials', 'refresh_token'],
    token_endpoint_auth_method: 'client_secret_basic',
  },
  undefined,
  // Plain http, for it does not leave this machine.
  { algorithm: 'oauth2', execute: [client.allowInsecureRequests] },
);
const early = await client.clientCredentialsGrant(server, { scope: 'openid' }).then(
  () => '',
  (error) => error.error,
);

const codes = await client.initiateDeviceAuthorization(server, { scope: 'openid photos:read photos:write' });
console.log(`code ${codes.user_code}`);
const first = await client.pollDeviceAuthorizationGrant(server, codes);
const renewed = await client.refreshTokenGrant(server, first.refresh_token);

const unasked = await client.clientCredentialsGrant(server, { scope: 'openid' });
const narrower = await client.genericGrantRequest(server, EXCHANGE, {
  subject_token: renewed.access_token,
  subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
  scope: 'openid',
});
const person = async ({ access_token }) => {
  const answer = await client.fetchProtectedResource(server, access_token, new URL(`${gateway}/me`), 'GET');
  return (await answer.json()).sub;
};

console.log(
  JSON.stringify({
    early,
    scope: first.scope.split(' ').sort(),
    rotated: renewed.refresh_token !== first.refresh_token,
    unasked: [unasked.scope, await person(unasked), unasked.refresh_token ?? null],
    narrower: [narrower.scope, await person(narrower), narrower.refresh_token ?? null],
  }),
);
