import { createHash } from 'node:crypto';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { keyUri, matchStep, newTotpSecret } from '../../core/totp/totp.ts';
import { GatewayError } from '../errors.ts';
import type { Sealer } from '../store/sealer.ts';
import type { SecondFactorStore } from '../store/second-factors.ts';
import type { UserRow } from '../store/users.ts';

/** How long a secret waits for its first code. */
const pendingMs = 10 * 60_000;
/** As the cloud's elevations (DESIGN §5 step 1). */
export const elevationMs = 120_000;
export const localElevationPrefix = 'local.';
const issuer = 'VMS Local';

const context = (userId: string) => `second factor of ${userId}`;
const hashOf = (elevation: string) => createHash('sha256').update(elevation).digest();

/** TOTP of local accounts: the gateway's own, as the cloud has its own for TP-Link IDs. */
export function createSecondFactors(
  {
    store,
    sealer,
    disown,
  }: {
    store: SecondFactorStore;
    sealer: Sealer;
    /** End what this operator has under way. */
    disown(operatorSub: string): Promise<unknown>;
  },
  { clock, random }: Pick<RuntimeDeps, 'clock' | 'random'>,
) {
  return {
    isOn: (user: UserRow) => user.totp_sealed !== null,

    /** A new secret, to be confirmed by a code of it. Throws `second_factor_on`. */
    async begin(user: UserRow): Promise<{ secret: string; uri: string }> {
      const secret = newTotpSecret(random);
      if (!(await store.setPending(user.id, sealer.seal(secret, context(user.id)), clock.now())))
        throw new GatewayError('second_factor_on', 'the second factor is on already: switch it off first');
      return { secret, uri: keyUri(issuer, user.name, secret) };
    },

    /** Throws `code_wrong`, or `flow_ended` when nothing waits for a code. */
    async confirm(user: UserRow, code: string): Promise<void> {
      const waiting = await store.pending(user.id, clock.now() - pendingMs);
      if (!waiting) throw new GatewayError('flow_ended', 'begin again: the secret was not confirmed in time');
      const step = matchStep(sealer.open(waiting.sealed, context(user.id)), code, clock.now());
      if (step === undefined) throw new GatewayError('code_wrong', 'the code is wrong: take the one the app shows now');
      if (!(await store.confirm(user.id, waiting.sealed, step)))
        throw new GatewayError('flow_ended', 'begin again: another secret was shown in the meantime');
    },

    /** Is this the code of an account whose second factor is on? It is spent by being right. */
    async spend(user: UserRow, code: string): Promise<boolean> {
      if (user.totp_sealed === null) return false;
      const step = matchStep(sealer.open(user.totp_sealed, context(user.id)), code, clock.now());
      return step !== undefined && store.spend(user.id, user.totp_sealed, step);
    },

    /** False when it was off. */
    async switchOff(userId: string): Promise<boolean> {
      await store.dropElevationsOf(userId);
      await disown(`${localElevationPrefix}${userId}`);
      return store.remove(userId);
    },

    /** For an administrator whose password and code were just checked: adds cameras, once, within two minutes. */
    async elevate(user: UserRow): Promise<{ elevation: string; expiresAt: number }> {
      await store.dropOldElevations(clock.now());
      const elevation = localElevationPrefix + random.bytes(32).toString('base64url');
      const expiresAt = clock.now() + elevationMs;
      await store.insertElevation({ hash: hashOf(elevation), id: random.uuid(), userId: user.id, expiresAt });
      return { elevation, expiresAt };
    },

    /** Spend an elevation made here. Throws `elevation_invalid`. */
    async redeemElevation(elevation: string): Promise<{ sub: string; email: string; elevationId: string }> {
      const spent = await store.spendElevation(hashOf(elevation), clock.now());
      if (!spent) throw new GatewayError('elevation_invalid', 'the elevation was used, or is too old');
      return { sub: `${localElevationPrefix}${spent.userId}`, email: spent.name, elevationId: spent.id };
    },
  };
}
export type SecondFactors = ReturnType<typeof createSecondFactors>;
