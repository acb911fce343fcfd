import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

/** Which page sets there are; `vite build --mode <name>` builds one into dist/web/<name>. */
const roots: Record<string, string> = {
  cloud: 'cloud-mock/web',
  gateway: 'gateway/web',
  fleet: 'device-sim/web',
  app: 'clients/app/web',
};

export default defineConfig(({ mode }) => ({
  root: roots[mode] ?? '.',
  // Relative addresses: the gateway's pages also run below the relay's /<gateway>/ path. The cloud routes by path, so it needs absolute ones.
  base: mode === 'cloud' ? '/' : './',
  mode: 'production',
  plugins: [react()],
  build: { outDir: `${import.meta.dirname}/dist/web/${mode}`, emptyOutDir: true, chunkSizeWarningLimit: 1500 },
}));
