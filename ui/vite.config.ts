import { svelte } from '@sveltejs/vite-plugin-svelte';
import { svelteTesting } from '@testing-library/svelte/vite';
import { defineConfig } from 'vitest/config';

import { translations } from './translations';

/** What the desktop process sends with the page; the development server sends it too, so that a
 * breach is seen early. `ws:` and the inline styles of hot reload exist in development only. */
const developmentPolicy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self' ipc: http://ipc.localhost ws:",
].join('; ');

const policy = [
  "default-src 'self'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self' data:",
  'connect-src ipc: http://ipc.localhost',
].join('; ');

export default defineConfig({
  plugins: [svelte(), svelteTesting(), translations()],
  server: {
    port: 5173,
    strictPort: true,
    host: '127.0.0.1',
    headers: { 'Content-Security-Policy': developmentPolicy },
  },
  preview: {
    port: 5174,
    strictPort: true,
    host: '127.0.0.1',
    headers: { 'Content-Security-Policy': policy },
  },
  build: {
    target: ['safari16', 'chrome109'],
    modulePreload: false,
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 400,
  },
  test: {
    environment: 'jsdom',
    include: ['tests/*.test.ts'],
    setupFiles: ['tests/setup.ts'],
    testTimeout: 20_000,
    hookTimeout: 20_000,
    teardownTimeout: 20_000,
    maxWorkers: 1,
    restoreMocks: true,
  },
});
