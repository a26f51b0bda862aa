/** Commands that do at a terminal what the window shows. */
import type { ActivityFilter } from '../backend/control';

/** A word that a shell takes as it is, or the word in quotes. */
export function shell(word: string): string {
  return /^[\w.@:/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command that writes the events which fit into a file. */
export function exportCommand(_filter: ActivityFilter, format: 'json' | 'csv'): string {
  return `keylodge audit export --format ${format} > activity.${format}`;
}
