import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { hint, UsageError } from '../../core/runtime/settings.ts';
import { openDatabase } from '../store/database.ts';
import { disownTickets } from '../store/pairing-tickets.ts';
import { openSealer } from '../store/sealer.ts';
import { secondFactorStore } from '../store/second-factors.ts';
import { sessionStore } from '../store/sessions.ts';
import { userStore } from '../store/users.ts';
import { createSecondFactors } from './second-factor.ts';

/**
 * For the last administrator who lost the phone: whoever may write the data folder owns this gateway anyway. Throws
 * UsageError when there is nothing to switch off.
 */
export async function forgetSecondFactor(dataDir: string, name: string, deps: RuntimeDeps): Promise<void> {
  if (!existsSync(join(dataDir, 'gateway.db')))
    throw new UsageError(`--forget-second-factor: there is no gateway in ${dataDir}; name its folder with --data-dir`);
  await using db = await openDatabase(dataDir, deps);
  const users = userStore(db);
  const user = await users.byName(name);
  if (!user) {
    const names = (await users.list()).map((one) => one.name);
    throw new UsageError(`--forget-second-factor: there is no local account "${name}"${hint(name, names)}`);
  }
  const secondFactors = createSecondFactors(
    {
      store: secondFactorStore(db),
      sealer: openSealer(dataDir, deps),
      disown: (operatorSub) => disownTickets(db, { operatorSub, now: deps.clock.now() }),
    },
    deps,
  );
  if (!(await secondFactors.switchOff(user.id)))
    throw new UsageError(`--forget-second-factor: ${user.name} has no second factor`);
  await sessionStore(db).endOfUser(user.id);
}
