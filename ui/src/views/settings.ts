/** Settings in groups, in words of the person's language where there are any. */
import type { SettingView } from '../backend/control';
import { groupBy } from '../components/group';
import { t } from '../i18n';

const of = (words: Record<string, string>, key: string): string => words[key] ?? '';

export function title(setting: SettingView): string {
  return of(t.settings.of, setting.key) || setting.words;
}

/** What is said below the title: the broker's own sentence only where the title is not that already. */
export function hint(setting: SettingView): string {
  return of(t.settings.hints, setting.key);
}

export function choice(word: string): string {
  return of(t.settings.choices, word) || word;
}

export function unit(word: string): string {
  return of(t.settings.units, word) || word;
}

export function groups(settings: readonly SettingView[], words: string): [string, SettingView[]][] {
  const wanted = words.trim().toLocaleLowerCase();
  const found = settings.filter((setting) =>
    [setting.key, setting.words, title(setting), hint(setting), group(setting.key)]
      .join(' ')
      .toLocaleLowerCase()
      .includes(wanted),
  );
  return groupBy(found, (setting) => group(setting.key));
}

function group(key: string): string {
  return of(t.settings.groups, key.split('.')[0] ?? '') || t.settings.groups.other;
}
