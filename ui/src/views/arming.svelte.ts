/** Keeps *Allow* off for a moment whenever the ground under the pointer may have moved. */
import { untrack } from 'svelte';
import { STILL_MILLISECONDS, type Backend } from '../backend/backend';

export class Arming {
  armed = $state(false);
  private since = Infinity;
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly ondisarm: () => void) {}

  /**
   * Begins to wait, and begins anew with every move, resize, or return of the window; and when the pointer comes
   * upon it, for that is also what happens when another window goes away that had covered it.
   */
  watch(door: Backend): () => void {
    this.disarm();
    const again = () => this.disarm();
    const shown = () => document.visibilityState === 'visible' && this.disarm();
    const page = document.documentElement;
    const end = door.onDisturbed((milliseconds) => this.disarm(milliseconds));
    window.addEventListener('resize', again);
    window.addEventListener('focus', again);
    page.addEventListener('mouseenter', again);
    document.addEventListener('visibilitychange', shown);
    return () => {
      end();
      clearTimeout(this.timer);
      window.removeEventListener('resize', again);
      window.removeEventListener('focus', again);
      page.removeEventListener('mouseenter', again);
      document.removeEventListener('visibilitychange', shown);
    };
  }

  /** Whether a press that began at `pressedAt` (performance.now) began on an armed button. */
  counts(pressedAt: number): boolean {
    return this.armed && pressedAt >= this.since;
  }

  private disarm(milliseconds = STILL_MILLISECONDS): void {
    // Called from effects too, which must not run again because Allow became armed.
    if (untrack(() => this.armed)) this.ondisarm();
    this.armed = false;
    this.since = Infinity;
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      this.since = performance.now();
      this.armed = true;
    }, milliseconds);
  }
}
