import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { tunnelClose } from '../../core/tunnel/tunnel.ts';
import { lifetimes } from '../config.ts';
import { CloudError } from '../errors.ts';
import { audit } from '../sign-in/audit.ts';
import type { Ending, Endings } from '../sign-in/endings.ts';
import { hashSecret, newSecret } from '../sign-in/secret-token.ts';
import type { LiveSession } from '../sign-in/sessions.ts';
import type { Visit } from '../sign-in/visit.ts';
import type { GatewayRow } from '../store/access.ts';
import type { Store } from '../store/store.ts';
import type { Assertions } from '../tokens/assertions.ts';
import type { Tunnels } from './tunnels.ts';

export interface Member {
  sub: string;
  email: string;
  name: string;
  role: 'owner';
}

const logoutPath = '/api/v1/auth/backchannel-logout';
const mostRevocations = 1000;

/** Bound VMS Locals: who may enter, opening one from outside, unbinding, and telling them who has to go. */
export function createGateways(
  deps: RuntimeDeps & {
    store: Store;
    tunnels: Tunnels;
    assertions: Assertions;
    endings: Endings;
    /** The origin at which browsers reach this gateway. */
    originOf(gatewayId: string): Promise<string>;
    /** Close what the relay holds open for this gateway. */
    closeRelay(gatewayId: string): void;
  },
) {
  const { store, tunnels, assertions, clock, random, log } = deps;
  const unknown = () => new CloudError('gateway_unknown', 'There is no such VMS Local in this account.');

  const owned = async (gatewayId: string, accountId: string): Promise<GatewayRow> => {
    const gateway = await store.gateways.byId(gatewayId);
    if (gateway?.accountId !== accountId) throw unknown();
    return gateway;
  };

  /** OpenID Connect back-channel logout, through the tunnel. A gateway that is away reads it from its revocations later. */
  const tellOne = async (gatewayId: string, { accountId, sessionId }: Ending): Promise<void> => {
    const token = await assertions.logout(accountId, sessionId, gatewayId);
    const { status } = await tunnels.ask(gatewayId, {
      method: 'POST',
      path: logoutPath,
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ logout_token: token }).toString(),
    });
    if (status >= 300) log.warn({ gatewayId, status }, 'gateway did not take a logout');
  };
  const tellAll = async (ending: Ending): Promise<void> => {
    const gateways = await store.gateways.of(ending.accountId);
    await Promise.all(
      gateways
        .filter((gateway) => tunnels.online(gateway.id))
        .map((gateway) =>
          tellOne(gateway.id, ending).catch((error: unknown) =>
            log.warn({ gatewayId: gateway.id, reason: (error as Error).message }, 'gateway was not told of a logout'),
          ),
        ),
    );
  };

  /** Take a binding back: the row, its tokens and relay sessions; then what is live. */
  const release = async (visit: Visit, gateway: GatewayRow, by: 'owner' | 'gateway', sessionId?: string) => {
    const gone = await store.transaction(async (tx) => {
      if (!(await tx.gateways.unbind(gateway.id, gateway.accountId))) return false;
      await tx.oidcRecords.destroyByClient(gateway.id);
      await tx.relay.endByGateway(gateway.id);
      await audit(tx, clock, 'gateway.unbound', visit, {
        accountId: gateway.accountId,
        ...(sessionId ? { sessionId } : {}),
        detail: { gatewayId: gateway.id, name: gateway.name, by },
      });
      return true;
    });
    if (!gone) throw unknown();
    deps.closeRelay(gateway.id);
    return tunnels.close(gateway.id, tunnelClose.unbound);
  };

  return {
    /** Start telling gateways of endings. */
    listen: (): Disposable =>
      deps.endings.subscribe((ending) => {
        tellAll(ending).catch((error: unknown) => log.warn({ err: error }, 'gateways were not told of a logout'));
      }),

    async list(accountId: string) {
      return (await store.gateways.of(accountId)).map((gateway) => ({
        ...gateway,
        online: tunnels.online(gateway.id),
      }));
    },

    owned,

    /** May this account enter this gateway? Its owner; guests come with invitations. */
    async mayEnter(accountId: string, gatewayId: string): Promise<boolean> {
      return (await store.gateways.byId(gatewayId))?.accountId === accountId;
    },

    async members(gateway: GatewayRow): Promise<Member[]> {
      const owner = (await store.accounts.byId(gateway.accountId))!;
      return [{ sub: owner.id, email: owner.email, name: owner.name, role: 'owner' }];
    },

    unbind: async (visit: Visit, session: LiveSession, gatewayId: string): Promise<void> => {
      await release(visit, await owned(gatewayId, session.accountId), 'owner', session.id);
    },

    /** The gateway itself leaves. Its tunnel is closed after it was answered. */
    unbindSelf: async (visit: Visit, gateway: GatewayRow): Promise<void> => {
      void (await release(visit, gateway, 'gateway'));
    },

    /** A ticket for the relay: 60 seconds, once, for this session and gateway. */
    async open(session: LiveSession, gatewayId: string) {
      await owned(gatewayId, session.accountId);
      if (!tunnels.online(gatewayId)) {
        throw new CloudError('gateway_offline', 'This VMS Local is not connected at the moment.');
      }
      const ticket = newSecret(random);
      const expiresAt = clock.now() + lifetimes.relayTicket;
      await store.relay.insertTicket({ tokenHash: hashSecret(ticket), sessionId: session.id, gatewayId, expiresAt });
      return { openUrl: `${await deps.originOf(gatewayId)}/${gatewayId}/_open`, ticket, expiresAt };
    },

    async revocations(gateway: GatewayRow, after: number) {
      const rows = await store.revocations.after(gateway.accountId, after, mostRevocations);
      return { rows, last: rows.at(-1)?.seq ?? Math.max(after, await store.revocations.last()) };
    },
  };
}
export type Gateways = ReturnType<typeof createGateways>;
