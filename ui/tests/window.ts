/** Opens a window on a fake broker, as a person would see it. */
import { render, screen } from '@testing-library/svelte';
import userEvent, { type UserEvent } from '@testing-library/user-event';
import { vi } from 'vitest';

import App from '../src/App.svelte';
import { FakeBackend, type FakeOptions } from '../src/backend/fake';
import type { Request } from '../src/backend/control';

export interface Opened {
  fake: FakeBackend;
  user: UserEvent;
}

/** Opens it with a clock that only moves when a test says so. */
export async function open(options: FakeOptions = {}): Promise<Opened> {
  vi.useFakeTimers();
  const fake = new FakeBackend(options);
  const user = userEvent.setup({ advanceTimers: (by) => vi.advanceTimersByTime(by) });
  render(App, { backend: fake });
  await settle();
  return { fake, user };
}

/** Lets the clock run, and everything that follows from it. */
export async function settle(milliseconds = 0): Promise<void> {
  await vi.advanceTimersByTimeAsync(milliseconds);
}

export const at = (testid: string): HTMLElement => screen.getByTestId(testid);
export const maybe = (testid: string): HTMLElement | null => screen.queryByTestId(testid);

export async function press({ user }: Opened, testid: string): Promise<void> {
  await user.click(at(testid));
  await settle();
}

/** The requests of one kind, in order. */
export function asked<K extends Request['ask']>(fake: FakeBackend, ask: K): Extract<Request, { ask: K }>[] {
  return fake.asked.filter((request): request is Extract<Request, { ask: K }> => request.ask === ask);
}
