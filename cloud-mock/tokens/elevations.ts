import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { lifetimes } from '../config.ts';
import { CloudError } from '../errors.ts';
import { letters } from '../mail/letters.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Access } from '../organisation/access.ts';
import { may } from '../organisation/rights.ts';
import { audit } from '../sign-in/audit.ts';
import type { Engine } from '../sign-in/engine.ts';
import { hashSecret, newId, newSecret } from '../sign-in/secret-token.ts';
import type { Amr, LiveSession } from '../sign-in/sessions.ts';
import type { Visit } from '../sign-in/visit.ts';
import type { GatewayRow } from '../store/access.ts';
import type { AccountRow } from '../store/accounts.ts';
import type { Store, Tx } from '../store/store.ts';

export const elevationScope = 'device:pair';

/**
 * The right to add devices to one VMS Local: made by a fresh code, 120 seconds, good once, bound to the session
 * (DESIGN §5 step 1).
 */
export function createElevations(deps: RuntimeDeps & { store: Store; access: Access; engine: Engine; mailer: Mailer }) {
  const { store, access, engine, mailer, clock, random } = deps;

  /** Write one down, in the transaction of what paid for it. */
  const make = async (
    tx: Tx,
    visit: Visit,
    account: AccountRow,
    session: Pick<LiveSession, 'id'>,
    gatewayId: string,
    amr: Amr[],
  ) => {
    const gateway = await access.gateway(tx, account.id, gatewayId, 'device.pair');
    const at = clock.now();
    const elevation = newSecret(random);
    const expiresAt = at + lifetimes.elevation;
    const id = newId('elv', random);
    await tx.elevations.insert({
      id,
      tokenHash: hashSecret(elevation),
      accountId: account.id,
      generation: account.generation,
      sessionId: session.id,
      gatewayId,
      amr: JSON.stringify(amr),
      expiresAt,
    });
    await audit(tx, clock, 'elevation.made', visit, {
      accountId: account.id,
      sessionId: session.id,
      organisationId: gateway.organisationId,
      detail: { elevationId: id, gatewayId, amr },
    });
    await mailer.post(tx, account.email, letters.devicePaired(account.name, gateway.name, { at, ...visit }));
    return { elevation, expiresAt };
  };

  return {
    make,

    async request(visit: Visit, session: LiveSession, given: { gatewayId: string; code?: unknown; password?: string }) {
      // Before the code is looked at: one for a VMS Local that is not theirs would be spent for nothing.
      const gateway = await access.gateway(store, session.accountId, given.gatewayId, 'device.pair');
      if (await store.secondFactors.get(session.accountId)) {
        return engine.withFreshCode(visit, session, given.code, (tx, account) =>
          make(tx, visit, account, session, given.gatewayId, ['pwd', 'otp']),
        );
      }
      if (gateway.passwordPairing !== 1 || given.password === undefined) {
        throw new CloudError(
          'second_factor_enrolment_required',
          'Turn on two-factor authentication first: adding devices to a VMS needs a code.',
        );
      }
      const account = await engine.confirmPassword(session, given.password);
      return store.transaction(async (tx) => {
        // Neither the policy nor the account may have changed since it was looked at.
        const now = await tx.gateways.byId(given.gatewayId);
        const alive = await tx.sessions.aliveById(session.id, clock.now());
        if (now?.passwordPairing !== 1 || !alive || (await tx.secondFactors.get(account.id))) {
          throw new CloudError('second_factor_enrolment_required', 'Adding devices to this VMS needs a code.');
        }
        return make(tx, visit, account, session, given.gatewayId, ['pwd']);
      });
    },

    /** The gateway spends it: one caller only. */
    async redeem(visit: Visit, gateway: GatewayRow, elevation: string) {
      return store.transaction(async (tx) => {
        const row = await tx.elevations.redeem(hashSecret(elevation), gateway.id, clock.now());
        // The role may have gone or shrunk since.
        if (!row || !may(await tx.members.roleAtGateway(row.accountId, gateway.id), 'device.pair'))
          throw new CloudError('elevation_invalid', 'This elevation is used, too old, or for another VMS Local.');
        await audit(tx, clock, 'elevation.redeemed', visit, {
          accountId: row.accountId,
          organisationId: gateway.organisationId,
          detail: { elevationId: row.id, gatewayId: gateway.id },
        });
        return {
          elevationId: row.id,
          sub: row.accountId,
          email: row.email,
          amr: JSON.parse(row.amr) as Amr[],
          scope: elevationScope,
        };
      });
    },
  };
}
export type Elevations = ReturnType<typeof createElevations>;
