import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder that holds package.json, whether this runs from source or from dist/. */
export const packageRoot = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

const bundle = join(packageRoot, 'dist', 'bundle');

/** The built command line that this code belongs to, for starting parts of it as processes: gathered, or file by file. */
export const builtCommandLine = fileURLToPath(import.meta.url).startsWith(bundle)
  ? join(bundle, 'main.js')
  : join(packageRoot, 'dist', 'scripts', 'main.js');

/** Where the built pages of one web part lie. */
export const webRoot = (name: string) => join(packageRoot, 'dist', 'web', name);
