// The provider of the stories: the certified oidc-provider on a loopback port, with a log of what programs sent to it
// and with switches that make it slow or unwilling.
//
//   node provider.mjs PORT          prints "ready ISSUER" when it listens; port 0 takes a free one
//
// PROVIDER_LOG       file that gets one JSON line for each request of a program (never for pages)
// PROVIDER_SWITCHES  JSON file, read again at each token request:
//                      {"slow": {"refresh_token": 1500}}    answers so many milliseconds late, after the fact
//                      {"refuse": {"refresh_token": "invalid_grant"}}
// FIRST_TOKEN_SECONDS  life of an access token got for a code (600)
// LATER_TOKEN_SECONDS  life of one got by refreshing (600)
// GRACE_SECONDS      a refresh token that was used is taken for so much longer (0: a second use ends the sign-in)
// REQUIRE_PAR        authorization requests must be pushed (RFC 9126)
// DPOP_NONCE         proofs of a key must carry a nonce (RFC 9449 §8, §9)
// CLIENT_SECRET      adds a confidential client "lodge-client" with this secret

import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { setTimeout as wait } from 'node:timers/promises';
import Provider from 'oidc-provider';

// The port must be known before the issuer is.
const server = createServer();
await new Promise((listening) => server.listen(Number(process.argv[2]), '127.0.0.1', listening));
const issuer = `http://127.0.0.1:${server.address().port}`;
const { PROVIDER_LOG: log, PROVIDER_SWITCHES: switches, FIRST_TOKEN_SECONDS: first, LATER_TOKEN_SECONDS: later, CLIENT_SECRET: secret } = process.env;
const SPOKEN_TO_BY_PROGRAMS = ['/token', '/me', '/token/introspection', '/token/revocation', '/reg', '/request', '/device/auth'];

const confidential = {
  client_id: 'lodge-client',
  client_secret: secret,
  application_type: 'native',
  redirect_uris: ['http://127.0.0.1/callback/house'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
};

const provider = new Provider(issuer, {
  clients: secret ? [confidential] : [],
  jwks: { keys: [signingKey()] },
  cookies: { keys: [randomBytes(32).toString('hex')] },
  scopes: ['openid', 'offline_access', 'photos:read', 'photos:write', 'calendar:read'],
  claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
  findAccount: (_ctx, id) => ({
    accountId: id,
    claims: () => ({ sub: id, name: `The person ${id}`, email: `${id}@example.test`, email_verified: true }),
  }),
  features: {
    deviceFlow: { enabled: true },
    devInteractions: { enabled: true },
    dPoP: {
      enabled: true,
      nonceSecret: process.env.DPOP_NONCE && randomBytes(32),
      requireNonce: () => Boolean(process.env.DPOP_NONCE),
    },
    introspection: { enabled: true },
    pushedAuthorizationRequests: {
      enabled: true,
      requirePushedAuthorizationRequests: Boolean(process.env.REQUIRE_PAR),
    },
    registration: { enabled: true },
    revocation: { enabled: true },
  },
  pkce: { required: () => true },
  rotateRefreshToken: true,
  ttl: {
    AccessToken: (ctx) => Number((ctx.oidc.params?.grant_type === 'authorization_code' ? first : later) ?? 600),
    Grant: 86_400,
    IdToken: 600,
    Interaction: 600,
    RefreshToken: 86_400,
    Session: 86_400,
  },
});

// As servers with a leeway for lost answers do it.
const grace = Number(process.env.GRACE_SECONDS ?? 0) * 1000;
const { consume } = provider.RefreshToken.prototype;
provider.RefreshToken.prototype.consume = function consumeLater() {
  return grace ? void setTimeout(() => consume.call(this), grace).unref() : consume.call(this);
};

provider.use(async (ctx, next) => {
  if (!SPOKEN_TO_BY_PROGRAMS.includes(ctx.path)) return next();
  const { slow = {}, refuse = {} } = set();
  await next();
  const sent = ctx.oidc?.body ?? {};
  const error = refuse[sent.grant_type];
  if (ctx.path === '/token' && error) {
    ctx.status = 400;
    ctx.body = { error, error_description: 'a switch of this provider says so' };
  }
  note(ctx, sent);
  const late = ctx.path === '/token' && slow[sent.grant_type];
  if (late) await wait(late);
});

server.on('request', provider.callback());
console.log(`ready ${issuer}`);

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'stories' };
}

function set() {
  try {
    return JSON.parse(readFileSync(switches, 'utf8'));
  } catch {
    return {};
  }
}

function note(ctx, sent) {
  if (!log) return;
  const { path, method, status, body } = ctx;
  const authorization = ctx.get('authorization');
  appendFileSync(log, `${JSON.stringify({ path, method, status, sent, authorization, answered: body ?? null })}\n`);
}
