import type { Clock } from '../../core/runtime/clock.ts';
import { CloudError } from '../errors.ts';
import { letters } from '../mail/letters.ts';
import type { Mailer } from '../mail/mailer.ts';
import { audit } from '../sign-in/audit.ts';
import type { LiveSession } from '../sign-in/sessions.ts';
import type { Visit } from '../sign-in/visit.ts';
import type { InvitationRow } from '../store/invitations.ts';
import type { Store, Tx } from '../store/store.ts';
import type { Access } from './access.ts';
import { everySite, type Grant, may, mayGrant, roleAt, whyNoAccess } from './rights.ts';

/** Refuse access that nobody could give, or that this member may not. */
export async function checkAccess(
  tables: Pick<Tx, 'sites'>,
  organisationId: string,
  own: readonly Grant[],
  access: readonly Grant[],
): Promise<void> {
  const sites = new Set((await tables.sites.of(organisationId)).map(({ id }) => id));
  const reason = whyNoAccess(access, sites);
  if (reason)
    throw new CloudError('access_invalid', `${reason.replace(/^./, (c) => c.toUpperCase())}.`, { field: 'access' });
  if (!mayGrant(own, access)) {
    throw new CloudError('role_insufficient', 'You may only give less than you have yourself, at your own sites.');
  }
}

/** Is any of this theirs to see: given at a site they administer, or everywhere. */
const sees = (own: readonly Grant[], given: readonly Grant[]) =>
  given.some(({ site }) =>
    site === everySite ? own.some(({ role }) => may(role, 'user.manage')) : may(roleAt(own, site), 'user.manage'),
  );

export const grantsOf = (row: Pick<InvitationRow, 'access'>) => JSON.parse(row.access) as Grant[];

/** The members of an organisation: who they are, what they may, and how that is changed or ended. */
export function createUsers(deps: { store: Store; clock: Clock; access: Access; mailer: Mailer }) {
  const { store, clock, access, mailer } = deps;

  const keepSuperAdmin = async (tx: Tx, organisationId: string) => {
    if ((await tx.members.superAdmins(organisationId)).length > 0) return;
    throw new CloudError(
      'last_super_admin',
      'An organisation keeps at least one Super Admin. Make somebody else one first.',
    );
  };

  const find = async (tx: Tx, session: LiveSession, organisationId: string, accountId: string) => {
    const self = accountId === session.accountId;
    const { organisation, own } = await access.organisation(
      tx,
      session.accountId,
      organisationId,
      self ? undefined : 'user.manage',
      true,
    );
    const before = await tx.members.grants(organisationId, accountId);
    const account = await tx.accounts.byId(accountId);
    if (!account || before.length === 0 || !(self || sees(own, before))) {
      throw new CloudError('member_unknown', 'There is no such user in this organisation.');
    }
    return { organisation, own, before, account, self };
  };

  return {
    /** Members and open invitations, as far as they are this member's to manage. */
    async list(accountId: string, organisationId: string) {
      const { own } = await access.organisation(store, accountId, organisationId, 'user.manage', true);
      const rows = await store.members.of(organisationId);
      const members = await Promise.all(
        rows.map(async (row) => ({ ...row, access: await store.members.grants(organisationId, row.accountId) })),
      );
      const invitations = (await store.invitations.openOf(organisationId)).map((row) => ({
        ...row,
        access: grantsOf(row),
      }));
      return {
        members: members
          .filter((one) => one.accountId === accountId || sees(own, one.access))
          .map((one) => ({
            ...one,
            changeable: mayGrant(own, one.access),
          })),
        invitations: invitations
          .filter((one) => sees(own, one.access))
          .map((one) => ({ ...one, changeable: mayGrant(own, one.access) })),
      };
    },

    change: (visit: Visit, session: LiveSession, organisationId: string, accountId: string, given: Grant[]) =>
      store.transaction(async (tx) => {
        const { organisation, own, before, account } = await find(tx, session, organisationId, accountId);
        await checkAccess(tx, organisationId, own, before);
        await checkAccess(tx, organisationId, own, given);
        await access.changing(tx, organisationId, 'role_changed', () =>
          tx.members.setGrants(organisationId, accountId, given),
        );
        await keepSuperAdmin(tx, organisationId);
        const at = clock.now();
        await audit(tx, clock, 'user.role_changed', visit, {
          accountId: session.accountId,
          sessionId: session.id,
          organisationId,
          detail: { user: account.email, before, after: given },
        });
        await mailer.post(tx, account.email, letters.roleChanged(account.name, organisation.name, { at, ...visit }));
      }),

    /** Put a member out; anybody may leave by themselves. */
    remove: (visit: Visit, session: LiveSession, organisationId: string, accountId: string) =>
      store.transaction(async (tx) => {
        const { organisation, own, before, account, self } = await find(tx, session, organisationId, accountId);
        if (!self) await checkAccess(tx, organisationId, own, before);
        await access.changing(tx, organisationId, 'member_removed', () => tx.members.leave(organisationId, accountId));
        await keepSuperAdmin(tx, organisationId);
        const at = clock.now();
        await audit(tx, clock, self ? 'user.left' : 'user.removed', visit, {
          accountId: session.accountId,
          sessionId: session.id,
          organisationId,
          detail: { user: account.email, before },
        });
        if (!self)
          await mailer.post(tx, account.email, letters.removed(account.name, organisation.name, { at, ...visit }));
      }),
  };
}
export type Users = ReturnType<typeof createUsers>;
