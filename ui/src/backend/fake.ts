/** A broker in memory, for development (`?fake`) and tests. Never part of the production bundle. */
import { locale } from '../i18n';
import { STILL_MILLISECONDS, type Backend, type Unsubscribe, type WindowKind } from './backend';
import type {
  AccountView,
  ActivityView,
  Answer,
  AppView,
  AutostartView,
  ConsentEdit,
  ConsentView,
  Event,
  Failure,
  FailureCode,
  Finding,
  LeaseView,
  Page,
  PolicyView,
  PromptView,
  ProviderView,
  Request,
  RouteView,
  SettingView,
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
  fakeDevice,
  fakeLeases,
  fakePrompts,
  fakeProviders,
  fakeRegistered,
  fakeSignIn,
  fakeStatus,
} from './fake-data';
import { linesOf, named, refusal } from './fake-said';
import { counted, explained, fakeFindings, fakePolicy, fakeRoutes, fakeSettings, fits } from './fake-person';

export const failure = (code: FailureCode, sentence: string, next = '', id = 'f-4K7TQ2'): Failure => ({
  code,
  sentence,
  next,
  id,
});

/** The most that the broker gives at once. */
const MOST_EVENTS = 500;
const PASSPHRASE = 'correct horse';

export interface FakeOptions {
  window?: WindowKind;
  status?: Partial<Status>;
  accounts?: AccountView[];
  providers?: ProviderView[];
  apps?: AppView[];
  activity?: ActivityView[];
  prompts?: PromptView[];
  policy?: PolicyView;
  routes?: RouteView[];
  findings?: Finding[];
  theme?: string;
  language?: string;
  phrase?: string;
  /** The page that the main window begins with. */
  page?: Page;
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
  providers: ProviderView[];
  accounts: AccountView[];
  apps: AppView[];
  leases: LeaseView[] = fakeLeases();
  prompts: PromptView[];
  activity: ActivityView[];
  settings: SettingView[] = fakeSettings();
  policy: PolicyView;
  routes: RouteView[];
  findings: Finding[];
  autostart: AutostartView = { on: false, file: '' };
  /** What the person chooses in the dialog for files. */
  chosenFile: string | null = null;
  /** How often the window that asks was brought into sight. */
  shown = 0;
  /** Passphrases that came with requests, in order. */
  readonly typed: string[] = [];
  /** The next call of this kind fails with it. */
  failNext = new Map<Request['ask'], Failure>();

  /** What the system speaks. */
  private readonly system = locale;
  private readonly page: Page;
  private readonly pace: number;
  private readonly signInEnds: NonNullable<FakeOptions['signIn']>;
  private readonly handlers = new Set<(event: Event) => void>();
  private readonly disturbed = new Set<(milliseconds: number) => void>();
  private signIns = new Map<
    string,
    { account: AccountView; started: SignInStarted; cancelled?: () => void; pasted?: () => void }
  >();

  constructor(options: FakeOptions = {}) {
    this.window = options.window ?? 'main';
    this.page = options.page ?? 'accounts';
    this.pace = options.pace ?? 0;
    this.signInEnds = options.signIn ?? 'completes';
    this.providers = options.providers ?? fakeProviders();
    this.accounts = options.accounts ?? fakeAccounts();
    this.apps = options.apps ?? fakeApps();
    this.activity = options.activity ?? fakeActivity();
    this.prompts = options.prompts ?? fakePrompts();
    this.policy = options.policy ?? fakePolicy();
    this.routes = options.routes ?? fakeRoutes();
    this.findings = options.findings ?? fakeFindings();
    if (options.theme) this.preset('desktop.theme', options.theme);
    if (options.language) this.preset('desktop.language', options.language);
    if (options.phrase) this.preset('prompt.phrase', options.phrase);
    this.status = { ...fakeStatus(), waiting: this.prompts.length, ...options.status };
  }

  onEvent(handler: (event: Event) => void): Unsubscribe {
    this.handlers.add(handler);
    return () => this.handlers.delete(handler);
  }

  initialPage(): Promise<Page> {
    return Promise.resolve(this.page);
  }

  private preset(key: string, value: string): void {
    this.settings = this.settings.map((setting) =>
      setting.key === key ? { ...setting, value, set: true } : setting,
    );
  }

  chooseFile(): Promise<string | null> {
    return Promise.resolve(this.chosenFile);
  }

