import { describe, expect, test } from 'vitest';

import { pick } from '../src/i18n';
import { ago, countdown, span } from '../src/i18n/format';
import { plain, plainPath } from '../src/components/plain';

const sources = import.meta.glob<string>('../src/**/*.svelte', {
  query: '?raw',
  import: 'default',
  eager: true,
});

describe('words', () => {
  test('durations and countdowns', () => {
    expect(span(900)).toBe('15 minutes');
    expect(span(3600)).toBe('1 hour');
    expect(countdown(67)).toBe('1:07');
    expect(countdown(-3)).toBe('0:00');
    expect(ago(1_000, 1_000 + 7_200)).toBe('2 hours ago');
  });

  test('an unknown language falls back to English', () => {
    expect(pick(['xx-YY', 'en-GB'])).toBe('en-GB');
    expect(pick(['xx'])).toBe('en');
  });

  test('UI-06 tricks are taken out of what others wrote', () => {
    expect(plain('a\u202Eb\u0000c\u200bd')).toBe('a b c d');
    expect(plain('x'.repeat(500), 10)).toHaveLength(10);
    expect(plainPath(`/start/${'x'.repeat(500)}/end`, 40)).toMatch(/^\/start.*…x+\/end$/);
  });
});

describe('TAU-01 the strict content policy holds', () => {
  test.each(Object.entries(sources))('%s has no raw HTML, no inline style, no inline script', (_, source) => {
    expect(source).not.toMatch(/\{@html|innerHTML|\sstyle="|\son[a-z]+="/);
  });
});
