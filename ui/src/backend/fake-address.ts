/** Chooses a state of the fake by the page's address, e.g. `?fake=first&page=activity&lang=de&theme=dark`. */
import { languageOf, speak } from '../i18n';
import { pseudo } from '../i18n/pseudo';
import type { Page } from './control';
import { accessPrompt, evidence, fakeActivity, fakeApps } from './fake-data';
import { failure, FakeBackend, type FakeOptions } from './fake';

/** What the person's settings and an administrator's policy can add to a question. */
const demanding = accessPrompt('p-d', {
  app_name: 'Rеlease-notes',
  delivery: 'release',
  release_note:
    'GitHub’s own token leaves Keylodge: whoever holds it can use it. Keylodge cannot end it: it runs out by itself within 8 hours, even if you withdraw what you allow or lock.',
  passphrase: { release: true, high_risk: false, always: false },
  conditions: {
    session: '/dev/pts/3',
    directory: '/home/mira/src/release-notes',
    host: null,
    forwarded: false,
  },
  looks_like: ['release-notes'],
  route: '/home/mira/src/release-notes is in /home/mira/src',
  because: 'A release has to be allowed each time: the policy of Mill IT says so.',
});

const states: Record<string, FakeOptions> = {
  first: { status: { vault: 'absent', demo: false }, accounts: [], apps: [], activity: [], prompts: [] },
  'no-keyring': {
    status: {
      vault: 'absent',
      demo: false,
      keyring: { is: 'unavailable', why: 'No keyring service runs in this session.' },
    },
    accounts: [],
    apps: [],
    activity: [],
    prompts: [],
  },
  locked: { status: { vault: 'locked_by_passphrase' } },
  'locked-keyring': { status: { vault: 'locked_by_keyring' }, prompts: [] },
  empty: { status: { demo: false }, accounts: [], apps: [], activity: [], prompts: [] },
  calm: { prompts: [] },
  waits: { signIn: 'waits' },
  fails: { signIn: 'fails' },
  demands: { prompts: [demanding], phrase: 'seven blue herons' },
  'no-policy': {
    policy: {
      file: '/etc/keylodge/policy.toml',
      present: false,
      set_by: '',
      contact: '',
      broken: '',
      rules: [],
    },
  },
  'broken-policy': {
    policy: {
      file: '/etc/keylodge/policy.toml',
      present: true,
      set_by: '',
      contact: '',
      broken: 'line 3: “forever” is no length of time.',
      rules: [],
    },
  },
  hostile: {
    prompts: [
      accessPrompt('p-h', {
        app_name: `\u202Egpj.exe ${'A'.repeat(10_000)}`,
        purpose: `<img src=x onerror=alert(1)> ${'лонг '.repeat(600)}`,
        evidence: evidence({
          file: `/home/${'x'.repeat(4000)}/bin`,
          command_line: 'y'.repeat(5000),
          started_by: Array.from({ length: 60 }, (_, n) => `parent-${n}`),
          warning: 'It asks from another computer (ssh agent forwarding).',
        }),
      }),
    ],
  },
};

/** What pages read when they open. */
const LISTS = [
  'account_list',
  'app_list',
  'activity_query',
  'provider_list',
  'route_list',
  'settings_list',
  'policy_show',
  'diagnostics',
] as const;

const MANY_PROGRAMS = 1_000;
const MANY_EVENTS = 100_000;

/** As much as a long life brings together. */
function many(): FakeOptions {
  const [apps, activity] = [fakeApps(), fakeActivity()];
  return {
    prompts: [],
    apps: Array.from({ length: MANY_PROGRAMS }, (_, n) => {
      const app = apps[n % apps.length]!;
      const consents = app.consents.map((consent) => ({
        ...consent,
        id: `${consent.id}-${n}`,
        app: `app-${n}`,
      }));
      return { ...app, id: `app-${n}`, name: `${app.name} ${n}`, consents };
    }),
    activity: Array.from({ length: MANY_EVENTS }, (_, n) => {
      const event = activity[n % activity.length]!;
      return { ...event, id: MANY_EVENTS - n, at: activity[0]!.at - n * 300 };
    }),
  };
}

export function fakeFromAddress(address: Location): FakeBackend {
  const asked = new URLSearchParams(address.search);
  const named = asked.get('fake') ?? '';
  const state = named === 'many' ? many() : (states[named] ?? {});
  const language = asked.get('lang');
  if (language) speak(language === 'rtl' ? pseudo() : languageOf(language));
  const fake = new FakeBackend({
    pace: Number(asked.get('pace') ?? 400),
    ...state,
    page: (asked.get('page') ?? 'accounts') as Page,
    theme: asked.get('theme') ?? 'system',
    window: asked.get('window') === 'prompt' ? 'prompt' : 'main',
  });
  if (asked.get('fake') === 'broken')
    for (const ask of LISTS)
      fake.failNext.set(
        ask,
        failure(
          'internal',
          'The vault could not be read.',
          'Run “keylodge doctor” and look for the id below.',
        ),
      );
  return fake;
}
