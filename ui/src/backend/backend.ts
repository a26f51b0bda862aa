/** The only door between the window and the broker. */
import type {
  AccountSource,
  AccountView,
  ActivityCount,
  ActivityFilter,
  ActivityPage,
  Answer,
  AppRegistration,
  AppView,
  AutostartView,
  Choice,
  ConsentEdit,
  ConsentView,
  Event,
  ExportFormat,
  Finding,
  LeaseView,
  LockChoice,
  Page,
  PolicyView,
  PromptView,
  ProviderSource,
  ProviderView,
  Request,
  RouteExplained,
  RouteView,
  RouteWhen,
  Said,
  SettingView,
  SignInStarted,
  SignInState,
  Status,
  Timestamp,
  Whereabouts,
} from './control';
import { asFailure, unexpected } from './failure';

export type Unsubscribe = () => void;
/** How long a prompt must have stood still before it can be allowed. */
export const STILL_MILLISECONDS = 500;

export type WindowKind = 'main' | 'prompt';

export interface Backend {
  /**
   * Sends one request. Rejects with a `Failure`, never with anything else. The passphrase goes with an answer that
   * the person's settings or a policy demand it for.
   */
  call(request: Request, passphrase?: string): Promise<Answer>;
  /** Hears what the broker says without being asked. */
  onEvent(handler: (event: Event) => void): Unsubscribe;
  /** Which of the two windows this is. */
  readonly window: WindowKind;
  /** The page that the main window begins with. */
  initialPage(): Promise<Page>;
  /** Lets the person choose a file, to be written where a `name` is offered; its path, or `null` if they chose none. */
  chooseFile(title: string, name: string | null): Promise<string | null>;
  /** Brings the window that asks into sight. It decides nothing. */
  showPrompt(): Promise<void>;
  /** Hears whenever no *yes* passes for so many milliseconds: the prompt appeared, moved or changed. */
  onDisturbed(handler: (milliseconds: number) => void): Unsubscribe;
}

type Is = Answer['is'];
type Payload<K extends Is> = Extract<Answer, { is: K }> extends { it: infer T } ? T : void;

/** The requests in words of TypeScript: what goes in, what comes out. */
export class Broker {
  constructor(readonly door: Backend) {}

  status = (): Promise<Status> => this.ask({ ask: 'status' }, 'status');
  setup = (lock: LockChoice) => this.ask({ ask: 'setup', lock }, 'done');
  unlock = (passphrase: string | null) => this.ask({ ask: 'unlock', passphrase }, 'done');
  lock = () => this.ask({ ask: 'lock' }, 'done');
  panic = () => this.ask({ ask: 'panic' }, 'done');

  providers = (): Promise<ProviderView[]> => this.ask({ ask: 'provider_list' }, 'providers');
  addProvider = (id: string, name: string, source: ProviderSource): Promise<ProviderView> =>
    this.ask({ ask: 'provider_add', id, name, source }, 'provider');
  /** Keeps what the person knows of their client id there. */
  knowClient = (provider: string, known: { secret_ends: Timestamp | null; testing: boolean | null }) =>
    this.ask({ ask: 'provider_client', provider, ...known }, 'done');
  /** Puts another client secret in the place of the one that is kept, if the provider takes it. */
  replaceSecret = (provider: string, client_secret: string, secret_ends: Timestamp | null) =>
    this.ask({ ask: 'client_secret', provider, client_secret, secret_ends }, 'done');
  removeProvider = (provider: string) => this.ask({ ask: 'provider_remove', provider }, 'done');

  accounts = (): Promise<AccountView[]> => this.ask({ ask: 'account_list' }, 'accounts');
  addAccount = (source: AccountSource): Promise<SignInStarted> =>
    this.ask({ ask: 'account_add', ...source }, 'sign_in');
  /** Once more, with these scopes on top; or `separate`, a second time, for just these. */
  reauth = (account: string, scopes: string[] = [], separate = false): Promise<SignInStarted> =>
    this.ask({ ask: 'account_reauth', account, scopes, ...(separate ? { separate } : {}) }, 'sign_in');
  endSeparate = (account: string, sign_in: string): Promise<{ upstream: string; said?: Said }> =>
    this.ask({ ask: 'account_end_separate', account, sign_in }, 'removed');
  removeAccount = (account: string): Promise<{ upstream: string; said?: Said }> =>
    this.ask({ ask: 'account_remove', account }, 'removed');
  signInEnd = (sign_in: string): Promise<SignInState> =>
    this.ask({ ask: 'sign_in_show', sign_in, wait: true }, 'sign_in_state');
  pasteSignIn = (sign_in: string, pasted: string) =>
    this.ask({ ask: 'sign_in_paste', sign_in, pasted }, 'done');
  cancelSignIn = (sign_in: string) => this.ask({ ask: 'sign_in_cancel', sign_in }, 'done');

