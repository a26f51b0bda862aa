/** What a route can look at. */
export type Place = 'directory' | 'repository' | 'host' | 'program';
export const PLACES: readonly Place[] = ['directory', 'repository', 'host', 'program'];
