/** Commands that do at a terminal what the window shows. */
import type { ActivityFilter, ExportFormat } from '../backend/control';
import { plain } from '../components/plain';

/** A word that a shell takes as it is, or the word in quotes. */
export function shell(word: string): string {
  return /^[\w.@:/-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** The command that prints the events which fit. */
export function exportCommand(filter: ActivityFilter, format: ExportFormat, now: number): string {
  const { app, account, scope, kind, since } = filter;
  const text = filter.words?.map(({ word }) => word).join(' ');
  const words = Object.entries({ app, account, scope, kind, text })
    .filter(([, value]) => value)
    .map(([option, value]) => `--${option} ${shell(plain(value ?? '', 200))}`);
  const last = since ? [`--last ${Math.ceil((now - since) / 60)}m`] : [];
  return ['keylodge audit export', `--format ${format}`, ...words, ...last, `> activity.${format}`].join(' ');
}
