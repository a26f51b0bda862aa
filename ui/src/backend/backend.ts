/** The only door between the window and the broker. */
import type {
  AccountSource,
  AccountView,
  ActivityView,
  Answer,
  AppView,
  Choice,
  ConsentView,
  Event,
  LeaseView,
  LockChoice,
  Page,
  PromptView,
  ProviderSource,
  ProviderView,
  Request,
  SignInStarted,
  SignInState,
  Status,
} from './control';
import { asFailure, unexpected } from './failure';

export type Unsubscribe = () => void;
/** How long a prompt must have stood still before it can be allowed. */
export const STILL_MILLISECONDS = 500;

export type WindowKind = 'main' | 'prompt';

export interface Backend {
  /** Sends one request. Rejects with a `Failure`, never with anything else. */
  call(request: Request): Promise<Answer>;
  /** Hears what the broker says without being asked. */
  onEvent(handler: (event: Event) => void): Unsubscribe;
  /** Which of the two windows this is. */
  readonly window: WindowKind;
  /** The page that the main window begins with. */
  initialPage(): Promise<Page>;
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
  removeProvider = (provider: string) => this.ask({ ask: 'provider_remove', provider }, 'done');

  accounts = (): Promise<AccountView[]> => this.ask({ ask: 'account_list' }, 'accounts');
  addAccount = (source: AccountSource): Promise<SignInStarted> =>
    this.ask({ ask: 'account_add', ...source }, 'sign_in');
  reauth = (account: string, scopes: string[] = []): Promise<SignInStarted> =>
    this.ask({ ask: 'account_reauth', account, scopes }, 'sign_in');
  removeAccount = (account: string): Promise<{ upstream: string }> =>
    this.ask({ ask: 'account_remove', account }, 'removed');
  signInEnd = (sign_in: string): Promise<SignInState> =>
    this.ask({ ask: 'sign_in_show', sign_in, wait: true }, 'sign_in_state');
  cancelSignIn = (sign_in: string) => this.ask({ ask: 'sign_in_cancel', sign_in }, 'done');

  apps = (): Promise<AppView[]> => this.ask({ ask: 'app_list' }, 'apps');
  revokeApp = (app: string) => this.ask({ ask: 'app_revoke', app }, 'done');
  removeApp = (app: string) => this.ask({ ask: 'app_remove', app }, 'done');

  prompts = (): Promise<PromptView[]> => this.ask({ ask: 'request_list' }, 'prompts');
  decide = (request: string, shown: string, choice: Choice) =>
    this.ask({ ask: 'request_decide', request, shown, choice }, 'done');

  consents = (): Promise<ConsentView[]> => this.ask({ ask: 'consent_list' }, 'consents');
  revokeConsent = (consent: string, scope: string | null = null) =>
    this.ask({ ask: 'consent_revoke', consent, scope }, 'done');
  leases = (): Promise<LeaseView[]> => this.ask({ ask: 'lease_list' }, 'leases');
  revokeLease = (lease: string) => this.ask({ ask: 'lease_revoke', lease }, 'done');

  activity = (before: number | null, limit: number): Promise<ActivityView[]> =>
    this.ask({ ask: 'activity_list', before, limit }, 'activity');

  startDemo = (): Promise<SignInStarted> => this.ask({ ask: 'demo_start' }, 'sign_in');
  runDemo = () => this.ask({ ask: 'demo_program' }, 'done');

  private async ask<K extends Is>(request: Request, expected: K): Promise<Payload<K>> {
    let answer: Answer;
    try {
      answer = await this.door.call(request);
    } catch (thrown) {
      throw asFailure(thrown);
    }
    if (answer.is !== expected) throw unexpected(request.ask, answer.is);
    return ('it' in answer ? answer.it : undefined) as Payload<K>;
  }
}
