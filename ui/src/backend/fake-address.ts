/** Chooses a state of the fake by the page's address, e.g. `?fake=first`, `?fake&window=prompt`. */
import { accessPrompt, evidence } from './fake-data';
import { failure, FakeBackend, type FakeOptions } from './fake';

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

export function fakeFromAddress(address: Location): FakeBackend {
  const asked = new URLSearchParams(address.search);
  const state = states[asked.get('fake') ?? ''] ?? {};
  const fake = new FakeBackend({
    pace: 400,
    ...state,
    window: asked.get('window') === 'prompt' ? 'prompt' : 'main',
  });
  if (asked.get('fake') === 'broken')
    for (const ask of ['account_list', 'app_list', 'activity_list', 'provider_list'] as const)
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
