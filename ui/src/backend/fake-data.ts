/** Plausible data for the fake backend: development and tests only. */
import type {
  AccountView,
  ActivityView,
  AppView,
  ConsentView,
  DemoStep,
  DeviceCodeView,
  EvidenceView,
  Health,
  HealthState,
  LeaseView,
  PromptView,
  ProviderView,
  RegistrationView,
  Risk,
  Said,
  ScopeAccess,
  ScopeView,
  SignInView,
  Status,
} from './control';
import { both, linesOf, named, type Told } from './fake-said';

const seconds = () => Math.floor(Date.now() / 1000);

export function scope(
  name: string,
  words: string,
  service: string,
  access: ScopeAccess = 'read',
  risk: Risk = 'low',
  preset = false,
): ScopeView {
  return { scope: name, words, service, access, risk, preset, known: access !== 'unknown' };
}

const GOOGLE = 'https://www.googleapis.com/auth/';
export const google = {
  openid: scope('openid', 'Know which Google account this is', 'Profile', 'identity', 'low', true),
  email: scope('email', 'See your e-mail address', 'Profile', 'identity', 'low', true),
  calendarRead: scope(
    `${GOOGLE}calendar.readonly`,
    'See your calendars and everything in them',
    'Calendar',
    'read',
    'medium',
    true,
  ),
  calendarWrite: scope(
    `${GOOGLE}calendar.events`,
    'See, add, change and delete events in all your calendars',
    'Calendar',
    'write',
    'high',
  ),
  mailRead: scope(
    `${GOOGLE}gmail.readonly`,
    'Read all your mail and its settings',
    'Gmail',
    'read',
    'medium',
  ),
  mailSend: scope(`${GOOGLE}gmail.send`, 'Send mail in your name', 'Gmail', 'write', 'high'),
  driveFile: scope(
    `${GOOGLE}drive.file`,
    "See, change and delete only the files that were made or opened through Keylodge's sign-in",
    'Drive',
    'write',
    'low',
    true,
  ),
  driveRead: scope(`${GOOGLE}drive.readonly`, 'See and download all your files', 'Drive', 'read', 'medium'),
};
export const github = {
  user: scope('read:user', 'See your profile', 'Profile', 'identity', 'low', true),
  repo: scope(
    'repo',
    'Read and write all your repositories, private ones included, with issues, pull requests and settings',
    'Repositories',
    'write',
    'high',
    true,
  ),
  packages: scope('read:packages', 'Download packages', 'Packages', 'read', 'low'),
  workflow: scope(
    'workflow',
    'Change the workflows that run in your repositories',
    'Actions',
    'write',
    'high',
  ),
  gist: scope('gist', 'Read and write your gists, secret ones included', 'Gists', 'write', 'medium'),
};
const demo = {
  openid: scope('openid', 'Know that it is you', 'Profile', 'identity', 'low', true),
  read: scope('photos.read', 'Look at your photos', 'Photos', 'read', 'medium', true),
  write: scope('photos.write', 'Add and change your photos', 'Photos', 'write', 'high', true),
};

function provider(
  id: string,
  name: string,
  mark: string,
  colour: string,
  more: Partial<ProviderView> = {},
): ProviderView {
  return {
    id,
    name,
    mark,
    colour,
    group: 'Popular',
    own: false,
    template: null,
    inputs: [],
    sign_in: ['code'],
    comes_back: 'loopback',
    registers_itself: false,
    secret_optional: false,
    presets: [],
    narrowing: [{ way: 'gateway_rules', sure: true }],
    revocation: 'standard',
    withdraw_page: null,
    health: { testing_days: null, secret_days: null, registration_days: null, user_cap: null },
    facts: { checked: '2026-11', sure: 'high', sources: [], open: [] },
    needs_client_id: true,
    needs_client_secret: false,
    has_client: false,
    client_known: null,
    guide: [],
    redirect_hint: 'http://127.0.0.1:5395/callback',
    scopes: [scope('openid', 'Know which account this is', 'Profile', 'identity', 'low', true)],
    limits: [],
    gateway: true,
    issuer: null,
    loopback_issuer: `http://127.0.0.1:5395/${id}`,
    offer: null,
    ...more,
  };
}

