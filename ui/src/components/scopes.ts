/** How scopes are drawn. */
import type { ScopeView } from '../backend/control';
import type { IconName } from './icons';

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
