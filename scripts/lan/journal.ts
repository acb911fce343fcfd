import { existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeDataFolder } from '../../core/runtime/data-folder.ts';
import { UsageError } from '../../core/runtime/settings.ts';

/** An address that `lan apply` added, or was about to add. */
export interface Entry {
  device: string;
  address: string;
  prefix: number;
}

/** What `lan undo` takes away: written before an address is added, so that a crash leaves nothing unknown. */
export interface Journal {
  readonly path: string;
  entries(): Entry[];
  /** Replace all; none removes the file. */
  write(entries: readonly Entry[]): void;
}

export function openJournal(dataDir: string): Journal {
  const path = join(makeDataFolder(dataDir), 'lan.json');
  return {
    path,
    entries() {
      if (!existsSync(path)) return [];
      try {
        return (JSON.parse(readFileSync(path, 'utf8')) as { added: Entry[] }).added;
      } catch (error) {
        throw new UsageError(`${path} cannot be read: ${(error as Error).message}`, { cause: error });
      }
    },
    write(added) {
      if (added.length === 0) return rmSync(path, { force: true });
      writeFileSync(`${path}.new`, `${JSON.stringify({ added }, null, 2)}\n`, { mode: 0o600 });
      renameSync(`${path}.new`, path);
    },
  };
}
