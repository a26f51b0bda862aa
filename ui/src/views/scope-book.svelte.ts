/** What scopes are called: in the words of the provider that an account is at. */
import type { ScopeView } from '../backend/control';
import { Loaded, type Session } from '../backend/session.svelte';
import { locale } from '../i18n';
import { scopeInWords } from '../i18n/said';

/** A scope's words, if they are known. */
export type WordsOf = (scope: string) => string | undefined;

export class ScopeBook {
  private readonly accounts: Loaded<ReadonlyMap<string, ReadonlyMap<string, string>>>;

  constructor(session: Session) {
    this.accounts = new Loaded(session, async ({ broker }) => {
      const [accounts, providers] = await Promise.all([broker.accounts(), broker.providers()]);
      const at = new Map(providers.map((provider) => [provider.id, words(provider.scopes)]));
      return new Map(accounts.map(({ id, provider, scopes }) => [id, at.get(provider) ?? words(scopes)]));
    });
  }

  /** The words of one account's scopes. */
  of(account: string | null): WordsOf {
    const book = account === null ? undefined : this.accounts.value?.get(account);
    return (scope) => book?.get(scope);
  }

  /** The scopes whose words hold this one. */
  holding(word: string): string[] {
    const wanted = word.toLocaleLowerCase(locale);
    const all = [...(this.accounts.value?.values() ?? [])].flatMap((book) => [...book]);
    const held = all.filter(([, words]) => words.toLocaleLowerCase(locale).includes(wanted));
    return [...new Set(held.map(([scope]) => scope))];
  }
}

const words = (scopes: readonly ScopeView[]): ReadonlyMap<string, string> =>
  new Map(scopes.filter((scope) => scope.known).map((scope) => [scope.scope, scopeInWords(scope)]));
