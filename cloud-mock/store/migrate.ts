import type { Database } from './database.ts';
import { accountsMigration } from './migrations/0001-accounts.ts';
import { mailMigration } from './migrations/0002-mail.ts';
import { tokensMigration } from './migrations/0003-tokens.ts';
import { accessMigration } from './migrations/0004-access.ts';
import { relayPortsMigration } from './migrations/0005-relay-ports.ts';
import { organisationMigration } from './migrations/0006-organisation.ts';
import { camerasMigration } from './migrations/0007-cameras.ts';
import { challengeTerminalMigration } from './migrations/0008-challenge-terminal.ts';

/** In the order in which they are applied; a number, once released, is never changed or taken out. */
export const migrations: readonly string[] = [
  accountsMigration,
  mailMigration,
  tokensMigration,
  accessMigration,
  relayPortsMigration,
  organisationMigration,
  camerasMigration,
  challengeTerminalMigration,
];

export class NewerDatabase extends Error {
  override name = 'NewerDatabase';
}

/** Bring a database to the newest shape; each step is one transaction together with its number. */
export async function migrate(db: Database, upTo = migrations.length): Promise<void> {
  const { user_version: at } = (await db.get<{ user_version: number }>('PRAGMA user_version'))!;
  if (at > migrations.length) {
    throw new NewerDatabase(
      `the data were written by a newer version (shape ${at}, this program knows ${migrations.length})`,
    );
  }
  for (let step = at; step < upTo; step++) {
    await db.exec(`BEGIN IMMEDIATE; ${migrations[step]!} PRAGMA user_version = ${step + 1}; COMMIT;`);
  }
}