export const fakeProviders = (): ProviderView[] => [
  provider('google', 'Google', 'G', '#3367d6', {
    needs_client_secret: true,
    health: { testing_days: 7, secret_days: null, registration_days: null, user_cap: 100 },
    scopes: Object.values(google),
    issuer: 'https://accounts.google.com',
    limits: [
      'While your Google project is in testing, Google ends every sign-in after seven days. Publish the project to keep it.',
      "On Google's page you may untick things: Keylodge sees what you left, and says so.",
    ],
    guide: [
      {
        text: 'Open the Google Cloud console and make a project, or choose one of yours. Its name is up to you.',
        copy: null,
        link: 'https://console.cloud.google.com/apis/credentials',
      },
      {
        text: 'Under “Clients”, make a client of the type “Desktop app”. No redirect address is needed for this type.',
        copy: null,
        link: null,
      },
      {
        text: 'Under “Google Auth Platform”, say what the project is called, choose “External”, and add your own address as a test user.',
        copy: 'Keylodge on my laptop',
        link: null,
      },
      {
        text: 'Copy the client id and the client secret from there into the two fields here. Google asks desktop programs for the secret, too; Keylodge seals it.',
        copy: null,
        link: null,
      },
    ],
  }),
  provider('microsoft', 'Microsoft', 'M', '#0f6cbd', {
    limits: ['Your organisation may have to approve the sign-in first.'],
  }),
  provider('github', 'GitHub', 'GH', '#24292f', {
    scopes: Object.values(github),
    has_client: true,
    client_known: { has_secret: true, secret_ends: null, testing: null },
    limits: [
      'GitHub has no read-only access to private repositories: “All repositories” can also write. Through the gateway a program can be kept to reading.',
    ],
    guide: [
      {
        text: "Open GitHub's page for a new OAuth app. The name is up to you; as homepage enter any address of yours.",
        copy: null,
        link: 'https://github.com/settings/applications/new',
      },
      {
        text: 'As “Authorization callback URL” enter this address, and register the app.',
        copy: 'http://127.0.0.1:5395/callback',
        link: null,
      },
    ],
  }),
  provider('gitlab', 'GitLab', 'GL', '#c2410c', {
    inputs: [{ id: 'host', label: 'GitLab’s host', example: 'gitlab.example.org', default: 'gitlab.com' }],
    guide: [
      {
        text: 'Open your applications at GitLab and choose “Add new application”. Its name is up to you.',
        copy: null,
        link: 'https://gitlab.com/-/user_settings/applications',
      },
    ],
  }),
  provider('amazon', 'Amazon', 'a', '#9a5b00'),
  provider('facebook', 'Facebook', 'f', '#1660cf', {
    limits: ['A sign-in lasts about sixty days; then you sign in again. There is no way to renew it.'],
  }),
  provider('x', 'X (Twitter)', 'X', '#111111'),
  provider('slack', 'Slack', 'S', '#611f69', { group: 'More' }),
  provider('dropbox', 'Dropbox', 'D', '#0050d0', { group: 'More' }),
  provider('okta', 'Okta', 'O', '#1f3fae', { group: 'More' }),
  provider('openam', 'OpenAM', 'AM', '#5f6b2d', { group: 'More' }),
  provider('keycloak', 'Keycloak', 'KC', '#00697f', {
    group: 'More',
    template: 'inputs',
    inputs: [
      { id: 'host', label: 'Keycloak’s host', example: 'sso.example.org', default: null },
      { id: 'base', label: 'Path before /realms (old installations: /auth)', example: '/auth', default: '' },
    ],
    limits: ['Someone who may change the realm has to make a client for Keylodge: the guide says how.'],
  }),
  provider('any-issuer', 'OpenID Connect issuer', 'ID', '#6b4fa3', { group: 'Any', template: 'issuer' }),
  provider('any-by-hand', 'Another provider', '…', '#57606a', { group: 'Any', template: 'by_hand' }),
  provider('house', 'House login', 'H', '#0b7261', {
    group: 'Own',
    own: true,
    needs_client_id: false,
    has_client: true,
    issuer: 'https://login.house.example',
  }),
  provider('mill', 'Mill Login', 'ML', '#6b4fa3', {
    group: 'Own',
    own: true,
    needs_client_id: false,
    offer: {
      file: 'mill.toml',
      shown: 'what-stands-in-mill.toml',
      changed: false,
      sign_in: ['login.mill.example'],
      secrets: ['login.mill.example', 'tokens.mill.example'],
      api: ['api.mill.example'],
      new: [],
      ends_sign_ins: false,
    },
  }),
  provider('demo', 'Demo provider', 'D', '#8a6410', {
    group: 'Demo',
    needs_client_id: false,
    scopes: Object.values(demo),
  }),
];

