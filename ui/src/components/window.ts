/** Which rows of a long list are in sight. */

export interface Slice {
  /** The first row that is shown. */
  readonly first: number;
  /** The one after the last. */
  readonly end: number;
}

/** Where each row begins, and at the end where the list does: one more than there are rows. */
export function offsets<T>(items: readonly T[], height: (item: T) => number): Float64Array {
  const tops = new Float64Array(items.length + 1);
  let top = 0;
  for (let n = 0; n < items.length; n += 1) {
    tops[n] = top;
    top += height(items[n] as T);
  }
  tops[items.length] = top;
  return tops;
}

/** The rows between two heights. */
export function slice(tops: Float64Array, from: number, to: number): Slice {
  const rows = tops.length - 1;
  const first = Math.min(Math.max(0, after(tops, from) - 1), rows);
  const end = Math.min(rows, Math.max(first, after(tops, to)));
  return { first, end };
}

/** How many rows begin at or before this height, by halving. */
function after(tops: Float64Array, height: number): number {
  let low = 0;
  let high = tops.length - 1;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tops[middle] ?? 0) <= height) low = middle + 1;
    else high = middle;
  }
  return low;
}
