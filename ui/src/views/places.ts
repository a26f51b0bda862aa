/** What a route can look at. */
export type Place = 'directory' | 'repository' | 'host' | 'program';
export const PLACES: readonly Place[] = ['directory', 'repository', 'host', 'program'];

/** What stands in their empty fields. */
export const EXAMPLES: Record<Place, string> = {
  directory: '/home/mira/work',
  repository: 'github.com/mira/*',
  host: 'api.example.com',
  program: 'git',
};