const ill = (state: HealthState, [reason, said]: Told): Health => ({
  state,
  reason,
  said,
  mend: state === 'needs_sign_in' ? 'sign_in_again' : 'wait',
});

/** An account's own sign-in, or a second one. */
export const fakeSignIn = (scopes: ScopeView[], more: Partial<SignInView> = {}): SignInView => ({
  id: 'grant-1',
  separate: false,
  scopes,
  since: seconds(),
  works: true,
  apps: [],
  released_to: [],
  ...more,
});

export const fakeAccounts = (): AccountView[] => [
  {
    id: 'acc-github',
    provider: 'github',
    provider_name: 'GitHub',
    mark: 'GH',
    colour: '#24292f',
    label: 'GitHub',
    name: 'mira-keller',
    health: { state: 'working', reason: '' },
    scopes: [github.user, github.repo, github.packages],
    added_at: seconds() - 86400 * 41,
    gateway_url: 'http://127.0.0.1:5395/gateway/acc-github/',
    apps: ['gh', 'release-notes'],
    sign_ins: [
      fakeSignIn([github.user, github.repo, github.packages], {
        since: seconds() - 86400 * 12,
        apps: ['gh'],
        released_to: ['gh'],
      }),
      fakeSignIn([github.user, github.packages], {
        id: 'grant-2',
        separate: true,
        since: seconds() - 86400 * 3,
        apps: ['release-notes'],
        released_to: ['release-notes'],
      }),
    ],
    parts: [github.user, github.repo, github.packages],
    narrowing: [
      { way: 'separate_grant', sure: true, tried: true },
      { way: 'gateway_rules', sure: true },
    ],
  },
  {
    id: 'acc-google-home',
    provider: 'google',
    provider_name: 'Google',
    mark: 'G',
    colour: '#3367d6',
    label: 'Home',
    name: 'mira.keller@mail.example',
    health: ill('needs_sign_in', named('cause.password_changed', { provider: 'Google' })),
    scopes: [google.openid, google.email, google.calendarRead, google.calendarWrite, google.driveFile],
    added_at: seconds() - 86400 * 120,
    gateway_url: 'http://127.0.0.1:5395/gateway/acc-google-home/',
    apps: ['Thunderbird'],
    sign_ins: [fakeSignIn([google.openid, google.calendarWrite], { works: false, apps: ['Thunderbird'] })],
  },
  {
    id: 'acc-google-work',
    provider: 'google',
    provider_name: 'Google',
    mark: 'G',
    colour: '#3367d6',
    label: 'Work',
    name: 'm.keller@mill.example',
    health: ill('provider_away', named('health.silent')),
    scopes: [google.openid, google.calendarRead],
    added_at: seconds() - 86400 * 9,
    gateway_url: '',
    apps: [],
    sign_ins: [fakeSignIn([google.openid, google.calendarRead], { since: seconds() - 86400 * 9 })],
    narrowing: [
      { way: 'refresh', sure: false, fails: true, tried: true },
      { way: 'separate_grant', sure: false },
      { way: 'gateway_rules', sure: true },
    ],
  },
];

