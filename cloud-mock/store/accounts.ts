import type { Db } from './database.ts';

export interface AccountRow {
  id: string;
  email: string;
  name: string;
  passwordHash: string;
  region: string;
  generation: number;
  createdAt: number;
}

const columns =
  'id, email, name, password_hash AS passwordHash, region, generation, created_at AS createdAt FROM accounts';

export const accountsTable = (db: Db) => ({
  byId: (id: string) => db.get<AccountRow>(`SELECT ${columns} WHERE id = ?`, id),
  byEmail: (email: string) => db.get<AccountRow>(`SELECT ${columns} WHERE email = ?`, email),
  async count(): Promise<number> {
    return (await db.get<{ n: number }>('SELECT count(*) AS n FROM accounts'))!.n;
  },
  /** False when the address is taken. */
  async insert(a: Omit<AccountRow, 'generation'>): Promise<boolean> {
    const { changes } = await db.run(
      `INSERT INTO accounts (id, email, name, password_hash, region, created_at) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO NOTHING`,
      a.id,
      a.email,
      a.name,
      a.passwordHash,
      a.region,
      a.createdAt,
    );
    return changes === 1;
  },
  /** Move on to the next generation: all that was made under the old one is dead. False when it had moved already. */
  async nextGeneration(id: string, from: number): Promise<boolean> {
    const { changes } = await db.run(
      'UPDATE accounts SET generation = generation + 1 WHERE id = ? AND generation = ?',
      id,
      from,
    );
    return changes === 1;
  },
  setPassword: (id: string, passwordHash: string) =>
    db.run('UPDATE accounts SET password_hash = ? WHERE id = ?', passwordHash, id),
  setRegion: (id: string, region: string) => db.run('UPDATE accounts SET region = ? WHERE id = ?', region, id),
});
