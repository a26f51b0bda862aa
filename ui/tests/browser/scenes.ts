/** Every page and dialog, each in its states: what is looked at, and what pictures are taken of. */
export interface Scene {
  readonly name: string;
  readonly query: string;
  readonly clicks?: readonly string[];
  /** The window that asks is smaller. */
  readonly prompt?: boolean;
  /** Pictures of it are taken of the real window (`tests/tests/window`). */
  readonly real?: boolean;
}

export const scenes: readonly Scene[] = [
  { name: 'accounts', query: 'fake=calm' },
  { name: 'account', query: 'fake=calm', clicks: ['account-toggle-acc-github'] },
  { name: 'separate', query: 'fake=calm', clicks: ['account-toggle-acc-github', 'separate-acc-github'] },
  { name: 'end-separate', query: 'fake=calm', clicks: ['account-toggle-acc-github', 'end-grant-2'] },
  {
    name: 'remove-account',
    query: 'fake=calm',
    clicks: ['account-toggle-acc-github', 'remove-account-acc-github'],
  },
  { name: 'add-account', query: 'fake=calm&page=add_account' },
  { name: 'own-client', query: 'fake=calm&page=add_account', clicks: ['provider-google'] },
  { name: 'own-issuer', query: 'fake=calm&page=add_account', clicks: ['provider-any-issuer'] },
  { name: 'by-hand', query: 'fake=calm&page=add_account', clicks: ['provider-any-by-hand'] },
  { name: 'offered', query: 'fake=calm&page=add_account', clicks: ['provider-mill'] },
  {
    name: 'sign-in',
    query: 'fake=waits&page=add_account',
    clicks: ['provider-house', 'sign-in'],
    real: true,
  },
  {
    name: 'sign-in-device',
    query: 'fake=waits&page=add_account',
    clicks: ['provider-house', 'sign-in-device'],
  },
  { name: 'programs', query: 'fake=calm&page=programs', real: true },
  { name: 'program', query: 'fake=calm&page=programs', clicks: ['app-toggle-app-gh'], real: true },
  {
    name: 'edit-rule',
    query: 'fake=calm&page=programs',
    clicks: ['app-toggle-app-tb', 'edit-consent-con-3'],
  },
  { name: 'register', query: 'fake=calm&page=programs', clicks: ['register'], real: true },
  { name: 'who-may-what', query: 'fake=calm&page=matrix', real: true },
  { name: 'activity', query: 'fake=calm&page=activity', real: true },
  { name: 'event', query: 'fake=calm&page=activity', clicks: ['open-event-192'], real: true },
  {
    name: 'refuse',
    query: 'fake=calm&page=programs',
    clicks: [
      'app-toggle-app-gh',
      'revoke-consent-con-1',
      'confirm',
      'nav-activity',
      'open-event-200',
      'make-rule',
    ],
  },
  { name: 'export', query: 'fake=calm&page=activity', clicks: ['export'], real: true },
  { name: 'routes', query: 'fake=calm&page=routes', real: true },
  { name: 'add-route', query: 'fake=calm&page=routes', clicks: ['route-add'], real: true },
  { name: 'settings', query: 'fake=calm&page=settings', real: true },
  { name: 'set-passphrase', query: 'fake=calm&page=settings', clicks: ['passphrase-open'], real: true },
  { name: 'backup', query: 'fake=calm&page=settings', clicks: ['backup-open'], real: true },
  { name: 'restore', query: 'fake=calm&page=settings', clicks: ['restore-open'], real: true },
  { name: 'diagnostics', query: 'fake=calm&page=diagnostics', real: true },
  { name: 'demo', query: 'fake=calm&page=demo', real: true },
  { name: 'waiting', query: 'fake', clicks: ['waiting'] },
  { name: 'panic', query: 'fake=calm', clicks: ['panic'], real: true },
  { name: 'shortcuts', query: 'fake=calm', clicks: ['key ?'] },
  { name: 'first-run', query: 'fake=first', real: true },
  { name: 'first-account', query: 'fake=first', clicks: ['setup-continue'] },
  { name: 'first-program', query: 'fake=first', clicks: ['setup-continue', 'skip'] },
  { name: 'first-restore', query: 'fake=first', clicks: ['setup-continue', 'first-restore'] },
  { name: 'no-keyring', query: 'fake=no-keyring' },
  { name: 'locked', query: 'fake=locked', real: true },
  { name: 'prompt', query: 'fake&window=prompt', prompt: true, real: true },
  { name: 'prompt-demands', query: 'fake=demands&window=prompt', prompt: true },
  { name: 'prompt-hostile', query: 'fake=hostile&window=prompt', prompt: true },
  { name: 'prompt-nothing', query: 'fake=calm&window=prompt', prompt: true },
];

