import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Clock } from '../../core/runtime/clock.ts';
import { UsageError } from '../../core/runtime/settings.ts';

const kept = z.object({
  cloudUrl: z.string(),
  account: z.string(),
  /** Bearer token for the cloud's API. */
  token: z.string(),
  /** With the device grant: buys the next token, once. */
  refreshToken: z.string().optional(),
  /** When the token has to be renewed, ms since the epoch; absent: it is not renewed. */
  renewAt: z.number().optional(),
});
export type KeptSession = z.infer<typeof kept>;

/** Where a user's programs keep what is theirs, by the custom of each system. */
export function configFolder(env: NodeJS.ProcessEnv, platform: NodeJS.Platform, home: string): string {
  if (env['XDG_CONFIG_HOME']?.startsWith('/')) return join(env['XDG_CONFIG_HOME'], 'vigil');
  if (platform === 'win32') return join(env['APPDATA'] ?? join(home, 'AppData', 'Roaming'), 'vigil');
  if (platform === 'darwin') return join(home, 'Library', 'Application Support', 'vigil');
  return join(home, '.config', 'vigil');
}

/** The session of this OS user: one file, for its owner only. */
export interface SessionFile {
  readonly path: string;
  read(): KeptSession | undefined;
  write(session: KeptSession): void;
  remove(): void;
  /** Run `work` while no other process of ours changes the session. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** A lock older than this belongs to a process that is gone. */
const staleLockMs = 60_000;
const lockWithinMs = 30_000;

export function openSessionFile(folder: string, clock: Clock): SessionFile {
  const path = join(folder, 'pc-client.json');
  const lock = join(folder, 'pc-client.lock');
  const cannot = (error: unknown) =>
    new UsageError(`the session cannot be kept in ${folder}: ${(error as NodeJS.ErrnoException).code ?? 'failed'}`);
  const makeFolder = () => {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      chmodSync(folder, 0o700);
    } catch (error) {
      throw cannot(error);
    }
  };

  return {
    path,
    read() {
      let text: string;
      try {
        text = readFileSync(path, 'utf8');
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
        throw cannot(error);
      }
      try {
        return kept.parse(JSON.parse(text));
      } catch {
        throw new UsageError(`${path} is damaged: sign in again (pc-client sign-in)`);
      }
    },
    write(session) {
      makeFolder();
      const fresh = `${path}.${process.pid}`;
      try {
        // Never half written, and never readable by others, not even for a moment.
        writeFileSync(fresh, `${JSON.stringify(session)}\n`, { mode: 0o600 });
        renameSync(fresh, path);
      } catch (error) {
        rmSync(fresh, { force: true });
        throw cannot(error);
      }
    },
    remove() {
      rmSync(path, { force: true });
    },
    async alone(work) {
      makeFolder();
      const until = clock.now() + lockWithinMs;
      for (;;) {
        try {
          closeSync(openSync(lock, 'wx', 0o600));
          break;
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw cannot(error);
          const madeAt = statSync(lock, { throwIfNoEntry: false })?.mtimeMs;
          if (madeAt !== undefined && clock.now() - madeAt > staleLockMs) rmSync(lock, { force: true });
          else if (clock.now() > until)
            throw new UsageError(`another pc-client holds ${lock}; remove it when none is running`);
          else await clock.sleep(50);
        }
      }
      try {
        return await work();
      } finally {
        rmSync(lock, { force: true });
      }
    },
  };
}
