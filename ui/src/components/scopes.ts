/** How scopes are drawn. */
import type { ScopeView } from '../backend/control';
import type { IconName } from './icons';

/** A limit keeps the scopes beside it to one place. Without it they would reach everywhere, so it is none to untick. */
export const isLimit = (scope: ScopeView) => scope.scope.startsWith('only:');

export function accessIcon(scope: ScopeView): IconName {
  switch (scope.access) {
    case 'identity':
      return 'user';
    case 'read':
      return 'eye';
    case 'write':
      return 'edit';
    case 'unknown':
      return 'warning';
  }
}
