import { bindingsTable, gatewaysTable, relayTable, revocationsTable } from './access.ts';
import { accountsTable } from './accounts.ts';
import { auditTable } from './audit.ts';
import { camerasTable } from './cameras.ts';
import { type Db, openDatabase } from './database.ts';
import { invitationsTable } from './invitations.ts';
import { mailLinksTable, mailsTable } from './mails.ts';
import { migrate } from './migrate.ts';
import { membersTable, organisationsTable, sitesTable } from './organisations.ts';
import { relayPortsTable } from './relay-ports.ts';
import { enrolmentsTable, recoveryCodesTable, secondFactorsTable } from './second-factors.ts';
import { challengesTable, refreshTokensTable, sessionsTable, terminalsTable } from './sign-ins.ts';
import { elevationsTable, keysTable, oidcRecordsTable, secretsTable } from './tokens.ts';

const tablesOn = (db: Db) => ({
  accounts: accountsTable(db),
  secondFactors: secondFactorsTable(db),
  recoveryCodes: recoveryCodesTable(db),
  enrolments: enrolmentsTable(db),
  challenges: challengesTable(db),
  sessions: sessionsTable(db),
  refreshTokens: refreshTokensTable(db),
  terminals: terminalsTable(db),
  audit: auditTable(db),
  mails: mailsTable(db),
  mailLinks: mailLinksTable(db),
  oidcRecords: oidcRecordsTable(db),
  keys: keysTable(db),
  secrets: secretsTable(db),
  elevations: elevationsTable(db),
  bindings: bindingsTable(db),
  gateways: gatewaysTable(db),
  revocations: revocationsTable(db),
  relay: relayTable(db),
  relayPorts: relayPortsTable(db),
  organisations: organisationsTable(db),
  sites: sitesTable(db),
  members: membersTable(db),
  cameras: camerasTable(db),
  invitations: invitationsTable(db),
  /** Drop what is past use; nothing here is still believed by anyone. */
  async purge(at: number): Promise<void> {
    const dayMs = 86_400_000;
    for (const [sql, before] of [
      ['DELETE FROM challenges WHERE expires_at < ?', at],
      ['DELETE FROM enrolments WHERE expires_at < ?', at],
      ['DELETE FROM mail_links WHERE created_at < ?', at - 2 * dayMs],
      ['DELETE FROM refresh_tokens WHERE expires_at < ?', at],
      ['DELETE FROM trusted_terminals WHERE expires_at < ?', at],
      ['DELETE FROM machine_assertions WHERE expires_at < ?', at - dayMs],
      ['DELETE FROM relay_tickets WHERE expires_at < ?', at],
      ['DELETE FROM oidc_records WHERE expires_at < ?', at - dayMs],
      ['DELETE FROM bindings WHERE expires_at < ?', at - dayMs],
      ['DELETE FROM elevations WHERE expires_at < ?', at - dayMs],
      ['DELETE FROM invitations WHERE coalesce(decided_at, expires_at) < ?', at - 30 * dayMs],
      ['DELETE FROM sessions WHERE coalesce(ended_at, expires_at) < ?', at - 30 * dayMs],
    ] as const) {
      await db.run(sql, before);
    }
  },
});

/** One room of functions per table; SQL is spoken nowhere else. */
export type Tables = ReturnType<typeof tablesOn>;

/** The tables inside a transaction. */
export interface Tx extends Tables {
  /** Do this once the transaction stands; not at all when it is rolled back. */
  afterCommit(task: () => void): void;
}

export interface Store extends Tables, AsyncDisposable {
  /** Several writes as one. Only `tx` may be used inside. */
  transaction<T>(work: (tx: Tx) => Promise<T>): Promise<T>;
}

export async function openStore(file: string): Promise<Store> {
  const db = await openDatabase(file);
  try {
    await migrate(db);
  } catch (error) {
    await db[Symbol.asyncDispose]();
    throw error;
  }
  return {
    ...tablesOn(db),
    async transaction(work) {
      const tasks: (() => void)[] = [];
      const result = await db.transaction((tx) =>
        work({ ...tablesOn(tx), afterCommit: (task) => void tasks.push(task) }),
      );
      for (const task of tasks) task();
      return result;
    },
    [Symbol.asyncDispose]: () => db[Symbol.asyncDispose](),
  };
}
