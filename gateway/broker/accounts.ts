import { createHash, timingSafeEqual } from 'node:crypto';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import {
  type BrokerAccountRow,
  brokerPasswordHash,
  deleteBrokerAccount,
  insertBrokerAccount,
  listBrokerAccounts,
  touchBrokerAccount,
} from '../store/broker-accounts.ts';
import type { Queries } from '../store/database.ts';

/** Accounts of consumers (Home Assistant, Node-RED …): the gateway chooses the password and shows it once. */
export interface BrokerAccounts {
  list(): Promise<BrokerAccountRow[]>;
  /** The password, or undefined when there is an account of that name. */
  add(name: string, createdBy: string): Promise<string | undefined>;
  remove(name: string): Promise<boolean>;
  check(name: string, password: Buffer): Promise<boolean>;
}

const hashOf = (password: Buffer | string) => createHash('sha256').update(password).digest();
/** Compared with when there is no such account, so that both take the same way. */
const nobody = Buffer.alloc(32);

export function createBrokerAccounts(
  db: Queries,
  { clock, random }: Pick<RuntimeDeps, 'clock' | 'random'>,
): BrokerAccounts {
  return {
    list: () => listBrokerAccounts(db),
    async add(name, createdBy) {
      const password = random.bytes(32).toString('base64url');
      const created = await insertBrokerAccount(db, {
        name,
        passwordHash: hashOf(password),
        createdBy,
        createdAt: clock.now(),
      });
      return created ? password : undefined;
    },
    remove: (name) => deleteBrokerAccount(db, name),
    async check(name, password) {
      const kept = await brokerPasswordHash(db, name);
      const same = timingSafeEqual(hashOf(password), kept ?? nobody);
      if (!kept || !same) return false;
      await touchBrokerAccount(db, name, clock.now());
      return true;
    },
  };
}
