/** What both windows share: the broker, how it is, and what it last said. */
import { getContext, setContext, untrack } from 'svelte';

import { Broker, type Backend, type Unsubscribe } from './backend';
import { languageOf, locale, speak } from '../i18n';
import { isTheme, wear } from '../look';
import type { DemoStep, Event, Failure, Page, Status } from './control';
import { asFailure } from './failure';

export class Session {
  readonly broker: Broker;
  status = $state.raw<Status>();
  failure = $state.raw<Failure>();
  /** Grows with every change the broker reports; whoever shows something re-reads it then. */
  revision = $state(0);
  page = $state<Page>('accounts');
  /** Grows with every visit to a page. */
  visit = $state(0);
  /** The program that the page of programs shows alone, if any. */
  program = $state<string>();
  /** The consent whose editor should open, if any. */
  editing = $state<string>();
  /** Steps of the demo program, as they happened. */
  demo = $state.raw<readonly DemoStep[]>([]);
  stopped = $state(false);
  /** The tag of the language that is spoken: the broker decides it, for all windows alike. */
  language = $state(locale);
  /** The words by which the person knows the real prompt; empty where none are set. */
  phrase = $state('');

  constructor(readonly door: Backend) {
    this.broker = new Broker(door);
  }

  /** Begins to listen and reads the status. */
  start(): Unsubscribe {
    const end = this.door.onEvent((event) => this.hear(event));
    if (this.door.window === 'main') void this.begin();
    void this.dress();
    return end;
  }

  /** Goes to a page, anew if it is already there. */
  go(page: Page): void {
    this.page = page;
    this.program = undefined;
    this.visit += 1;
  }

  /** Shows one program. */
  goToProgram(app: string): void {
    this.go('programs');
    this.program = app;
  }

  private async begin(): Promise<void> {
    const visit = this.visit;
    const page = await this.door.initialPage().catch(() => this.page);
    if (visit === this.visit) this.page = page;
    await this.refresh();
  }

  /** Reads how the broker is. */
  refresh = async (): Promise<void> => {
    try {
      this.status = await this.broker.status();
      this.talk(this.status);
      this.failure = undefined;
      this.stopped = false;
    } catch (thrown) {
      this.failure = asFailure(thrown);
    }
  };

  /** Looks as the person has set. Settings are in the vault: before it is open, the system decides. */
  private async dress(): Promise<void> {
    if (this.door.window === 'prompt') this.talk(await this.broker.status().catch(() => undefined));
    const settings = await this.broker.settings().catch(() => undefined);
    if (!settings) return;
    const value = (key: string) => settings.find((setting) => setting.key === key)?.value ?? '';
    const theme = value('desktop.theme');
    if (isTheme(theme)) wear(theme);
    this.phrase = value('prompt.phrase');
  }

  /** Speaks as the broker says; it knows what was set, and what the system wants. */
  private talk(status: Status | undefined): void {
    const language = status?.language;
    if (!language || language === this.language) return;
    speak(languageOf(language));
    this.language = language;
  }

  /** Everything shown may be out of date. */
  changed(): void {
    this.revision += 1;
    void this.dress();
    if (this.door.window === 'main') void this.refresh();
  }

  private hear(event: Event): void {
    switch (event.event) {
      case 'changed':
        return this.changed();
      case 'prompts':
        if (this.status) this.status = { ...this.status, waiting: event.waiting };
        this.revision += 1;
        return;
      case 'show':
        return this.go(event.page);
      case 'demo':
        this.demo = [...this.demo, event];
        return;
      case 'stopping':
        this.stopped = true;
    }
  }
}

/** Something read from the broker that is read again whenever the broker reports a change. */
export class Loaded<T> {
  value = $state.raw<T>();
  failure = $state.raw<Failure>();
  private generation = 0;

  constructor(
    private readonly session: Session,
    private readonly read: (session: Session) => Promise<T>,
  ) {
    $effect(() => {
      void this.session.revision;
      untrack(() => void this.refresh());
    });
  }

  /** Reads it now. A late answer never overwrites a newer one. */
  refresh = async (): Promise<void> => {
    const generation = ++this.generation;
    try {
      const value = await this.read(this.session);
      if (generation !== this.generation) return;
      this.value = value;
      this.failure = undefined;
    } catch (thrown) {
      if (generation === this.generation) this.failure = asFailure(thrown);
    }
  };
}

/** One thing that the person starts: whether it is under way, and how it failed. */
export class Doing {
  busy = $state(false);
  failure = $state.raw<Failure>();

  /** Runs it unless it runs already. True when it was carried out. */
  run = async (act: () => Promise<unknown>): Promise<boolean> => {
    if (this.busy) return false;
    this.busy = true;
    this.failure = undefined;
    try {
      await act();
      return true;
    } catch (thrown) {
      this.failure = asFailure(thrown);
      return false;
    } finally {
      this.busy = false;
    }
  };
}

const KEY = Symbol('session');

export function provideSession(session: Session): Session {
  return setContext(KEY, session);
}

export function useSession(): Session {
  return getContext<Session>(KEY);
}