const pages = ['accounts', 'programs', 'matrix', 'activity', 'routes', 'settings', 'diagnostics'] as const;

/** Nothing there yet, and nothing that can be read. */
export const states: readonly Scene[] = pages.flatMap((page) => [
  { name: `${page}-empty`, query: `fake=empty&page=${page}` },
  { name: `${page}-broken`, query: `fake=broken&page=${page}` },
]);

/** What else has words of its own: providers that say more, what failed, the rest of the questions. */
export const wordy: readonly Scene[] = [
  ...['google', 'github', 'gitlab', 'facebook', 'keycloak', 'microsoft', 'demo'].map((provider) => ({
    name: `add-${provider}`,
    query: 'fake=calm&page=add_account',
    clicks: [`provider-${provider}`],
  })),
  {
    name: 'another',
    query: 'fake=calm&page=add_account',
    clicks: ['provider-gitlab', 'another'],
  },
  {
    name: 'signed-in',
    query: 'fake=calm&page=add_account',
    clicks: ['provider-house', 'sign-in', 'see sign-in-done'],
  },
  {
    name: 'sign-in-failed',
    query: 'fake=fails&page=add_account',
    clicks: ['provider-house', 'sign-in', 'see sign-in-retry'],
  },
  {
    name: 'pasted-wrong',
    query: 'fake=waits&page=add_account',
    clicks: [
      'provider-house',
      'sign-in',
      'browser-elsewhere',
      'pasted',
      'type nothing',
      'paste',
      'see failure',
    ],
  },
  { name: 'account-ill', query: 'fake=calm', clicks: ['account-toggle-acc-google-home'] },
  { name: 'account-away', query: 'fake=calm', clicks: ['account-toggle-acc-google-work'] },
  {
    name: 'account-removed',
    query: 'fake=calm',
    clicks: ['account-toggle-acc-github', 'remove-account-acc-github', 'confirm', 'see removed'],
  },
  {
    name: 'second-sign-in',
    query: 'fake=calm',
    clicks: ['account-toggle-acc-github', 'separate-acc-github'],
  },
  { name: 'end-second', query: 'fake=calm', clicks: ['account-toggle-acc-github', 'end-grant-2'] },
  ...['app-notes', 'app-tb', 'app-odd'].map((app) => ({
    name: app,
    query: 'fake=calm&page=programs',
    clicks: [`app-toggle-${app}`],
  })),
  {
    name: 'remove-program',
    query: 'fake=calm&page=programs',
    clicks: ['app-toggle-app-gh', 'remove-app-app-gh'],
  },
  {
    name: 'withdraw-all',
    query: 'fake=calm&page=programs',
    clicks: ['app-toggle-app-gh', 'revoke-app-app-gh'],
  },
  {
    name: 'withdraw-scope',
    query: 'fake=calm&page=programs',
    clicks: ['app-toggle-app-gh', 'revoke-scope-con-1-repo'],
  },
  {
    name: 'let-ask-again',
    query: 'fake=calm&page=programs',
    clicks: ['app-toggle-app-odd', 'revoke-consent-con-4'],
  },
  {
    name: 'registered',
    query: 'fake=calm&page=programs',
    clicks: [
      'register',
      'register-name',
      'type Mill',
      'register-addresses',
      'type http://127.0.0.1/',
      'register-save',
      'see registered-done',
    ],
  },
  ...[200, 199, 198, 197, 196, 195, 194, 193].map((event) => ({
    name: `event-${event}`,
    query: 'fake=calm&page=activity',
    clicks: [`open-event-${event}`],
  })),
  {
    name: 'route-explained',
    query: 'fake=calm&page=routes',
    clicks: ['explain-directory', 'type /home/mira/mill/x', 'explain', 'see explained'],
  },
  {
    name: 'route-none',
    query: 'fake=calm&page=routes',
    clicks: ['explain-host', 'type x.example', 'explain', 'see explained'],
  },
  { name: 'no-policy', query: 'fake=no-policy&page=settings' },
  { name: 'broken-policy', query: 'fake=broken-policy&page=settings' },
  { name: 'locked-keyring', query: 'fake=locked-keyring' },
  {
    name: 'wrong-passphrase',
    query: 'fake=locked',
    clicks: ['passphrase', 'type wrong', 'key Enter', 'see failure'],
  },
  {
    name: 'demo-run',
    query: 'fake=calm&page=demo',
    clicks: ['demo-start', 'see sign-in-done', 'sign-in-done', 'demo-program', 'see demo-finished'],
  },
  { name: 'prompt-second', query: 'fake&window=prompt', clicks: ['prompt-deny'], prompt: true },
  {
    name: 'prompt-command',
    query: 'fake&window=prompt',
    clicks: ['prompt-deny', 'see prompt', 'prompt-deny', 'see prompt'],
    prompt: true,
  },
];