  showPrompt(): Promise<void> {
    this.shown += 1;
    return Promise.resolve();
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

  async call(request: Request, passphrase?: string): Promise<Answer> {
    this.asked.push(request);
    if (passphrase !== undefined) this.typed.push(passphrase);
    await this.wait(Math.min(this.pace, 120));
    const fails = this.failNext.get(request.ask);
    if (fails) {
      this.failNext.delete(request.ask);
      throw fails;
    }
    return this.answer(request, passphrase);
  }

  private answer(request: Request, passphrase?: string): Answer | Promise<Answer> {
    switch (request.ask) {
      case 'status':
        return { is: 'status', it: this.now() };
      case 'setup':
        return this.vault('open', { has_passphrase: request.lock.by === 'passphrase' });
      case 'unlock':
        if (this.status.vault === 'locked_by_passphrase' && request.passphrase !== PASSPHRASE)
          throw refusal('wrong_passphrase', 'refusal.wrong_passphrase');
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
      case 'provider_reload':
        return { is: 'provider_files', it: { folder: '/home/mira/.config/keylodge/providers', files: [] } };
      case 'provider_add': {
        if (request.source.from === 'offered') {
          const accepted = { ...this.find(this.providers, request.id), offer: null };
          this.providers = this.providers.map((known) => (known.id === request.id ? accepted : known));
          return { is: 'provider', it: accepted };
        }
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
      case 'client_key':
        return {
          is: 'client_key',
          it: { jwk: '{"kty":"EC","crv":"P-256","x":"f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"}' },
        };
      case 'provider_client': {
        const { provider, secret_ends, testing } = request;
        this.providers = this.providers.map((known) =>
          known.id === provider
            ? { ...known, client_known: { has_secret: true, secret_ends, testing } }
            : known,
        );
        return this.done();
      }
      case 'client_secret': {
        if (!request.client_secret.includes('good'))
          throw failure('invalid_request', 'GitHub does not take this secret.', 'Nothing was changed.');
        this.accounts = this.accounts.map((account) =>
          account.provider === request.provider
            ? { ...account, health: { state: 'working', reason: '' } }
            : account,
        );
        return this.done();
      }
      case 'provider_remove':
        this.providers = this.providers.filter((known) => known.id !== request.provider);
        return this.done();
      case 'account_add':
        return {
          is: 'sign_in',
          it: this.begin(
            this.newAccount(request.provider, request.label, request.scopes),
            request.by?.by === 'device',
            this.find(this.providers, request.provider).comes_back,
          ),
        };
      case 'account_reauth': {
        const account = this.find(this.accounts, request.account);
        if (request.separate) {
          const scopes = (account.parts ?? []).filter((part) => request.scopes.includes(part.scope));
          const second = fakeSignIn(scopes, { id: `grant-${this.signIns.size + 3}`, separate: true });
          return {
            is: 'sign_in',
            it: this.begin({ ...account, sign_ins: [...account.sign_ins, second] }),
          };
        }
        return { is: 'sign_in', it: this.begin({ ...account, health: { state: 'working', reason: '' } }) };
      }
      case 'demo_start':
        this.status = { ...this.status, demo: true };
        return { is: 'sign_in', it: this.begin(fakeDemoAccount()) };
      case 'sign_in_show':
        return this.endSignIn(request.sign_in);
      case 'sign_in_paste':
        if (!request.pasted.includes('good')) throw refusal('invalid_request', 'sign_in.pasted_other');
        this.signIns.get(request.sign_in)?.pasted?.();
        return this.done();
      case 'sign_in_cancel':
        this.signIns.get(request.sign_in)?.cancelled?.();
        return this.done();
      case 'account_list':
        return { is: 'accounts', it: this.accounts };
      case 'account_show':
        return { is: 'account', it: this.find(this.accounts, request.account) };
      case 'account_end_separate': {
        const { account, sign_in } = request;
        const { provider_name } = this.find(this.accounts, account);
        this.accounts = this.accounts.map((one) =>
          one.id === account ? { ...one, sign_ins: one.sign_ins.filter(({ id }) => id !== sign_in) } : one,
        );
        this.emit({ event: 'changed' });
        return { is: 'removed', it: { upstream: `The sign-in was revoked at ${provider_name}, too.` } };
      }
      case 'account_remove': {
        const gone = this.find(this.accounts, request.account);
        this.accounts = this.accounts.filter((account) => account !== gone);
        this.dropConsents((consent) => consent.account === gone.id);
        this.emit({ event: 'changed' });
        const [upstream, said] = named('event.revoked_upstream', { provider: gone.provider_name });
        return { is: 'removed', it: { upstream, said } };
      }
      case 'app_list':
        return { is: 'apps', it: this.apps };
      case 'app_show':
        return { is: 'app', it: this.find(this.apps, request.app) };
      case 'app_register': {
        const { provider, name, redirect_uris, grants, resources } = request;
        const app = fakeRegistered(name, {
          redirect_uris,
          grants,
          resources,
          by_hand: true,
          confidential: false,
          issuer: `${this.status.url}/${provider}`,
        });
        this.apps = [...this.apps, app];
        this.emit({ event: 'changed' });
        return { is: 'app', it: app };
      }
      case 'app_revoke':
        this.dropConsents((consent) => consent.app === request.app);
        return this.done();
      case 'app_refuse':
        this.dropConsents(({ app, account }) => app === request.app && account === request.account);
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
        if (prompt.shown !== request.shown) throw refusal('stale', 'refusal.stale');
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
      case 'demo_program':
        void this.runDemo();
        return this.done(false);
      case 'audit_verify':
        return {
          is: 'audit_verified',
          it: { events: 200, unchained: 0, broken_at: null, sentence: 'All 200 events fit.' },
        };
      case 'autostart_show':
        return { is: 'autostart', it: this.autostart };
      case 'autostart_set':
        this.autostart = {
          on: request.on,
          file: request.on ? '/home/mira/.config/autostart/keylodge.desktop' : '',
        };
        return { is: 'autostart', it: this.autostart };
      case 'passphrase_set':
        this.demand(passphrase);
        return this.vault('open', { has_passphrase: true });
      case 'backup_create':
        this.demand(passphrase);
        return this.done(false);
      case 'backup_restore':
        if (this.accounts.length > 0) this.demand(passphrase);
        return this.done();
      case 'activity_export':
        return this.done(false);
      case 'open':
      case 'watch':
        return this.done(false);
      case 'request_later':
        this.prompts = this.prompts.map((prompt) =>
          prompt.id === request.request ? { ...prompt, later: true } : prompt,
        );
        return this.done();
      case 'consent_edit':
        return { is: 'consent', it: this.edit(request.consent, request.edit) };
      case 'activity_query': {
        const events = this.activity.filter(fits(request.filter));
        const older = events.filter((event) => request.before === null || event.id < request.before);
        const page = older.slice(0, Math.min(request.limit, MOST_EVENTS));
        const next = older.length > page.length ? (page.at(-1)?.id ?? null) : null;
        return { is: 'activity_page', it: { events: page, next } };
      }
      case 'activity_counts':
        return {
          is: 'activity_counts',
          it: counted(this.activity.filter(fits(request.filter)), request.seconds),
        };
      case 'settings_list':
        return { is: 'settings', it: this.settings };
      case 'settings_set':
        if (request.key.startsWith('presence.') && request.value === 'off') this.demand(passphrase);
        return this.set((setting) =>
          setting.key === request.key ? { ...setting, value: request.value, set: true } : setting,
        );
      case 'settings_reset':
        return this.set((setting) =>
          request.key === null || setting.key === request.key
            ? { ...setting, value: setting.default, set: false }
            : setting,
        );
      case 'policy_show':
        return { is: 'policy', it: this.policy };
      case 'diagnostics':
        return { is: 'diagnostics', it: this.findings };
      case 'route_list':
        return { is: 'routes', it: this.routes };
      case 'route_add': {
        const account = this.find(this.accounts, request.account);
        const route: RouteView = {
          id: `route-${this.routes.length + 1}`,
          account: account.id,
          account_label: account.label,
          provider: account.provider,
          when: request.when,
          note: request.note,
        };
        this.routes = [...this.routes, route];
        this.emit({ event: 'changed' });
        return { is: 'route', it: route };
      }
      case 'route_remove':
        this.routes = this.routes.filter((route) => route.id !== request.route);
        return this.done();
      case 'route_explain':
        return { is: 'route_explained', it: explained(this.routes, request.at) };
      case 'pause':
        this.status = { ...this.status, paused_until: Math.floor(Date.now() / 1000) + request.seconds };
        return this.done();
      case 'resume':
        this.status = { ...this.status, paused_until: null };
        return this.done();
    }
  }

  /** A click is not enough where there is a passphrase. */
  private demand(passphrase: string | undefined): void {
    if (!this.status.has_passphrase || passphrase === PASSPHRASE) return;
    throw passphrase === undefined
      ? refusal('presence_needed', 'refusal.needs_passphrase')
      : refusal('wrong_passphrase', 'refusal.wrong_passphrase');
  }

  private set(change: (setting: SettingView) => SettingView): Answer {
    this.settings = this.settings.map(change);
    this.emit({ event: 'changed' });
    return { is: 'settings', it: this.settings };
  }

  private edit(id: string, edit: ConsentEdit): ConsentView {
    const old = this.find(
      this.apps.flatMap((app) => app.consents),
      id,
    );
    const edited: ConsentView = {
      ...old,
      scopes: old.scopes.filter((scope) => !edit.scopes || edit.scopes.includes(scope.scope)),
      duration: edit.duration ?? old.duration,
      conditions: edit.conditions ?? old.conditions,
      asks_each_time: edit.asks_each_time ?? old.asks_each_time,
      note: edit.note ?? old.note,
    };
    this.apps = this.apps.map((app) => ({
      ...app,
      consents: app.consents.map((consent) => (consent.id === id ? edited : consent)),
    }));
    this.emit({ event: 'changed' });
    return edited;
  }

  private now(): Status {
    return {
      ...this.status,
      language: this.language(),
      waiting: this.prompts.length,
      accounts: this.accounts.length,
      apps: this.apps.length,
      leases: this.leases.length,
    };
  }

  private language(): string {
    const set = this.settings.find((setting) => setting.key === 'desktop.language')?.value;
    return !set || set === 'system' ? this.system : set;
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
      sign_ins: [fakeSignIn(at.scopes.filter((scope) => scopes.includes(scope.scope)))],
    };
  }

  private begin(account: AccountView, device = false, comesBack = 'loopback'): SignInStarted {
    const sign_in = `si-${this.signIns.size + 1}`;
    const started: SignInStarted = {
      sign_in,
      authorize_url: `https://login.example/authorize?client_id=keylodge&state=${sign_in}&code_challenge=Zp3yQ8m1vTqYl0sQe4k2Xw&code_challenge_method=S256`,
      redirect_uri: comesBack === 'shown' ? '' : 'http://127.0.0.1:5395/callback',
      expires_at: Math.floor(Date.now() / 1000) + 600,
      browser_opened: !device,
      ...(device ? { device: fakeDevice() } : {}),
      ...(comesBack === 'shown' ? { by_hand: 'code' } : comesBack === 'pasted' ? { by_hand: 'address' } : {}),
    };
    this.signIns.set(sign_in, { account, started });
    return started;
  }

  private async endSignIn(id: string): Promise<Answer> {
    const signIn = this.signIns.get(id);
    if (!signIn) throw refusal('not_found', 'refusal.no_such_sign_in');
    const end = (it: SignInState): Answer => ({ is: 'sign_in_state', it });
    const cancelled = new Promise<'cancelled'>((resolve) => (signIn.cancelled = () => resolve('cancelled')));
    const pasted = new Promise<'pasted'>((resolve) => (signIn.pasted = () => resolve('pasted')));
    const waits = this.signInEnds === 'waits' || signIn.started.by_hand;
    const ended = waits ? new Promise<never>(() => undefined) : this.wait(this.pace * 4);
    if ((await Promise.race([cancelled, pasted, ended])) === 'cancelled')
      return end({ state: 'failed', failure: refusal('denied', 'upstream.cancelled') });
    if (this.signInEnds === 'fails')
      return end({
        state: 'failed',
        failure: refusal('sign_in_needed', 'sign_in.own_client', { provider: 'GitHub' }),
      });
    const { account } = signIn;
    const known = this.accounts.some((other) => other.id === account.id);
    this.accounts = known
      ? this.accounts.map((other) => (other.id === account.id ? account : other))
      : [...this.accounts, account];
    this.emit({ event: 'changed' });
    return end({ state: 'completed', account, ...this.notes(account) });
  }

  /** What the person should know of a sign-in: one provider gave less. */
  private notes({ provider, provider_name }: AccountView) {
    const [notes, notes_said] = linesOf(
      provider === 'house' ? [named('note.granted_less', { provider: provider_name, scopes: 'openid' })] : [],
    );
    return { notes, notes_said };
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