  apps = (): Promise<AppView[]> => this.ask({ ask: 'app_list' }, 'apps');
  registerApp = (wish: AppRegistration): Promise<AppView> =>
    this.ask({ ask: 'app_register', ...wish }, 'app');
  refuseApp = (app: string, account: string) => this.ask({ ask: 'app_refuse', app, account }, 'done');
  revokeApp = (app: string) => this.ask({ ask: 'app_revoke', app }, 'done');
  removeApp = (app: string) => this.ask({ ask: 'app_remove', app }, 'done');

  prompts = (): Promise<PromptView[]> => this.ask({ ask: 'request_list' }, 'prompts');
  decide = (request: string, shown: string, choice: Choice, passphrase?: string) =>
    this.ask({ ask: 'request_decide', request, shown, choice }, 'done', passphrase);
  later = (request: string) => this.ask({ ask: 'request_later', request }, 'done');

  consents = (): Promise<ConsentView[]> => this.ask({ ask: 'consent_list' }, 'consents');
  revokeConsent = (consent: string, scope: string | null = null) =>
    this.ask({ ask: 'consent_revoke', consent, scope }, 'done');
  editConsent = (consent: string, edit: ConsentEdit, passphrase?: string): Promise<ConsentView> =>
    this.ask({ ask: 'consent_edit', consent, edit }, 'consent', passphrase);
  leases = (): Promise<LeaseView[]> => this.ask({ ask: 'lease_list' }, 'leases');
  revokeLease = (lease: string) => this.ask({ ask: 'lease_revoke', lease }, 'done');

  activity = (filter: ActivityFilter, before: number | null, limit: number): Promise<ActivityPage> =>
    this.ask({ ask: 'activity_query', filter, before, limit }, 'activity_page');
  exportActivity = (file: string, format: ExportFormat, filter: ActivityFilter) =>
    this.ask({ ask: 'activity_export', file, format, filter }, 'done');
  activityCounts = (filter: ActivityFilter, seconds: number): Promise<ActivityCount[]> =>
    this.ask({ ask: 'activity_counts', filter, seconds }, 'activity_counts');

  routes = (): Promise<RouteView[]> => this.ask({ ask: 'route_list' }, 'routes');
  addRoute = (account: string, when: RouteWhen, note: string): Promise<RouteView> =>
    this.ask({ ask: 'route_add', account, when, note }, 'route');
  removeRoute = (route: string) => this.ask({ ask: 'route_remove', route }, 'done');
  explainRoute = (at: Whereabouts): Promise<RouteExplained> =>
    this.ask({ ask: 'route_explain', at }, 'route_explained');

  settings = (): Promise<SettingView[]> => this.ask({ ask: 'settings_list' }, 'settings');
  set = (key: string, value: string, passphrase?: string): Promise<SettingView[]> =>
    this.ask({ ask: 'settings_set', key, value }, 'settings', passphrase);
  reset = (key: string | null, passphrase?: string): Promise<SettingView[]> =>
    this.ask({ ask: 'settings_reset', key }, 'settings', passphrase);
  policy = (): Promise<PolicyView> => this.ask({ ask: 'policy_show' }, 'policy');
  diagnostics = (): Promise<Finding[]> => this.ask({ ask: 'diagnostics' }, 'diagnostics');

  setPassphrase = (wanted: string, passphrase?: string) =>
    this.ask({ ask: 'passphrase_set', new: wanted }, 'done', passphrase);
  createBackup = (file: string, backup_passphrase: string, passphrase?: string) =>
    this.ask({ ask: 'backup_create', file, backup_passphrase }, 'done', passphrase);
  restoreBackup = (file: string, backup_passphrase: string, passphrase?: string) =>
    this.ask({ ask: 'backup_restore', file, backup_passphrase }, 'done', passphrase);
  autostart = (): Promise<AutostartView> => this.ask({ ask: 'autostart_show' }, 'autostart');
  setAutostart = (on: boolean): Promise<AutostartView> => this.ask({ ask: 'autostart_set', on }, 'autostart');

  pause = (seconds: number) => this.ask({ ask: 'pause', seconds }, 'done');
  resume = () => this.ask({ ask: 'resume' }, 'done');

  startDemo = (): Promise<SignInStarted> => this.ask({ ask: 'demo_start' }, 'sign_in');
  runDemo = () => this.ask({ ask: 'demo_program' }, 'done');

  private async ask<K extends Is>(request: Request, expected: K, passphrase?: string): Promise<Payload<K>> {
    let answer: Answer;
    try {
      answer = await this.door.call(request, passphrase);
    } catch (thrown) {
      throw asFailure(thrown);
    }
    if (answer.is !== expected) throw unexpected(request.ask, answer.is);
    return ('it' in answer ? answer.it : undefined) as Payload<K>;
  }
}
