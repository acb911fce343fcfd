import type { Queries } from './database.ts';

/** So many failures in a row, then a lock that doubles each time up to its cap. */
export interface Budget {
  failures: number;
  firstLockMs: number;
  longestLockMs: number;
}

export type BudgetStore = ReturnType<typeof budgetStore>;

export const budgetStore = (db: Queries) => ({
  /** Until when any of the keys is locked; 0 when none is. */
  async lockedUntil(keys: string[]): Promise<number> {
    const row = await db.get<{ until: number | null }>(
      `SELECT MAX(locked_until) AS until FROM sign_in_budgets WHERE key IN (${keys.map(() => '?').join(', ')})`,
      keys,
    );
    return row?.until ?? 0;
  },
  /** Count one failure; every `budget.failures`-th locks. */
  countFailure: (key: string, budget: Budget, now: number) =>
    db.run(
      `INSERT INTO sign_in_budgets (key, failures, locked_until, touched_at) VALUES (?1, 1, 0, ?2)
       ON CONFLICT (key) DO UPDATE SET failures = failures + 1, touched_at = ?2, locked_until =
         CASE WHEN (failures + 1) % ?3 = 0
           THEN ?2 + MIN(?4 * (1 << MIN((failures + 1) / ?3 - 1, 20)), ?5) ELSE locked_until END`,
      [key, now, budget.failures, budget.firstLockMs, budget.longestLockMs],
    ),
  clear: (keys: string[]) =>
    db.run(`DELETE FROM sign_in_budgets WHERE key IN (${keys.map(() => '?').join(', ')})`, keys),
  /** Forget what was not tried for long; a guesser of names cannot fill the table. */
  async prune(before: number, keep: number): Promise<void> {
    await db.run('DELETE FROM sign_in_budgets WHERE touched_at < ? AND locked_until < ?', [before, before]);
    await db.run(
      `DELETE FROM sign_in_budgets WHERE key IN
         (SELECT key FROM sign_in_budgets ORDER BY failures DESC, touched_at DESC LIMIT -1 OFFSET ?)`,
      [keep],
    );
  },
});
