import { execFile } from 'node:child_process';
import { mkdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';
import { packageRoot } from '../../core/runtime/package-root.ts';

const longestBuildMs = 180_000;

/**
 * The pages of a part as their sources are now; costs a moment when they are built already. Test files run side by side
 * and a build empties the folder first, so one builds and the others wait: `mkdir` is the lock.
 */
export async function buildPages(name: 'cloud' | 'gateway' | 'fleet' | 'app'): Promise<void> {
  const stamps = join(packageRoot, 'dist', '.stamps');
  const lock = join(stamps, `${name}.building`);
  await mkdir(stamps, { recursive: true });
  for (;;) {
    const taken = await mkdir(lock).then(
      () => true,
      () => false,
    );
    if (taken) break;
    const held = await stat(lock).catch(() => undefined);
    // Whoever built was killed.
    if (held && Date.now() - held.mtimeMs > longestBuildMs) await rm(lock, { recursive: true, force: true });
    else await delay(100);
  }
  try {
    const script = `const { ensureBuilt } = await import('./scripts/setup.mjs'); await ensureBuilt(['${name}']);`;
    await promisify(execFile)(process.execPath, ['--input-type=module', '--eval', script], { cwd: packageRoot });
  } finally {
    await rm(lock, { recursive: true, force: true });
  }
}