export const evidence = (more: Partial<EvidenceView> = {}): EvidenceView => ({
  file: '/usr/bin/gh',
  script: null,
  command_line: 'gh repo list --limit 50',
  hash: '9f2c41d07ab3e8f6',
  user_writable: false,
  changed: false,
  started_by: ['bash', 'gnome-terminal'],
  terminal: '/dev/pts/3',
  warning: '',
  ...more,
});

export function consent(id: string, more: Partial<ConsentView> = {}): ConsentView {
  return {
    id,
    app: 'app-gh',
    app_name: 'gh',
    account: 'acc-github',
    account_label: 'GitHub',
    provider: 'github',
    scopes: [github.user, github.repo],
    allows: true,
    delivery: 'gateway',
    duration: { for: 'seconds', seconds: 2592000 },
    since: seconds() - 86400 * 3,
    until: seconds() + 86400 * 27,
    last_used: seconds() - 240,
    uses: 48,
    note: '',
    conditions: { session: null, directory: null, host: null, forwarded: false },
    asks_each_time: false,
    by_policy: false,
    lapses: null,
    ...more,
  };
}

/** A program that was registered, and that nobody has seen yet. */
export const fakeRegistered = (name: string, registration: RegistrationView): AppView => ({
  id: 'app-by-hand',
  client_id: 'kl-7hQwMd3x',
  name,
  registered: true,
  registration,
  evidence: null,
  registered_at: seconds(),
  last_used: null,
  consents: [],
});

export const fakeApps = (): AppView[] => [
  {
    id: 'app-gh',
    client_id: 'kl-5pQ2vYc8',
    name: 'gh',
    registered: false,
    evidence: evidence(),
    registered_at: seconds() - 86400 * 40,
    last_used: seconds() - 240,
    consents: [consent('con-1')],
  },
  {
    id: 'app-notes',
    client_id: 'kl-Zr81mTaa',
    name: 'release-notes',
    registered: true,
    evidence: evidence({
      file: '/usr/bin/python3.12',
      script: '/home/mira/src/release-notes/notes.py',
      command_line: 'python3 notes.py --since v2.1',
      user_writable: true,
      started_by: ['make', 'bash', 'code'],
    }),
    registered_at: seconds() - 86400 * 12,
    last_used: seconds() - 86400,
    consents: [
      consent('con-2', {
        app: 'app-notes',
        app_name: 'release-notes',
        scopes: [github.packages],
        delivery: 'release',
        duration: { for: 'until_lock' },
        until: null,
        uses: 1,
        last_used: seconds() - 86400,
      }),
    ],
  },
  {
    id: 'app-tb',
    client_id: 'kl-Lq07xKw1',
    name: 'Thunderbird',
    registered: true,
    evidence: evidence({
      file: '/usr/lib/thunderbird/thunderbird',
      command_line: 'thunderbird',
      started_by: ['gnome-shell'],
      terminal: null,
    }),
    registered_at: seconds() - 86400 * 90,
    last_used: seconds() - 86400 * 11,
    consents: [
      consent('con-3', {
        app: 'app-tb',
        app_name: 'Thunderbird',
        account: 'acc-google-home',
        account_label: 'Home',
        provider: 'google',
        scopes: [google.calendarRead, google.calendarWrite],
        duration: { for: 'always' },
        until: null,
        note: 'Keeps my calendar in step; set up in March.',
        lapses: seconds() + 86400 * 79,
        uses: 902,
        last_used: seconds() - 86400 * 11,
      }),
    ],
  },
  {
    id: 'app-odd',
    client_id: 'kl-Pp3nB0yh',
    name: 'sync-everything',
    registered: false,
    evidence: evidence({
      file: '/tmp/.x/sync',
      command_line: './sync',
      user_writable: true,
      started_by: ['sh'],
      terminal: null,
    }),
    registered_at: seconds() - 86400 * 2,
    last_used: null,
    consents: [
      consent('con-4', {
        app: 'app-odd',
        app_name: 'sync-everything',
        scopes: [],
        allows: false,
        duration: { for: 'always' },
        until: null,
        uses: 0,
        last_used: null,
      }),
    ],
  },
];

