/** How events are drawn. */
import type { IconName } from '../components/icons';

export function toneIcon(tone: string): IconName {
  if (tone === 'good') return 'check';
  return tone === 'refused' ? 'refuse' : 'info';
}
