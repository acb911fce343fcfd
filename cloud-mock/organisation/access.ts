import type { Clock } from '../../core/runtime/clock.ts';
import { CloudError } from '../errors.ts';
import type { Endings } from '../sign-in/endings.ts';
import type { GatewayRow } from '../store/access.ts';
import type { OrganisationRow, SiteRow } from '../store/organisations.ts';
import type { Tables, Tx } from '../store/store.ts';
import { everySite, type Grant, may, type Right, type Role, roleAt } from './rights.ts';

type Reading = Pick<Tables, 'gateways' | 'members' | 'organisations' | 'sites'>;

const insufficient = (right: Right) =>
  new CloudError('role_insufficient', 'Your role in this organisation does not allow that.', { right });

/**
 * The one place that says who may do what. What somebody may not see does not exist for them (404); what they see but may
 * not do is refused as such (403). `tables` is the store, or the transaction of what the right is needed for.
 */
export function createAccess(deps: { clock: Clock; endings: Endings }) {
  const { clock, endings } = deps;
  const unknownGateway = () => new CloudError('gateway_unknown', 'There is no such VMS Local in this account.');

  return {
    async gateway(
      tables: Reading,
      accountId: string,
      gatewayId: string,
      right: Right,
    ): Promise<GatewayRow & { role: Role }> {
      const gateway = await tables.gateways.byId(gatewayId);
      const role = gateway && (await tables.members.roleAtSite(accountId, gateway.siteId));
      if (!gateway || !role) throw unknownGateway();
      if (!may(role, right)) throw insufficient(right);
      return { ...gateway, role };
    },

    async site(tables: Reading, accountId: string, siteId: string, right: Right): Promise<SiteRow> {
      const site = await tables.sites.byId(siteId);
      const role = site && (await tables.members.roleAtSite(accountId, site.id));
      if (!site || !role) throw new CloudError('site_unknown', 'There is no such site in your organisations.');
      if (!may(role, right)) throw insufficient(right);
      return site;
    },

    /** The organisation and what this account was given there. `right`: needed at every site, or (`anywhere`) at one. */
    async organisation(
      tables: Reading,
      accountId: string,
      organisationId: string,
      right?: Right,
      anywhere = false,
    ): Promise<{ organisation: OrganisationRow; own: Grant[] }> {
      const organisation = await tables.organisations.byId(organisationId);
      const own = organisation ? await tables.members.grants(organisationId, accountId) : [];
      if (!organisation || own.length === 0) {
        throw new CloudError('organisation_unknown', 'There is no such organisation among yours.');
      }
      const has = anywhere ? own.some(({ role }) => may(role, right!)) : may(roleAt(own, everySite), right!);
      if (right && !has) throw insufficient(right);
      return { organisation, own };
    },

    /**
     * Do something that may change who has which role at which VMS Local. Whoever loses a role, or has another one after,
     * is put out there at once: relay sessions and sockets, tokens, and (told by the tunnel) the sessions at the gateway.
     */
    async changing<T>(tx: Tx, organisationId: string, reason: string, work: () => Promise<T>): Promise<T> {
      const key = (one: { gatewayId: string; accountId: string }) => `${one.gatewayId} ${one.accountId}`;
      const before = await tx.members.gatewayRoles(organisationId);
      const result = await work();
      const after = new Map((await tx.members.gatewayRoles(organisationId)).map((one) => [key(one), one.role]));
      const at = clock.now();
      const touched = new Map<string, string[]>();
      for (const one of before) {
        if (after.get(key(one)) === one.role) continue;
        const { accountId, gatewayId } = one;
        await tx.oidcRecords.destroyByAccountAt(accountId, gatewayId);
        await tx.relay.endByAccountAt(accountId, gatewayId);
        await tx.revocations.append(accountId, null, at, gatewayId);
        touched.set(accountId, [...(touched.get(accountId) ?? []), gatewayId]);
      }
      tx.afterCommit(() => {
        for (const [accountId, gatewayIds] of touched) endings.announce({ accountId, gatewayIds, reason, at });
      });
      return result;
    },
  };
}
export type Access = ReturnType<typeof createAccess>;
