import type { Adapter, Payload, errors as ProviderErrors } from 'oidc-provider';
import type { Clock } from '../../core/runtime/clock.ts';
import { lifetimes } from '../config.ts';
import type { Seal } from '../sign-in/seal.ts';
import { hashSecret } from '../sign-in/secret-token.ts';
import type { Sessions } from '../sign-in/sessions.ts';
import type { Store } from '../store/store.ts';
import type { OidcRow } from '../store/tokens.ts';

export const payloadPurpose = (model: string) => `oidc ${model}`;
export const userCodeHash = (userCode: string) => hashSecret(`user code ${userCode}`);

/** oidc-provider's clients are the bound gateways and the terminals. */
export interface Clients {
  find(id: string): Promise<Payload | undefined>;
}

/**
 * Storage for oidc-provider. Two things are not as in its examples: an id is the token itself there, so ids are hashed and
 * payloads sealed; and `consume` is one conditional write whose losers are refused, where the library reads first and
 * writes later.
 */
export function createAdapter(deps: {
  store: Store;
  seal: Seal;
  clock: Clock;
  clients: Clients;
  errors: typeof ProviderErrors;
  sessions: Pick<Sessions, 'use'>;
  /** False: this device code is polled too fast. */
  mayPoll(deviceCodeHash: string): Promise<boolean>;
}): (model: string) => Adapter {
  const { store, seal, clock, errors } = deps;
  return (model) => {
    const open = (row: OidcRow | undefined): Payload | undefined =>
      row && {
        ...(JSON.parse(seal.open(row.sealedPayload, payloadPurpose(model))) as Payload),
        ...(row.consumedAt === null ? {} : { consumed: Math.floor(row.consumedAt / 1000) }),
      };
    return {
      async upsert(id, payload, expiresIn) {
        const row = {
          model,
          idHash: hashSecret(id),
          sealedPayload: seal.close(JSON.stringify(payload), payloadPurpose(model)),
          grantId: model === 'Grant' ? id : (payload.grantId ?? null),
          uid: payload.uid ?? null,
          userCodeHash: payload.userCode ? userCodeHash(payload.userCode) : null,
          accountId: payload.accountId ?? null,
          clientId: payload.clientId ?? null,
          expiresAt: expiresIn === undefined ? null : clock.now() + expiresIn * 1000,
        };
        if (model !== 'ReplayDetection') return store.oidcRecords.upsert(row);
        // The library has looked already, but two at once both saw nothing.
        if (!(await store.oidcRecords.insertOnce(row))) {
          throw new errors.InvalidClientAuth('client assertion tokens must only be used once');
        }
      },
      async find(id) {
        if (model === 'Client') return deps.clients.find(id);
        const idHash = hashSecret(id);
        const row = await store.oidcRecords.find(model, idHash, clock.now());
        if (row && model === 'DeviceCode' && row.claimedAt === null && !(await deps.mayPoll(idHash))) {
          throw new errors.SlowDown();
        }
        // A grant is as good as the session that gave it: idle for too long, nothing more comes of either.
        if (model === 'Grant' && row?.sessionId && !(await deps.sessions.use(row.sessionId))) return undefined;
        // Spent just now: a client that asked twice at once is refused, but loses no more than that. What comes later is
        // given out as spent, and the library ends the whole grant.
        const justSpent = row?.consumedAt != null && clock.now() - row.consumedAt < lifetimes.reuseGrace;
        return justSpent ? undefined : open(row);
      },
      findByUid: async (uid) => open(await store.oidcRecords.findByUid(model, uid, clock.now())),
      findByUserCode: async (code) => open(await store.oidcRecords.findByUserCode(userCodeHash(code), clock.now())),
      async consume(id) {
        if (!(await store.oidcRecords.consume(model, hashSecret(id), clock.now()))) {
          throw new errors.InvalidGrant('already used');
        }
      },
      destroy: async (id) => void (await store.oidcRecords.destroy(model, hashSecret(id))),
      revokeByGrantId: async (grantId) => void (await store.oidcRecords.destroyByGrant(model, grantId)),
    };
  };
}
