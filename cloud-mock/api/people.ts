import type { Clock } from '../../core/runtime/clock.ts';
import type { Log } from '../../core/runtime/log.ts';
import type { Accounts } from '../accounts/accounts.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Engine } from '../sign-in/engine.ts';
import type { SecondFactor } from '../sign-in/second-factor.ts';
import type { Sessions } from '../sign-in/sessions.ts';
import type { AccountRow } from '../store/accounts.ts';
import type { Store } from '../store/store.ts';
import type { Elevations } from '../tokens/elevations.ts';
import type { CookieJar } from './cookies.ts';
import type { LimitsGuard } from './limits.ts';
import { type AccountJson, iso } from './schemas.ts';

/** What the routes about people use. */
export interface PeopleDeps {
  store: Store;
  clock: Clock;
  log: Log;
  engine: Engine;
  sessions: Sessions;
  accounts: Accounts;
  secondFactor: SecondFactor;
  elevations: Elevations;
  mailer: Mailer;
  cookies: CookieJar;
  limits: LimitsGuard;
}

/** An account as its owner sees it. */
export async function accountJson(store: Store, account: AccountRow): Promise<AccountJson> {
  const factor = await store.secondFactors.get(account.id);
  return {
    id: account.id,
    email: account.email,
    name: account.name,
    twoFactor: factor
      ? {
          enabled: true,
          enabledAt: iso(factor.enabledAt),
          recoveryCodesLeft: await store.recoveryCodes.left(account.id),
        }
      : { enabled: false },
  };
}
