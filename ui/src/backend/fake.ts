/** A broker in memory, for development (`?fake`) and tests. Never part of the production bundle. */
import { STILL_MILLISECONDS, type Backend, type Unsubscribe, type WindowKind } from './backend';
import type {
  AccountView,
  ActivityView,
  Answer,
  AppView,
  Event,
  Failure,
  FailureCode,
  LeaseView,
  Page,
  PromptView,
  ProviderView,
  Request,
  SignInState,
  SignInStarted,
  Status,
} from './control';
import {
  fakeAccounts,
  fakeActivity,
  fakeApps,
  fakeDemoAccount,
  fakeDemoSteps,
  fakeLeases,
  fakePrompts,
  fakeProviders,
  fakeStatus,
} from './fake-data';

export const failure = (code: FailureCode, sentence: string, next = '', id = 'f-4K7TQ2'): Failure => ({
  code,
  sentence,
  next,
  id,
});

const PASSPHRASE = 'correct horse';

export interface FakeOptions {
  window?: WindowKind;
  status?: Partial<Status>;
  accounts?: AccountView[];
  apps?: AppView[];
  activity?: ActivityView[];
  prompts?: PromptView[];
  /** Milliseconds between the steps of the demo, and until a sign-in completes; 0 in tests. */
  pace?: number;
  /** How sign-ins end. */
  signIn?: 'completes' | 'fails' | 'waits';
}

export class FakeBackend implements Backend {
  readonly window: WindowKind;
  /** Every request, in order: what tests look at. */
  readonly asked: Request[] = [];
  status: Status;
  providers: ProviderView[] = fakeProviders();
  accounts: AccountView[];
  apps: AppView[];
  leases: LeaseView[] = fakeLeases();
  prompts: PromptView[];
  activity: ActivityView[];
  /** The next call of this kind fails with it. */
  failNext = new Map<Request['ask'], Failure>();

  private readonly pace: number;
  private readonly signInEnds: NonNullable<FakeOptions['signIn']>;
  private readonly handlers = new Set<(event: Event) => void>();
  private readonly disturbed = new Set<(milliseconds: number) => void>();
  private signIns = new Map<
    string,
    { account: AccountView; started: SignInStarted; cancelled?: () => void }
  >();

  constructor(options: FakeOptions = {}) {
    this.window = options.window ?? 'main';
    this.pace = options.pace ?? 0;
    this.signInEnds = options.signIn ?? 'completes';
    this.accounts = options.accounts ?? fakeAccounts();
    this.apps = options.apps ?? fakeApps();
    this.activity = options.activity ?? fakeActivity();
    this.prompts = options.prompts ?? fakePrompts();
    this.status = { ...fakeStatus(), waiting: this.prompts.length, ...options.status };
  }

