/** A rough guess of how hard a passphrase is to guess: a hint, never a bar. */
export const MINIMUM = 8;

/** 0 too short, 1 easy, 2 fair, 3 good, 4 strong. */
export function strength(passphrase: string): number {
  const signs = [...passphrase];
  if (signs.length < MINIMUM) return 0;
  const bits = distinctRuns(signs) * Math.log2(alphabet(passphrase));
  if (bits < 45) return 1;
  if (bits < 65) return 2;
  return bits < 90 ? 3 : 4;
}

/** Signs that neither repeat nor continue the one before ("aaaa", "1234" count once). */
function distinctRuns(signs: string[]): number {
  let count = 0;
  signs.forEach((sign, at) => {
    const step = at === 0 ? NaN : Math.abs(code(sign) - code(signs[at - 1] ?? ''));
    if (!(step <= 1)) count += 1;
  });
  return Math.min(count, new Set(signs).size * 2);
}

function alphabet(text: string): number {
  const kinds: [RegExp, number][] = [
    [/\p{Ll}/u, 20],
    [/\p{Lu}/u, 20],
    [/\d/, 10],
    [/[^\p{L}\d]/u, 12],
  ];
  return kinds.reduce((sum, [kind, size]) => sum + (kind.test(text) ? size : 0), 0) || 10;
}

const code = (sign: string): number => sign.codePointAt(0) ?? 0;
