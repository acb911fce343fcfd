import type { Role } from '../people/roles.ts';
import type { Queries } from './database.ts';

export interface UserRow {
  id: string;
  name: string;
  role: Role;
  password_hash: string;
  created_at: number;
  /** Sealed TOTP secret; null: no second factor. */
  totp_sealed: string | null;
}

export type NewUser = Omit<UserRow, 'totp_sealed'>;

export type UserStore = ReturnType<typeof userStore>;

/** Local users. */
export const userStore = (db: Queries) => ({
  anybody: async () => (await db.get('SELECT 1 FROM users LIMIT 1')) !== undefined,
  byName: (name: string) => db.get<UserRow>('SELECT * FROM users WHERE name = ?', [name]),
  byId: (id: string) => db.get<UserRow>('SELECT * FROM users WHERE id = ?', [id]),
  list: () => db.all<UserRow>('SELECT * FROM users ORDER BY name'),

  /** True for the one caller who made the first user. */
  async insertFirst(user: NewUser): Promise<boolean> {
    const { changes } = await db.run(
      `INSERT INTO users (id, name, role, password_hash, created_at)
       SELECT ?, ?, ?, ?, ? WHERE NOT EXISTS (SELECT 1 FROM users)`,
      [user.id, user.name, user.role, user.password_hash, user.created_at],
    );
    return changes === 1;
  },
  /** False when the name is taken. */
  async insert(user: NewUser): Promise<boolean> {
    const { changes } = await db.run(
      'INSERT OR IGNORE INTO users (id, name, role, password_hash, created_at) VALUES (?, ?, ?, ?, ?)',
      [user.id, user.name, user.role, user.password_hash, user.created_at],
    );
    return changes === 1;
  },
  /** False when there is no such user, or it is the last super admin. */
  async setRole(id: string, role: Role): Promise<boolean> {
    const { changes } = await db.run(
      `UPDATE users SET role = ?1 WHERE id = ?2 AND (role <> 'super_admin' OR ?1 = 'super_admin'
         OR (SELECT COUNT(*) FROM users WHERE role = 'super_admin') > 1)`,
      [role, id],
    );
    return changes === 1;
  },
  /** False when there is no such user, or it is the last super admin. */
  async remove(id: string): Promise<boolean> {
    const { changes } = await db.run(
      `DELETE FROM users WHERE id = ? AND (role <> 'super_admin'
         OR (SELECT COUNT(*) FROM users WHERE role = 'super_admin') > 1)`,
      [id],
    );
    return changes === 1;
  },
  /** False when there is no such user, or its password is no longer the one known. */
  async setPassword(id: string, hash: string, known?: string): Promise<boolean> {
    const { changes } = await db.run(
      'UPDATE users SET password_hash = ?1 WHERE id = ?2 AND (?3 IS NULL OR password_hash = ?3)',
      [hash, id, known ?? null],
    );
    return changes === 1;
  },
});
