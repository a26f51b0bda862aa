/** What a program is that the person registers by hand, out of what they typed. */
import type { AccountView, AppRegistration } from '../backend/control';
import { plain } from '../components/plain';
import { shell } from './shell';

/** One that asks for tokens, or a local service that takes them. */
export type Kind = 'program' | 'service';

export interface Typed {
  kind: Kind;
  provider: string;
  name: string;
  /** Redirect addresses, or the service's own, apart by white space. */
  addresses: string;
  /** It has no browser, and shows a code instead. */
  device: boolean;
}

const CODE = ['authorization_code', 'refresh_token'];
const DEVICE = ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'];

const addresses = (typed: Typed): string[] => typed.addresses.split(/\s+/).filter((text) => text !== '');

/** Whether there is enough to register it. */
export const complete = (typed: Typed): boolean =>
  typed.name.trim() !== '' &&
  typed.provider !== '' &&
  (addresses(typed).length > 0 || (typed.kind === 'program' && typed.device));

export function registration(typed: Typed): AppRegistration {
  const places = addresses(typed);
  const common = { provider: typed.provider, name: typed.name.trim() };
  if (typed.kind === 'service') return { ...common, redirect_uris: [], grants: [], resources: places };
  const grants = [...(places.length > 0 ? CODE : []), ...(typed.device ? DEVICE : [])];
  return { ...common, redirect_uris: places, grants: [...new Set(grants)], resources: [] };
}

/** The same for one that keeps a secret, at a terminal. */
export function registerCommand(typed: Typed): string {
  const option = typed.kind === 'service' ? '--resource' : '--redirect-uri';
  const words = [
    'keylodge app register',
    shell(typed.provider || 'PROVIDER'),
    `--name ${shell(plain(typed.name, 80) || 'NAME')}`,
    ...addresses(typed).map((address) => `${option} ${shell(plain(address, 2000))}`),
    ...(typed.kind === 'program' && typed.device
      ? ['--grant authorization-code --grant refresh-token --grant device-code']
      : []),
    '--confidential',
  ];
  return words.join(' ');
}

/** The providers at which there is an account: at another one nothing could be allowed. */
export function issuers(accounts: readonly AccountView[]): { value: string; label: string }[] {
  const names = new Map(accounts.map((account) => [account.provider, plain(account.provider_name, 60)]));
  return [...names].map(([value, label]) => ({ value, label }));
}
