/** One bar of a chart: how many were allowed, refused, or neither. */
export interface Bar {
  readonly name: string;
  readonly good: number;
  readonly refused: number;
  readonly other: number;
}
