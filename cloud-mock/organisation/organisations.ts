import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Random } from '../../core/runtime/random.ts';
import { CloudError } from '../errors.ts';
import { audit } from '../sign-in/audit.ts';
import type { LiveSession } from '../sign-in/sessions.ts';
import type { Visit } from '../sign-in/visit.ts';
import type { AccountRow } from '../store/accounts.ts';
import type { Store, Tx } from '../store/store.ts';
import type { Access } from './access.ts';
import { everySite, rightsOf, roleAt } from './rights.ts';

/** Sixteen digits, as TP-Link's site ids are. */
const newSiteId = (random: Random) =>
  String(1 + random.int(9)) + Array.from({ length: 15 }, () => random.int(10)).join('');

/** What every account begins with: an organisation of its own with one site. */
export async function found(tx: Tx, account: Omit<AccountRow, 'generation'>, random: Random): Promise<void> {
  const { id, region, createdAt } = account;
  // As TP-Link's: the region, then 32 hexadecimal digits.
  const organisationId = `${region}-${random.bytes(16).toString('hex')}`;
  await tx.organisations.insert({
    id: organisationId,
    name: `${account.name}’s organisation`,
    region,
    timeZone: 'UTC',
    founderId: id,
    createdAt,
  });
  await tx.members.join(organisationId, id, createdAt);
  await tx.members.setGrants(organisationId, id, [{ site: everySite, role: 'super_admin' }]);
  await tx.sites.insert({
    id: newSiteId(random),
    organisationId,
    name: 'Main site',
    timeZone: 'UTC',
    address: '',
    createdAt,
  });
}

const nameTaken = () => new CloudError('site_exists', 'There is a site of that name already.', { field: 'name' });

/** Organisations and their sites, as members see and change them. */
export function createOrganisations(deps: RuntimeDeps & { store: Store; access: Access }) {
  const { store, access, clock, random } = deps;

  return {
    /** Those the account belongs to, each with the sites it may see, and what it may do there. */
    async of(accountId: string) {
      const all = await store.organisations.of(accountId);
      return Promise.all(
        all.map(async (organisation) => {
          const own = await store.members.grants(organisation.id, accountId);
          const sites = (await store.sites.of(organisation.id)).flatMap((site) => {
            const role = roleAt(own, site.id);
            return role ? [{ ...site, role, rights: rightsOf(role) }] : [];
          });
          const role = roleAt(own, everySite);
          return { ...organisation, own: organisation.founderId === accountId, role, rights: rightsOf(role), sites };
        }),
      );
    },

    change: (
      visit: Visit,
      session: LiveSession,
      organisationId: string,
      change: { name?: string | undefined; timeZone?: string | undefined },
    ) =>
      store.transaction(async (tx) => {
        await access.organisation(tx, session.accountId, organisationId, 'organisation.change');
        await tx.organisations.change(organisationId, change);
        await audit(tx, clock, 'organisation.changed', visit, {
          accountId: session.accountId,
          sessionId: session.id,
          organisationId,
          detail: change,
        });
      }),

    makeSite: (
      visit: Visit,
      session: LiveSession,
      organisationId: string,
      given: { name: string; timeZone: string; address: string },
    ) =>
      store.transaction(async (tx) => {
        await access.organisation(tx, session.accountId, organisationId, 'site.make');
        const id = newSiteId(random);
        if (!(await tx.sites.insert({ ...given, id, organisationId, createdAt: clock.now() }))) throw nameTaken();
        await audit(tx, clock, 'site.made', visit, {
          accountId: session.accountId,
          sessionId: session.id,
          organisationId,
          detail: { siteId: id, name: given.name },
        });
        return id;
      }),

    changeSite: (
      visit: Visit,
      session: LiveSession,
      siteId: string,
      change: { name?: string | undefined; timeZone?: string | undefined; address?: string | undefined },
    ) =>
      store.transaction(async (tx) => {
        const { organisationId } = await access.site(tx, session.accountId, siteId, 'site.change');
        if (!(await tx.sites.change(siteId, change))) throw nameTaken();
        await audit(tx, clock, 'site.changed', visit, {
          accountId: session.accountId,
          sessionId: session.id,
          organisationId,
          detail: { siteId, ...change },
        });
      }),

    removeSite: (visit: Visit, session: LiveSession, siteId: string) =>
      store.transaction(async (tx) => {
        const { organisationId, name } = await access.site(tx, session.accountId, siteId, 'site.remove');
        await access.changing(tx, organisationId, 'site_removed', async () => {
          if (!(await tx.sites.remove(siteId, organisationId))) {
            throw new CloudError(
              'site_in_use',
              'Move its VMS Locals to another site first; an organisation keeps at least one site.',
            );
          }
        });
        await audit(tx, clock, 'site.removed', visit, {
          accountId: session.accountId,
          sessionId: session.id,
          organisationId,
          detail: { siteId, name },
        });
      }),
  };
}
export type Organisations = ReturnType<typeof createOrganisations>;
