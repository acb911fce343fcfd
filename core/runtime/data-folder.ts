import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { UsageError } from './settings.ts';

/** Undefined for what does not exist, also where a file stands in the way. */
const statOf = (path: string) => {
  try {
    return statSync(path);
  } catch {
    return undefined;
  }
};

/**
 * Make a folder for data, owner-only, with the folders above it. Throws UsageError when it cannot be used.
 *
 * Folder by folder: `mkdir` with `recursive` runs for ever where a file system denies that a folder it just listed can
 * be written into (`/proc`; Node 20).
 */
export function makeDataFolder(given: string): string {
  const path = resolve(given);
  const refuse = (why: string) =>
    new UsageError(`the data directory ${path} cannot be used: ${why}; choose another with --data-dir`);
  const missing: string[] = [];
  for (let folder = path; ; folder = dirname(folder)) {
    const found = statOf(folder);
    if (found && !found.isDirectory()) throw refuse(`${folder} is not a folder`);
    if (found) break;
    missing.unshift(folder);
  }
  try {
    for (const folder of missing) mkdirSync(folder, { mode: 0o700 });
    accessSync(path, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code ?? '';
    throw refuse(
      code === 'EROFS'
        ? 'it is on a read-only file system'
        : code === 'ENOSPC'
          ? 'the disk is full'
          : 'it cannot be written',
    );
  }
  return path;
}