export const fakeLeases = (): LeaseView[] => [
  {
    id: 'lease-1',
    app: 'app-gh',
    app_name: 'gh',
    account: 'acc-github',
    account_label: 'GitHub',
    scopes: [github.user, github.repo],
    delivery: 'gateway',
    release: null,
    since: seconds() - 240,
    until: seconds() + 3360,
  },
];

/** Why an event came so, by its kind. */
type Seed = [
  before: number,
  kind: string,
  told: Told,
  tone: string,
  app: string | null,
  account: string | null,
  failure?: string,
  because?: Told,
];

const events = (): Seed[] => [
  [
    240,
    'token.issued',
    named('event.handed_out', { scopes: 'repo' }),
    'good',
    'gh',
    'GitHub',
    undefined,
    named('because.consent', { consent: 'con-1' }),
  ],
  [
    900,
    'consent.denied',
    named('event.denied', { scopes: 'repo workflow' }),
    'refused',
    'sync-everything',
    'GitHub',
    undefined,
    named('because.nothing'),
  ],
  [
    1000,
    'program',
    named('event.app_registered', { app: 'sync-everything' }),
    'info',
    'sync-everything',
    null,
  ],
  [
    5400,
    'failed',
    named('cause.password_changed', { provider: 'Google' }),
    'refused',
    null,
    'Home',
    'f-7Q2M1K',
  ],
  [
    7200,
    'settings',
    named('event.setting_set_to', {
      setting: { message: 'setting.desktop.theme', with: {} },
      value: { message: 'choice.dark', with: {} },
    }),
    'info',
    null,
    null,
  ],
  [
    86000,
    'token.ended',
    named('event.ended_by_hand', { scopes: 'read:packages' }),
    'info',
    'release-notes',
    'GitHub',
  ],
  [
    86400,
    'token.issued',
    named('event.released', { scopes: 'read:packages' }),
    'good',
    'release-notes',
    'GitHub',
    undefined,
    named('because.consent', { consent: 'con-2' }),
  ],
  [
    86500,
    'consent.allowed',
    named('event.allowed', { how: { message: 'how.window', with: {} }, scopes: 'read:packages' }),
    'good',
    'release-notes',
    'GitHub',
  ],
  [
    90000,
    'failed',
    named('refusal.request', { word: 'insufficient_scope' }),
    'refused',
    'gh',
    'GitHub',
    'f-0A93PX',
  ],
];

export const fakeActivity = (): ActivityView[] => {
  const older = Array.from({ length: 90 }, (_, n): ActivityView => ({
    id: 100 - n,
    at: seconds() - 172800 - n * 5000,
    kind: 'token.issued',
    ...sentence(named('event.handed_out', { scopes: n % 3 === 0 ? google.calendarRead.scope : 'repo' })),
    tone: 'good',
    app_name: n % 3 === 0 ? 'Thunderbird' : 'gh',
    account_label: n % 3 === 0 ? 'Home' : 'GitHub',
    failure: null,
    app: n % 3 === 0 ? 'app-tb' : 'app-gh',
    account: n % 3 === 0 ? 'acc-google-home' : 'acc-github',
    scopes: n % 3 === 0 ? [google.calendarRead.scope] : ['repo'],
    because: '',
  }));
  const ids: Record<string, string> = {
    gh: 'app-gh',
    'release-notes': 'app-notes',
    'sync-everything': 'app-odd',
    GitHub: 'acc-github',
    Home: 'acc-google-home',
  };
  const recent = events().map(
    ([before, kind, told, tone, app_name, account_label, failure, because], n): ActivityView => ({
      id: 200 - n,
      at: seconds() - before,
      kind,
      ...sentence(told),
      tone,
      app_name,
      account_label,
      failure: failure ?? null,
      app: (app_name && ids[app_name]) ?? null,
      account: (account_label && ids[account_label]) ?? null,
      scopes: kind.startsWith('token') || kind === 'failed' ? ['repo'] : [],
      because: because?.[0] ?? '',
      ...(because && { because_said: because[1] }),
    }),
  );
  return [...recent, ...older];
};

const sentence = ([text, said]: Told) => ({ sentence: text, said });

