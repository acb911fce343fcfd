import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { tunnelClose } from '../../core/tunnel/tunnel.ts';
import { lifetimes } from '../config.ts';
import { CloudError } from '../errors.ts';
import type { Access } from '../organisation/access.ts';
import type { Role } from '../organisation/rights.ts';
import { audit } from '../sign-in/audit.ts';
import type { Ending, Endings } from '../sign-in/endings.ts';
import { hashSecret, newSecret } from '../sign-in/secret-token.ts';
import type { LiveSession } from '../sign-in/sessions.ts';
import type { Visit } from '../sign-in/visit.ts';
import type { GatewayRow } from '../store/access.ts';
import type { Store, Tables } from '../store/store.ts';
import type { Assertions } from '../tokens/assertions.ts';
import type { Tunnels } from './tunnels.ts';

export interface Member {
  sub: string;
  email: string;
  name: string;
  role: Role;
}

const logoutPath = '/api/v1/auth/backchannel-logout';
const mostRevocations = 1000;

/** Who stands for the organisation of a VMS Local: whoever bound it, while they are a Super Admin, else the first of those. */
export async function ownerOf(
  tables: Pick<Tables, 'gateways' | 'members' | 'accounts'>,
  gatewayId: string,
): Promise<Omit<Member, 'role'> | undefined> {
  const gateway = await tables.gateways.byId(gatewayId);
  if (!gateway) return undefined;
  const all = await tables.members.superAdmins(gateway.organisationId);
  const id = all.includes(gateway.accountId) ? gateway.accountId : all[0];
  const owner = id === undefined ? undefined : await tables.accounts.byId(id);
  return owner && { sub: owner.id, email: owner.email, name: owner.name };
}

/** Bound VMS Locals: who may enter, opening one from outside, unbinding, and telling them who has to go. */
export function createGateways(
  deps: RuntimeDeps & {
    store: Store;
    access: Access;
    tunnels: Tunnels;
    assertions: Assertions;
    endings: Endings;
    /** The origin at which browsers reach this gateway. */
    originOf(gatewayId: string): Promise<string>;
    /** Close what the relay holds open for this gateway. */
    closeRelay(gatewayId: string): void;
  },
) {
  const { store, access, tunnels, assertions, clock, random, log } = deps;
  const unknown = () => new CloudError('gateway_unknown', 'There is no such VMS Local in this account.');

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
    const ids = ending.gatewayIds ?? (await store.gateways.of(ending.accountId)).map(({ id }) => id);
    await Promise.all(
      ids
        .filter((id) => tunnels.online(id))
        .map((id) =>
          tellOne(id, ending).catch((error: unknown) =>
            log.warn({ gatewayId: id, reason: (error as Error).message }, 'gateway was not told of a logout'),
          ),
        ),
    );
  };

  /** Take a binding back: the row, its tokens and relay sessions; then what is live. */
  const release = async (visit: Visit, gateway: GatewayRow, session?: LiveSession) => {
    const gone = await store.transaction(async (tx) => {
      if (!(await tx.gateways.unbind(gateway.id, gateway.organisationId))) return false;
      await tx.oidcRecords.destroyByClient(gateway.id);
      await tx.relay.endByGateway(gateway.id);
      await audit(tx, clock, 'gateway.unbound', visit, {
        accountId: session?.accountId ?? gateway.accountId,
        ...(session ? { sessionId: session.id } : {}),
        organisationId: gateway.organisationId,
        detail: { gatewayId: gateway.id, name: gateway.name, by: session ? 'portal' : 'gateway' },
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

    /** May this account enter this gateway: has it a role there? */
    async mayEnter(accountId: string, gatewayId: string): Promise<boolean> {
      return (await store.members.roleAtGateway(accountId, gatewayId)) !== undefined;
    },

    /** Who may enter a gateway, and as what; the owner apart, since a gateway gives that one every right. */
    async members(gateway: GatewayRow): Promise<{ owner: Omit<Member, 'role'>; members: Member[] }> {
      return { owner: (await ownerOf(store, gateway.id))!, members: await store.members.atGateway(gateway.id) };
    },

    /** Name it, or move it to another site of its organisation: whose role is another one there is put out at once. */
    settle: (
      visit: Visit,
      session: LiveSession,
      gatewayId: string,
      change: { name?: string | undefined; siteId?: string | undefined },
    ) =>
      store.transaction(async (tx) => {
        const before = await access.gateway(tx, session.accountId, gatewayId, 'gateway.change');
        const { organisationId } = before;
        if (change.siteId !== undefined) {
          const site = await access.site(tx, session.accountId, change.siteId, 'gateway.bind');
          if (site.organisationId !== organisationId) {
            throw new CloudError('site_unknown', 'That site belongs to another organisation.', { field: 'siteId' });
          }
        }
        await access.changing(tx, organisationId, 'gateway_moved', () =>
          tx.gateways.settle(gatewayId, { label: change.name, siteId: change.siteId }),
        );
        const after = (await tx.gateways.byId(gatewayId))!;
        await audit(tx, clock, 'gateway.changed', visit, {
          accountId: session.accountId,
          sessionId: session.id,
          organisationId,
          detail: {
            gatewayId,
            name: after.name,
            site: after.siteName,
            ...(before.name === after.name ? {} : { nameBefore: before.name }),
            ...(before.siteId === after.siteId ? {} : { siteBefore: before.siteName }),
          },
        });
      }),

    unbind: async (visit: Visit, session: LiveSession, gatewayId: string): Promise<void> => {
      await release(visit, await access.gateway(store, session.accountId, gatewayId, 'gateway.unbind'), session);
    },

    /** The gateway itself leaves. Its tunnel is closed after it was answered. */
    unbindSelf: async (visit: Visit, gateway: GatewayRow): Promise<void> => {
      void (await release(visit, gateway));
    },

    /** A ticket for the relay: 60 seconds, once, for this session and gateway. */
    async open(session: LiveSession, gatewayId: string, cameraId?: string) {
      await access.gateway(store, session.accountId, gatewayId, 'gateway.open');
      if (!tunnels.online(gatewayId)) {
        throw new CloudError('gateway_offline', 'This VMS Local is not connected at the moment.');
      }
      if (cameraId !== undefined && !(await store.cameras.exists(gatewayId, cameraId))) {
        throw new CloudError('device_unknown', 'There is no such camera at this VMS Local.');
      }
      const ticket = newSecret(random);
      const expiresAt = clock.now() + lifetimes.relayTicket;
      await store.relay.insertTicket({
        tokenHash: hashSecret(ticket),
        sessionId: session.id,
        gatewayId,
        cameraId: cameraId ?? null,
        expiresAt,
      });
      return { openUrl: `${await deps.originOf(gatewayId)}/${gatewayId}/_open`, ticket, expiresAt };
    },

    async revocations(gateway: GatewayRow, after: number) {
      const rows = await store.revocations.after(gateway.id, after, mostRevocations);
      return { rows, last: rows.at(-1)?.seq ?? Math.max(after, await store.revocations.last()) };
    },
  };
}
export type Gateways = ReturnType<typeof createGateways>;
