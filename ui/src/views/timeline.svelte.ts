/** The events that fit a filter: the newest are read again with every change, older ones as they come into sight. */
import { untrack } from 'svelte';

import type { ActivityFilter, ActivityView, Failure } from '../backend/control';
import { asFailure } from '../backend/failure';
import type { Session } from '../backend/session.svelte';

/** The most that the broker gives at once. */
const PAGE = 500;

export class Timeline {
  events = $state.raw<readonly ActivityView[]>([]);
  failure = $state.raw<Failure>();
  /** Whether the first answer to this filter is there. */
  read = $state(false);
  busy = $state(false);
  private next: number | null = null;
  private generation = 0;

  constructor(
    private readonly session: Session,
    private readonly filter: () => ActivityFilter,
  ) {
    let shown = '';
    $effect(() => {
      void this.session.revision;
      const wanted = JSON.stringify(this.filter());
      const same = wanted === shown;
      shown = wanted;
      untrack(() => void this.refresh(same));
    });
  }

  get hasMore(): boolean {
    return this.next !== null;
  }

  /** Reads the newest; keeps the older ones that fit the same filter. */
  refresh = async (keep = false): Promise<void> => {
    const generation = ++this.generation;
    try {
      const page = await this.session.broker.activity(untrack(this.filter), null, PAGE);
      if (generation !== this.generation) return;
      const edge = page.events.at(-1)?.id ?? Infinity;
      const older = keep ? this.events.filter((event) => event.id < edge) : [];
      if (older.length === 0) this.next = page.next;
      this.events = [...page.events, ...older];
      this.failure = undefined;
      this.read = true;
    } catch (thrown) {
      if (generation === this.generation) this.failure = asFailure(thrown);
    } finally {
      this.busy = false;
    }
  };

  /** Reads the next older ones, if there are any. */
  more = async (): Promise<void> => {
    if (this.next === null || this.busy) return;
    const generation = this.generation;
    this.busy = true;
    try {
      const page = await this.session.broker.activity(this.filter(), this.next, PAGE);
      if (generation !== this.generation) return;
      this.next = page.next;
      this.events = [...this.events, ...page.events];
    } catch (thrown) {
      if (generation === this.generation) this.failure = asFailure(thrown);
    } finally {
      this.busy = false;
    }
  };
}
