/** Builds the pages with the fake in them, once for all browser tests, and takes them away again. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

import type { TestProject } from 'vitest/node';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));

declare module 'vitest' {
  export interface ProvidedContext {
    /** The directory of the built pages. */
    built: string;
  }
}

export default function setup(project: TestProject): () => void {
  const built = mkdtempSync(join(tmpdir(), 'keylodge-ui-'));
  build(built);
  project.provide('built', built);
  return () => rmSync(built, { recursive: true });
}

/** A process of its own: within Vitest, Svelte would build for a server. */
function build(into: string): void {
  const { VITEST: _, NODE_ENV: __, ...env } = process.env;
  const vite = join(ROOT, 'node_modules/vite/bin/vite.js');
  execFileSync(process.execPath, [vite, 'build', '--mode', 'fake', '--outDir', into, '--logLevel', 'error'], {
    cwd: ROOT,
    env,
    stdio: 'inherit',
    timeout: 60_000,
  });
}
