/** The pages of the main window in the order of the navigation; their numbers are their shortcuts. */
import type { Page, Status } from '../backend/control';
import type { IconName } from '../components/icons';
import type { Messages } from '../i18n';

export interface Entry {
  readonly page: Page;
  readonly label: keyof Messages['nav'];
  readonly icon: IconName;
  readonly count?: (status: Status) => number;
}

export const pages: readonly Entry[] = [
  { page: 'accounts', label: 'accounts', icon: 'accounts', count: (status) => status.accounts },
  { page: 'programs', label: 'programs', icon: 'programs', count: (status) => status.apps },
  { page: 'matrix', label: 'matrix', icon: 'grid' },
  { page: 'activity', label: 'activity', icon: 'activity' },
  { page: 'routes', label: 'routes', icon: 'route' },
  { page: 'settings', label: 'settings', icon: 'settings' },
  { page: 'diagnostics', label: 'diagnostics', icon: 'health' },
  { page: 'demo', label: 'demo', icon: 'demo' },
];
