import { people } from './0001-people.ts';
import { cloudAccess } from './0002-cloud-access.ts';
import { cameras } from './0010-cameras.ts';
import { events } from './0011-events.ts';
import { pairing } from './0012-pairing.ts';
import { brokerAccounts } from './0013-broker-accounts.ts';

/** One forward step: applied once, in the order of names, each in a transaction. Never edit one that was released: add the next. */
export interface Migration {
  /** `0001-people`, as its file is called. */
  name: string;
  statements: string[];
}

/** Every step there is. Numbers below 0010 are people and Cloud Access, from 0010 cameras, events, broker and pairing. */
export const migrations: readonly Migration[] = [people, cloudAccess, cameras, events, pairing, brokerAccounts];