  onEvent(handler: (event: Event) => void): Unsubscribe {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  initialPage(): Promise<Page> {
    return Promise.resolve('accounts');
  }

  onDisturbed(handler: (milliseconds: number) => void): Unsubscribe {
    this.disturbed.add(handler);
    return () => this.disturbed.delete(handler);
  }

  /** The window manager moved the window. */
  move(): void {
    for (const handler of this.disturbed) handler(STILL_MILLISECONDS);
  }

  emit(event: Event): void {
    for (const handler of this.handlers) handler(event);
  }

  async call(request: Request): Promise<Answer> {
    this.asked.push(request);
    await this.wait(Math.min(this.pace, 120));
    const fails = this.failNext.get(request.ask);
    if (fails) {
      this.failNext.delete(request.ask);
      throw fails;
    }
    return this.answer(request);
  }

  private answer(request: Request): Answer | Promise<Answer> {
    switch (request.ask) {
      case 'status':
        return { is: 'status', it: this.now() };
      case 'setup':
        return this.vault('open', { has_passphrase: request.lock.by === 'passphrase' });
      case 'unlock':
        if (this.status.vault === 'locked_by_passphrase' && request.passphrase !== PASSPHRASE)
          throw failure(
            'wrong_passphrase',
            'That is not the passphrase.',
            'Mind capital letters and the keyboard’s language.',
          );
        return this.vault('open');
      case 'lock':
        return this.vault('locked_by_passphrase');
      case 'panic':
        this.leases = [];
        this.prompts = [];
        return this.vault('locked_by_passphrase');
      case 'provider_list':
        return { is: 'providers', it: this.providers };
      case 'provider_show':
        return { is: 'provider', it: this.find(this.providers, request.provider) };
      case 'provider_add': {
        const added: ProviderView = {
          ...this.find(this.providers, 'house'),
          id: request.id,
          name: request.name,
          mark: request.name.slice(0, 1).toUpperCase(),
          needs_client_id: true,
          has_client: false,
          issuer: request.source.from === 'issuer' ? request.source.issuer : null,
        };
        this.providers = [...this.providers, added];
        return { is: 'provider', it: added };
      }
      case 'provider_remove':
        this.providers = this.providers.filter((known) => known.id !== request.provider);
        return this.done();
      case 'account_add':
        return {
          is: 'sign_in',
          it: this.begin(this.newAccount(request.provider, request.label, request.scopes)),
        };
      case 'account_reauth': {
        const account = this.find(this.accounts, request.account);
        return { is: 'sign_in', it: this.begin({ ...account, health: { state: 'working', reason: '' } }) };
      }
      case 'demo_start':
        this.status = { ...this.status, demo: true };
        return { is: 'sign_in', it: this.begin(fakeDemoAccount()) };
      case 'sign_in_show':
        return this.endSignIn(request.sign_in);
      case 'sign_in_cancel':
        this.signIns.get(request.sign_in)?.cancelled?.();
        return this.done();
      case 'account_list':
        return { is: 'accounts', it: this.accounts };
      case 'account_show':
        return { is: 'account', it: this.find(this.accounts, request.account) };
      case 'account_remove': {
        const gone = this.find(this.accounts, request.account);
        this.accounts = this.accounts.filter((account) => account !== gone);
        this.dropConsents((consent) => consent.account === gone.id);
        this.emit({ event: 'changed' });
        return {
          is: 'removed',
          it: { upstream: `${gone.provider_name} confirmed that the sign-in is revoked.` },
        };
      }
      case 'app_list':
        return { is: 'apps', it: this.apps };
      case 'app_show':
        return { is: 'app', it: this.find(this.apps, request.app) };
      case 'app_revoke':
        this.dropConsents((consent) => consent.app === request.app);
        return this.done();
      case 'app_remove':
        this.apps = this.apps.filter((app) => app.id !== request.app);
        this.leases = this.leases.filter((lease) => lease.app !== request.app);
        return this.done();
      case 'request_list':
        return { is: 'prompts', it: this.prompts };
      case 'request_show':
        return { is: 'prompt', it: this.find(this.prompts, request.request) };
      case 'request_decide': {
        const prompt = this.find(this.prompts, request.request);
        if (prompt.shown !== request.shown)
          throw failure('stale', 'The question has changed.', 'Read it again.');
        this.prompts = this.prompts.filter((other) => other !== prompt);
        this.emit({ event: 'prompts', waiting: this.prompts.length });
        return this.done();
      }
      case 'consent_list':
        return { is: 'consents', it: this.apps.flatMap((app) => app.consents) };
      case 'consent_show':
        return {
          is: 'consent',
          it: this.find(
            this.apps.flatMap((app) => app.consents),
            request.consent,
          ),
        };
      case 'consent_revoke':
        this.revoke(request.consent, request.scope);
        return this.done();
      case 'lease_list':
        return { is: 'leases', it: this.leases };
      case 'lease_revoke':
        this.leases = this.leases.filter((lease) => lease.id !== request.lease);
        return this.done();
      case 'activity_list': {
        const { before, limit } = request;
        const older = before === null ? this.activity : this.activity.filter((event) => event.id < before);
        return { is: 'activity', it: older.slice(0, limit) };
      }
      case 'demo_program':
        void this.runDemo();
        return this.done(false);
      case 'settings_list':
      case 'settings_set':
      case 'settings_reset':
        return { is: 'settings', it: [] };
      case 'activity_query':
        return { is: 'activity_page', it: { events: [], next: null } };
      case 'activity_counts':
        return { is: 'activity_counts', it: [] };
      case 'policy_show':
        return {
          is: 'policy',
          it: {
            file: '/etc/keylodge/policy.toml',
            present: false,
            set_by: '',
            contact: '',
            broken: '',
            rules: [],
          },
        };
      case 'diagnostics':
        return { is: 'diagnostics', it: [] };
      case 'route_list':
        return { is: 'routes', it: [] };
      case 'route_explain':
        return { is: 'route_explained', it: { leads: null, sentence: '', routes: [] } };
      case 'route_add':
      case 'consent_edit':
        throw failure('invalid_request', 'The demo data cannot do this yet.', '');
      case 'route_remove':
      case 'request_later':
      case 'pause':
      case 'resume':
        return { is: 'done' };
      case 'open':
      case 'watch':
        return this.done(false);
    }
  }

  private now(): Status {
    return {
      ...this.status,
      waiting: this.prompts.length,
      accounts: this.accounts.length,
      apps: this.apps.length,
      leases: this.leases.length,
    };
  }

  private done(changed = true): Answer {
    if (changed) this.emit({ event: 'changed' });
    return { is: 'done' };
  }

  private vault(vault: Status['vault'], more: Partial<Status> = {}): Answer {
    this.status = { ...this.status, ...more, vault };
    return this.done();
  }

  private find<T extends { id: string }>(among: T[], id: string): T {
    const found = among.find((one) => one.id === id);
    if (!found) throw failure('not_found', `There is no “${id}”.`);
    return found;
  }

  private newAccount(provider: string, label: string | null, scopes: string[]): AccountView {
    const at = this.find(this.providers, provider);
    return {
      ...fakeDemoAccount(),
      id: `acc-${provider}-${this.accounts.length}`,
      provider,
      provider_name: at.name,
      mark: at.mark,
      colour: at.colour,
      label: label ?? at.name,
      name: `mira@${provider}.example`,
      scopes: at.scopes.filter((scope) => scopes.includes(scope.scope)),
    };
  }

  private begin(account: AccountView): SignInStarted {
    const sign_in = `si-${this.signIns.size + 1}`;
    const started: SignInStarted = {
      sign_in,
      authorize_url: `https://login.example/authorize?client_id=keylodge&state=${sign_in}&code_challenge=Zp3yQ8m1vTqYl0sQe4k2Xw&code_challenge_method=S256`,
      redirect_uri: 'http://127.0.0.1:5395/callback',
      expires_at: Math.floor(Date.now() / 1000) + 600,
      browser_opened: true,
    };
    this.signIns.set(sign_in, { account, started });
    return started;
  }

  private async endSignIn(id: string): Promise<Answer> {
    const signIn = this.signIns.get(id);
    if (!signIn) throw failure('not_found', 'There is no such sign-in.');
    const end = (it: SignInState): Answer => ({ is: 'sign_in_state', it });
    const cancelled = new Promise<'cancelled'>((resolve) => (signIn.cancelled = () => resolve('cancelled')));
    const ended =
      this.signInEnds === 'waits' ? new Promise<never>(() => undefined) : this.wait(this.pace * 4);
    if ((await Promise.race([cancelled, ended])) === 'cancelled')
      return end({ state: 'failed', failure: failure('denied', 'You cancelled the sign-in.') });
    if (this.signInEnds === 'fails')
      return end({
        state: 'failed',
        failure: failure(
          'provider',
          'GitHub says that the client id is not known to it.',
          'Check the client id; it was entered when the account was added.',
        ),
      });
    const { account } = signIn;
    const known = this.accounts.some((other) => other.id === account.id);
    this.accounts = known
      ? this.accounts.map((other) => (other.id === account.id ? account : other))
      : [...this.accounts, account];
    this.emit({ event: 'changed' });
    return end({ state: 'completed', account, notes: [] });
  }

  private async runDemo(): Promise<void> {
    for (const step of fakeDemoSteps()) {
      await this.wait(this.pace);
      this.emit({ event: 'demo', ...step });
    }
  }

  private revoke(id: string, scope: string | null): void {
    if (scope === null) return this.dropConsents((consent) => consent.id === id);
    this.apps = this.apps.map((app) => ({
      ...app,
      consents: app.consents.map((consent) =>
        consent.id === id
          ? { ...consent, scopes: consent.scopes.filter((one) => one.scope !== scope) }
          : consent,
      ),
    }));
  }

  private dropConsents(which: (consent: AppView['consents'][number]) => boolean): void {
    const gone = this.apps.flatMap((app) => app.consents).filter(which);
    this.apps = this.apps.map((app) => ({
      ...app,
      consents: app.consents.filter((one) => !gone.includes(one)),
    }));
    this.leases = this.leases.filter(
      (lease) => !gone.some((one) => one.app === lease.app && one.account === lease.account),
    );
  }

  private wait(milliseconds: number): Promise<void> {
    return milliseconds > 0 ? new Promise((resolve) => setTimeout(resolve, milliseconds)) : Promise.resolve();
  }
}
