import type { Payload } from 'oidc-provider';
import type { Clock } from '../../core/runtime/clock.ts';
import { CloudError } from '../errors.ts';
import { audit } from '../sign-in/audit.ts';
import type { Engine } from '../sign-in/engine.ts';
import type { Seal } from '../sign-in/seal.ts';
import type { LiveSession, Sessions } from '../sign-in/sessions.ts';
import type { Visit } from '../sign-in/visit.ts';
import type { Store } from '../store/store.ts';
import { payloadPurpose, userCodeHash } from './adapter.ts';
import type { Oidc } from './oidc.ts';

const purpose = payloadPurpose('DeviceCode');
const unknown = () => new CloudError('device_code_unknown', 'This code is not known, was used, or has run out.');

/**
 * The user's side of the device grant (RFC 8628): look a code up, allow or refuse it. Allowing makes a session of its own
 * for the terminal, which inherits what the approving session proved and stands in the owner's list of sessions.
 */
export function createDeviceGrants(deps: {
  store: Store;
  seal: Seal;
  clock: Clock;
  engine: Engine;
  sessions: Sessions;
  oidc: Oidc;
}) {
  const { store, seal, clock, engine, sessions, oidc } = deps;
  const find = async (userCode: string) => {
    const hash = userCodeHash(userCode.toUpperCase().replace(/\W/g, ''));
    const row = await store.oidcRecords.findByUserCode(hash, clock.now());
    if (!row || row.claimedAt !== null) throw unknown();
    const payload = JSON.parse(seal.open(row.sealedPayload, purpose)) as Payload & {
      clientId: string;
      params?: { scope?: string };
      deviceInfo?: { ip?: string; ua?: string };
    };
    return { hash, row, payload };
  };

  return {
    async look(userCode: string) {
      const { payload, row } = await find(userCode);
      return {
        clientId: payload.clientId,
        clientName: await oidc.clientName(payload.clientId),
        scopes: payload.params?.scope?.split(' ') ?? [],
        address: payload.deviceInfo?.ip ?? '',
        userAgent: payload.deviceInfo?.ua ?? '',
        expiresAt: row.expiresAt!,
      };
    },

    async approve(visit: Visit, session: LiveSession, userCode: string): Promise<void> {
      const { hash, payload } = await find(userCode);
      const terminal: Visit = {
        door: 'device-grant',
        address: payload.deviceInfo?.ip ?? '',
        userAgent: payload.deviceInfo?.ua ?? '',
      };
      const minted = await store.transaction((tx) => engine.derive(tx, session, 'terminal', terminal));
      if (!minted) throw new CloudError('session_required', 'Sign in first.');
      const scope = payload.params?.scope ?? 'openid';
      const grantId = await oidc.grant(minted.session, payload.clientId, scope);
      const decided = {
        ...payload,
        accountId: session.accountId,
        acr: session.acr,
        amr: session.amr,
        authTime: Math.floor(session.authenticatedAt / 1000),
        grantId,
        scope,
      };
      const won = await store.oidcRecords.claimUserCode(
        hash,
        seal.close(JSON.stringify(decided), purpose),
        { accountId: session.accountId, grantId },
        clock.now(),
      );
      if (!won) {
        await sessions.end(visit, minted.session, 'not_used');
        throw unknown();
      }
      await audit(store, clock, 'terminal.approved', visit, {
        accountId: session.accountId,
        sessionId: minted.session.id,
        detail: { client: payload.clientId, address: terminal.address },
      });
    },

    async deny(visit: Visit, session: LiveSession, userCode: string): Promise<void> {
      const { hash, payload } = await find(userCode);
      const decided = { ...payload, error: 'access_denied', errorDescription: 'the owner refused' };
      const owner = { accountId: session.accountId, grantId: null };
      if (
        !(await store.oidcRecords.claimUserCode(hash, seal.close(JSON.stringify(decided), purpose), owner, clock.now()))
      ) {
        throw unknown();
      }
      await audit(store, clock, 'terminal.refused', visit, { accountId: session.accountId, sessionId: session.id });
    },
  };
}
export type DeviceGrants = ReturnType<typeof createDeviceGrants>;
