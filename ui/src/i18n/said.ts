/** Sentences of the broker's in the person's language. */
import { locale, say, t } from '.';
import type { Said } from '../backend/control';

/** The sentence that `said` names; its English text in an English window, and where the catalogue does not know the name. */
export function spoken(text: string, said?: Said): string {
  if (said === undefined || locale.startsWith('en')) return text;
  const messages: Record<string, string> = t.said;
  const message = messages[said.message];
  return message === undefined ? text : say(message, said.with);
}
