/** A passphrase that the person chooses: typed twice, and forgotten as soon as it was sent. */
import { MINIMUM, strength } from './strength';

export class Chosen {
  first = $state('');
  again = $state('');

  readonly level = $derived(strength(this.first));
  readonly differ = $derived(this.again !== '' && this.again !== this.first);
  /** Long enough, and twice the same. */
  readonly ready = $derived([...this.first].length >= MINIMUM && this.again === this.first);

  clear(): void {
    this.first = '';
    this.again = '';
  }
}
