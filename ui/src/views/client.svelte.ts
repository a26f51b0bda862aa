/** What only the person knows of their client id at a provider, as it is filled in. */
import type { ClientKnown, Timestamp } from '../backend/control';
import { now } from '../i18n/format';

const DAY = 86_400;

/** What the broker is told to keep. */
export interface ClientFacts {
  secret_ends: Timestamp | null;
  testing: boolean | null;
}

export type Testing = 'unknown' | 'testing' | 'published';

export class Client {
  /** The secret's last day, e.g. `2027-05-31`; empty: not known. */
  ends = $state('');
  testing = $state<Testing>('unknown');

  /** What is kept now. */
  #before = $state.raw<ClientFacts>({ secret_ends: null, testing: null });

  constructor(known: ClientKnown | null) {
    if (!known) return;
    this.#before = { secret_ends: known.secret_ends, testing: known.testing };
    this.ends = dayOf(known.secret_ends);
    this.testing = known.testing === null ? 'unknown' : known.testing ? 'testing' : 'published';
  }

  readonly facts = $derived<ClientFacts>({
    secret_ends: midnight(this.ends) ?? null,
    testing: this.testing === 'unknown' ? null : this.testing === 'testing',
  });
  /** The day cannot be one. */
  readonly wrong = $derived(this.ends.trim() !== '' && midnight(this.ends) === undefined);
  readonly changed = $derived(
    this.facts.secret_ends !== this.#before.secret_ends || this.facts.testing !== this.#before.testing,
  );
  /** So many days are left of the secret; `undefined`: not known. */
  readonly left = $derived(
    this.facts.secret_ends === null ? undefined : Math.ceil((this.facts.secret_ends - now()) / DAY),
  );
}

/** The day is everywhere the same: counted in UTC, as at the command line. */
const dayOf = (at: Timestamp | null): string =>
  at === null ? '' : new Date(at * 1000).toISOString().slice(0, 10);

function midnight(day: string): Timestamp | undefined {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day.trim()) ?? [];
  const at = Date.UTC(Number(year), Number(month) - 1, Number(date)) / 1000;
  return date && dayOf(at) === day.trim() ? at : undefined;
}