export const fakeStatus = (): Status => ({
  version: '0.1.0',
  vault: 'open',
  keyring: { is: 'available' },
  has_passphrase: true,
  url: 'http://127.0.0.1:5395',
  socket: '/run/user/1000/keylodge/api.sock',
  waiting: 0,
  display: true,
  accounts: 3,
  apps: 4,
  leases: 1,
  demo: true,
  paused_until: null,
  language: 'en',
  waiting_for_unlock: 0,
});

type AccessBody = Extract<PromptView['body'], { asks: 'access' }>;

export function accessPrompt(id: string, more: Partial<AccessBody> = {}): PromptView {
  return {
    id,
    shown: `hash-of-${id}`,
    asked_at: seconds(),
    expires_at: seconds() + 120,
    later: false,
    body: {
      asks: 'access',
      app: 'app-gh',
      app_name: 'gh',
      registered: true,
      nameless: false,
      evidence: evidence(),
      from_browser: false,
      redirect_host: '',
      provider_name: 'GitHub',
      accounts: [{ id: 'acc-github', label: 'GitHub', name: 'mira-keller', mark: 'GH', colour: '#24292f' }],
      scopes: [
        { scope: github.user, new: false },
        { scope: github.repo, new: false },
        { scope: github.packages, new: false },
      ],
      delivery: 'gateway',
      release_note: '',
      purpose: '',
      durations: [
        { for: 'seconds', seconds: 3600 },
        { for: 'once' },
        { for: 'seconds', seconds: 900 },
        { for: 'until_lock' },
        { for: 'always' },
      ],
      asked_before: false,
      because: named('because.nothing')[0],
      because_said: named('because.nothing')[1],
      passphrase: { release: false, high_risk: false, always: false },
      conditions: { session: null, directory: null, host: null, forwarded: false },
      route: '',
      looks_like: [],
      types_code: false,
      ...more,
    },
  };
}

function question([question, question_said]: Told, lines: Told[]) {
  const [details, details_said] = linesOf(lines);
  return { question, question_said, details, details_said };
}

/** What is told of a token that leaves. */
export function fakeRelease() {
  const provider = 'GitHub';
  const span: Said = { message: 'span.hours', with: { count: '8' } };
  const [release_note, release_said] = both(
    named('release.leaves', { provider }),
    named('release.ends_by_itself', { span }),
  );
  return { release_note, release_said };
}

export const fakePrompts = (): PromptView[] => [
  accessPrompt('p-1', {
    app_name: 'Calendar Sync',
    evidence: evidence({
      file: '/usr/bin/python3.12',
      script: '/home/mira/bin/calsync.py',
      command_line: 'python3 calsync.py --watch',
      user_writable: true,
      changed: true,
      started_by: ['bash', 'code', 'gnome-shell'],
    }),
    provider_name: 'Google',
    accounts: [
      {
        id: 'acc-google-home',
        label: 'Home',
        name: 'mira.keller@mail.example',
        mark: 'G',
        colour: '#3367d6',
      },
      { id: 'acc-google-work', label: 'Work', name: 'm.keller@mill.example', mark: 'G', colour: '#3367d6' },
    ],
    scopes: [
      { scope: google.email, new: false },
      { scope: google.calendarRead, new: false },
      { scope: google.calendarWrite, new: true },
      {
        scope: {
          scope: 'https://www.googleapis.com/auth/tasks.experimental',
          words: 'https://www.googleapis.com/auth/tasks.experimental',
          service: '',
          access: 'unknown',
          risk: 'high',
          preset: false,
          known: false,
        },
        new: true,
      },
    ],
    purpose: 'Keeps the team calendar and yours in step.',
    asked_before: true,
  }),
  accessPrompt('p-2', {
    delivery: 'release',
    ...fakeRelease(),
    from_browser: true,
    redirect_host: '127.0.0.1:8912',
    evidence: null,
  }),
  {
    id: 'p-3',
    shown: 'hash-of-p-3',
    asked_at: seconds(),
    expires_at: seconds() + 60,
    later: false,
    body: {
      asks: 'action',
      ...question(named('ask.restore'), [
        named('line.file', { value: '~/keylodge-2026-11-01.age' }),
        named('ask.replaces'),
      ]),
      evidence: evidence({
        file: '/usr/bin/keylodge',
        command_line: 'keylodge backup restore ~/keylodge-2026-11-01.age',
      }),
    },
  },
];

