import type { Queries } from './database.ts';

export interface BrokerAccountRow {
  name: string;
  createdAt: number;
  lastSeenAt: number | null;
}

export async function insertBrokerAccount(
  db: Queries,
  account: { name: string; passwordHash: Buffer; createdBy: string; createdAt: number },
): Promise<boolean> {
  const { changes } = await db.run(
    'INSERT INTO broker_accounts (name, password_hash, created_by, created_at) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING',
    [account.name, account.passwordHash, account.createdBy, account.createdAt],
  );
  return changes === 1;
}

export const listBrokerAccounts = (db: Queries) =>
  db.all<BrokerAccountRow>(
    'SELECT name, created_at AS createdAt, last_seen_at AS lastSeenAt FROM broker_accounts ORDER BY name',
  );

export const deleteBrokerAccount = async (db: Queries, name: string) =>
  (await db.run('DELETE FROM broker_accounts WHERE name = ?', [name])).changes === 1;

export const brokerPasswordHash = async (db: Queries, name: string) =>
  (await db.get<{ hash: Buffer }>('SELECT password_hash AS hash FROM broker_accounts WHERE name = ?', [name]))?.hash;

export const touchBrokerAccount = (db: Queries, name: string, at: number) =>
  db.run('UPDATE broker_accounts SET last_seen_at = ? WHERE name = ?', [at, name]);
