/** One thing that is known: its name and its value, cleaned by whoever knows where it came from. */
export interface Fact {
  readonly name: string;
  /** Lines stay lines; empty: it is left out. */
  readonly value: string;
  /** Letter by letter as it is written: an address, a path, an id. */
  readonly mono?: boolean;
  /** Names that others gave: words of no language of ours. */
  readonly others?: boolean;
  /** All of it, where the value is shortened. */
  readonly title?: string;
}