export const fakeDemoSteps = (): DemoStep[] => [
  {
    number: 0,
    title: 'The program finds the authorization server',
    tone: 'done',
    last: false,
    wire: ['GET /.well-known/oauth-authorization-server/demo', '200  issuer: http://127.0.0.1:5395/demo'],
  },
  {
    number: 0,
    title: 'It registers, as every program must',
    tone: 'done',
    last: false,
    wire: [
      'POST /demo/register',
      '{"client_name":"Demo program","redirect_uris":["http://127.0.0.1:41877/"]}',
      '201  client_id: kl-demo-3fa…',
    ],
  },
  {
    number: 1,
    title: 'The program asks you for access',
    tone: 'waiting',
    last: false,
    wire: [
      'GET /demo/authorize?response_type=code&client_id=kl-demo-3fa…&scope=photos.read%20photos.write',
      '     &code_challenge=9Xb…&code_challenge_method=S256&state=pQ…',
    ],
  },
  {
    number: 2,
    title: 'You said yes',
    tone: 'done',
    last: false,
    wire: ['granted  photos.read', 'refused  photos.write'],
  },
  {
    number: 3,
    title: 'The program receives an authorization code',
    tone: 'done',
    last: false,
    wire: ['302  http://127.0.0.1:41877/?code=kc_7…&state=pQ…&iss=http://127.0.0.1:5395/demo'],
  },
  {
    number: 4,
    title: 'It exchanges the code, with its PKCE verifier',
    tone: 'done',
    last: false,
    wire: ['POST /demo/token', 'grant_type=authorization_code&code=kc_7…&code_verifier=W1…'],
  },
  {
    number: 5,
    title: 'It holds an access token: short-lived and narrow',
    tone: 'done',
    last: false,
    wire: ['200  {"access_token":"kl_at_8…","token_type":"Bearer","expires_in":3600,"scope":"photos.read"}'],
  },
  {
    number: 6,
    title: 'It presents the token to a resource server, which validates it',
    tone: 'done',
    last: false,
    wire: ['GET /gateway/acc-demo/notes', 'Authorization: Bearer kl_at_8…'],
  },
  {
    number: 7,
    title: 'The resource is delivered',
    tone: 'done',
    last: false,
    wire: ['200  [{"id":1,"text":"Water the plants"}]'],
  },
  {
    number: 8,
    title: 'More than was granted',
    tone: 'refused',
    last: false,
    wire: ['POST /gateway/acc-demo/notes', '403  insufficient_scope'],
  },
  {
    number: 9,
    title: 'A stolen authorization code, without its verifier',
    tone: 'refused',
    last: false,
    wire: ['POST /demo/token', '400  invalid_grant'],
  },
  {
    number: 10,
    title: 'A token after it was revoked',
    tone: 'refused',
    last: true,
    wire: ['GET /gateway/acc-demo/notes', '401  invalid_token'],
  },
];

export const fakeDevice = (): DeviceCodeView => ({
  user_code: 'WDJB-MJHT',
  verification_uri: 'https://login.house.example/device',
  verification_uri_complete: 'https://login.house.example/device?user_code=WDJB-MJHT',
  expires_at: seconds() + 600,
  warning: '',
});

export const fakeDemoAccount = (): AccountView => ({
  id: 'acc-demo',
  provider: 'demo',
  provider_name: 'Demo provider',
  mark: 'D',
  colour: '#8a6410',
  label: 'Demo',
  name: 'ada@demo.example',
  health: { state: 'working', reason: '' },
  scopes: Object.values(demo),
  added_at: seconds(),
  gateway_url: 'http://127.0.0.1:5395/gateway/acc-demo/',
  apps: [],
  sign_ins: [fakeSignIn(Object.values(demo))],
});
