// Gathers the built server into few files (dist/bundle): a start reads a dozen files instead of two thousand, which halves
// its time. Not minified, so that a stack trace can be read; `node dist/scripts/main.js` runs the same code unbundled.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Packages with a compiled part of their own: they find it beside themselves. */
const native = ['sqlite3', '@node-rs/argon2'];

await build({
  configFile: false,
  root,
  logLevel: 'error',
  ssr: { noExternal: true, external: native },
  build: {
    ssr: join(root, 'dist', 'scripts', 'main.js'),
    outDir: join(root, 'dist', 'bundle'),
    emptyOutDir: true,
    target: 'node20',
    minify: false,
    rolldownOptions: {
      output: { strictExecutionOrder: true, entryFileNames: '[name].js', chunkFileNames: '[name].js' },
    },
  },
});
