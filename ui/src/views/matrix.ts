/** Programs by accounts: what each program may do where. */
import type { AppView, ConsentView } from '../backend/control';
import { scopeInWords } from '../i18n/said';

export type Reach = 'none' | 'refused' | 'identity' | 'reads' | 'changes' | 'unknown';

export interface Cell {
  readonly reach: Reach;
  readonly released: boolean;
  readonly high: boolean;
  readonly words: string[];
}

const EMPTY: Cell = { reach: 'none', released: false, high: false, words: [] };

/** What a program may do with one account. */
export function cell(app: AppView, account: string): Cell {
  const consents = app.consents.filter((consent) => consent.account === account);
  const allowing = consents.filter((consent) => consent.allows);
  if (allowing.length === 0) return consents.length === 0 ? EMPTY : { ...EMPTY, reach: 'refused' };
  const scopes = allowing.flatMap((consent) => consent.scopes);
  return {
    reach: widest(allowing),
    released: allowing.some((consent) => consent.delivery === 'release'),
    high: scopes.some((scope) => scope.risk === 'high'),
    words: scopes.map((scope) => scopeInWords(scope)),
  };
}

function widest(consents: ConsentView[]): Reach {
  const kinds = new Set(consents.flatMap((consent) => consent.scopes.map((scope) => scope.access)));
  if (kinds.has('write')) return 'changes';
  if (kinds.has('unknown')) return 'unknown';
  return kinds.has('read') ? 'reads' : 'identity';
}
