/** The time, second by second, for countdowns. Runs only while something shows it. */
import { createSubscriber } from 'svelte/reactivity';

import { now } from '../i18n/format';

const subscribe = createSubscriber((update) => {
  const timer = setInterval(update, 1000);
  return () => clearInterval(timer);
});

export const ticking = {
  /** Seconds since 1970; changes once a second where it is read in an effect or a template. */
  get now(): number {
    subscribe();
    return now();
  },
};
