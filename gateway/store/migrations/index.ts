import { people } from './0001-people.ts';
import { cloudAccess } from './0002-cloud-access.ts';
import { secondFactor } from './0003-second-factor.ts';
import { cameras } from './0010-cameras.ts';
import { events } from './0011-events.ts';
import { pairing } from './0012-pairing.ts';
import { brokerAccounts } from './0013-broker-accounts.ts';
import { certificateUse } from './0014-certificate-use.ts';
import type { Migration } from './migration.ts';

export type { Migration };

/** Every step there is. Numbers below 0010 are people and Cloud Access, from 0010 cameras, events, broker and pairing. */
export const migrations: readonly Migration[] = [
  people,
  cloudAccess,
  secondFactor,
  cameras,
  events,
  pairing,
  brokerAccounts,
  certificateUse,
];
