import type { Clock } from '../core/runtime/clock.ts';
import type { Random } from '../core/runtime/random.ts';
import type { Tunnels } from './access/tunnels.ts';
import type { LabVerbs } from './control.ts';
import { CloudError } from './errors.ts';
import type { Faults } from './faults.ts';
import type { Mailer } from './mail/mailer.ts';
import { secretPurpose } from './sign-in/engine.ts';
import type { Seal } from './sign-in/seal.ts';
import { hashSecret, newSecret } from './sign-in/secret-token.ts';
import type { Sessions } from './sign-in/sessions.ts';
import { codeAt, stepAt } from './sign-in/totp.ts';
import { failuresPerLock } from './store/second-factors.ts';
import type { Store } from './store/store.ts';
import type { IssuerKeys } from './tokens/keys.ts';
import type { TplinkFaults } from './tplink-api/account.ts';

const stepMs = 30_000;
const visit = { door: 'control', address: 'lab', userAgent: 'lab' } as const;

/** The lab's verbs on a running cloud. */
export function createVerbs(deps: {
  store: Store;
  clock: Clock;
  seal: Seal;
  mailer: Mailer;
  sessions: Sessions;
  tunnels: Tunnels;
  faults: Faults;
  tplinkFaults: TplinkFaults;
  keys: Pick<IssuerKeys, 'rotate'>;
  random: Random;
  offset: { get(): number; set(ms: number): void };
}): LabVerbs {
  const { store, clock, seal, mailer, sessions, tunnels, faults, tplinkFaults, keys, random, offset } = deps;
  const accountOf = async (email: string) => {
    const account = await store.accounts.byEmail(email.toLowerCase());
    if (!account) throw new CloudError('not_found', `There is no account ${email}.`);
    return account;
  };
  return {
    async code(email) {
      const account = await accountOf(email);
      const factor = await store.secondFactors.get(account.id);
      if (!factor) throw new CloudError('second_factor_off', `${email} has no second factor.`);
      const at = clock.now();
      return {
        code: codeAt(seal.open(factor.sealedSecret, secretPurpose(account.id)), at),
        used: factor.lastStep >= stepAt(at),
        nextInMs: stepMs - (at % stepMs),
      };
    },
    mail: (to) => mailer.list(to === undefined ? {} : { to }),
    clearMail: async (to) => void (await mailer.clear(to)),
    setClockOffset: (ms) => offset.set(ms),
    clock: () => ({ now: clock.now(), offsetMs: offset.get() }),
    cutTunnel: (gatewayId) => tunnels.cut(gatewayId),
    gateways: async () => (await store.gateways.all()).map(({ id }) => ({ id, online: tunnels.online(id) })),
    async sessions(email) {
      const open = await sessions.of((await accountOf(email)).id);
      return open.map(({ id, kind, door, amr }) => ({ id, kind, door, amr }));
    },
    async endSessions(email) {
      const account = await accountOf(email);
      let ended = 0;
      for (const session of await sessions.of(account.id)) {
        if (await sessions.end(visit, session, 'ended_by_lab')) ended++;
      }
      return ended;
    },
    setRegion: async (email, region) => void (await store.accounts.setRegion((await accountOf(email)).id, region)),
    setMfaForm: (form) => {
      tplinkFaults.mfaForm = form;
    },
    addFault: (wish) => faults.add(wish),
    faults: () => faults.list(),
    clearFaults: (id) => faults.clear(id),
    async expireTokens(email) {
      const account = await accountOf(email);
      return store.transaction(async (tx) => {
        let expired = 0;
        for (const { id, kind } of await tx.sessions.aliveOf(account.id, clock.now())) {
          if (kind === 'web') continue;
          // A token nobody has: the session lives on, and a refresh gives it another.
          await tx.sessions.setToken(id, hashSecret(newSecret(random)), clock.now());
          expired++;
        }
        return expired + (await tx.oidcRecords.destroyAccessTokens(account.id));
      });
    },
    async lock(email) {
      const account = await accountOf(email);
      await store.transaction(async (tx) => {
        const factor = await tx.secondFactors.get(account.id);
        if (!factor) throw new CloudError('second_factor_off', `${email} has no second factor.`);
        for (let n = factor.failures % failuresPerLock; n < failuresPerLock; n++) {
          await tx.secondFactors.countFailure(account.id, clock.now());
        }
      });
    },
    unlock: async (email) => void (await store.secondFactors.forgiveFailures((await accountOf(email)).id)),
    rotateKeys: () => keys.rotate(),
  };
}
