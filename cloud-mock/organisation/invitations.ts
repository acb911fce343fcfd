import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { lifetimes } from '../config.ts';
import { CloudError } from '../errors.ts';
import { letters } from '../mail/letters.ts';
import type { Mailer } from '../mail/mailer.ts';
import { audit } from '../sign-in/audit.ts';
import { hashSecret, newId, newSecret } from '../sign-in/secret-token.ts';
import type { LiveSession } from '../sign-in/sessions.ts';
import type { Visit } from '../sign-in/visit.ts';
import type { InvitationRow } from '../store/invitations.ts';
import type { Store, Tables, Tx } from '../store/store.ts';
import type { Access } from './access.ts';
import { everySite, type Grant, mayGrant, whyNoAccess } from './rights.ts';
import { checkAccess, grantsOf } from './users.ts';

const days = lifetimes.invitation / 86_400_000;
const invalid = () =>
  new CloudError(
    'invitation_invalid',
    `This invitation was used, withdrawn or sent anew, or is older than ${days} days.`,
  );
const unknown = () => new CloudError('invitation_unknown', 'There is no such open invitation.');

/**
 * Invitations by mail: 256 bits kept as a hash, seven days, once, the newest link only. Looking at one changes nothing.
 * Who may accept is whoever has the link and is signed in with the invited address: an address is not confirmed when a
 * TP-Link ID is registered, so the link is what shows that it is theirs.
 */
export function createInvitations(
  deps: RuntimeDeps & { store: Store; access: Access; mailer: Mailer; publicUrl: string },
) {
  const { store, access, mailer, clock, random, publicUrl } = deps;

  const send = async (tx: Tx, email: string, token: string, from: string, organisation: string) =>
    mailer.post(tx, email, letters.invitation(from, organisation, `${publicUrl}/invitation#${token}`, days));

  /** What it would give today: sites may be gone, and whoever invited may no longer be allowed to. */
  const standing = async (
    tables: Pick<Tables, 'sites' | 'members'>,
    row: InvitationRow,
  ): Promise<Grant[] | undefined> => {
    const sites = new Set((await tables.sites.of(row.organisationId)).map(({ id }) => id));
    const given = grantsOf(row).filter(({ site }) => site === everySite || sites.has(site));
    const theirs = await tables.members.grants(row.organisationId, row.invitedBy);
    return whyNoAccess(given, sites) === undefined && mayGrant(theirs, given) ? given : undefined;
  };

  const byToken = async (tables: Tables, token: string) => {
    const row = await tables.invitations.openByToken(hashSecret(token), clock.now());
    const given = row && (await standing(tables, row));
    if (!row || !given) throw invalid();
    return { row, given };
  };

  return {
    invite: (
      visit: Visit,
      session: LiveSession,
      organisationId: string,
      given: { email: string; access: Grant[] },
    ): Promise<string> =>
      store.transaction(async (tx) => {
        const { organisation, own } = await access.organisation(
          tx,
          session.accountId,
          organisationId,
          'user.manage',
          true,
        );
        await checkAccess(tx, organisationId, own, given.access);
        const email = given.email.toLowerCase();
        const there = await tx.accounts.byEmail(email);
        if (there && (await tx.members.grants(organisationId, there.id)).length > 0) {
          throw new CloudError('already_member', 'This TP-Link ID is a user of the organisation already.', {
            field: 'email',
          });
        }
        // One that is open gives way: its access must have been this member's to give, too.
        const open = (await tx.invitations.openOf(organisationId)).find((one) => one.email === email);
        if (open) await checkAccess(tx, organisationId, own, grantsOf(open));
        const at = clock.now();
        const token = newSecret(random);
        const id = newId('inv', random);
        await tx.invitations.insert({
          id,
          organisationId,
          email,
          tokenHash: hashSecret(token),
          access: JSON.stringify(given.access),
          invitedBy: session.accountId,
          createdAt: at,
          expiresAt: at + lifetimes.invitation,
        });
        const from = (await tx.accounts.byId(session.accountId))!;
        await audit(tx, clock, 'invitation.sent', visit, {
          accountId: session.accountId,
          sessionId: session.id,
          organisationId,
          detail: { invitationId: id, user: email, access: given.access },
        });
        await send(tx, email, token, from.name, organisation.name);
        return id;
      }),

    /** Send it anew: seven more days, and the link before is dead. */
    resend: (visit: Visit, session: LiveSession, organisationId: string, id: string) =>
      store.transaction(async (tx) => {
        const { organisation, own } = await access.organisation(
          tx,
          session.accountId,
          organisationId,
          'user.manage',
          true,
        );
        const row = await tx.invitations.openById(id, organisationId);
        if (!row) throw unknown();
        await checkAccess(tx, organisationId, own, grantsOf(row));
        const at = clock.now();
        const token = newSecret(random);
        await tx.invitations.renew(id, {
          tokenHash: hashSecret(token),
          invitedBy: session.accountId,
          at,
          expiresAt: at + lifetimes.invitation,
        });
        const from = (await tx.accounts.byId(session.accountId))!;
        await audit(tx, clock, 'invitation.sent_again', visit, {
          accountId: session.accountId,
          sessionId: session.id,
          organisationId,
          detail: { invitationId: id, user: row.email },
        });
        await send(tx, row.email, token, from.name, organisation.name);
        return row.email;
      }),

    withdraw: (visit: Visit, session: LiveSession, organisationId: string, id: string) =>
      store.transaction(async (tx) => {
        const { own } = await access.organisation(tx, session.accountId, organisationId, 'user.manage', true);
        const row = await tx.invitations.openById(id, organisationId);
        if (!row || !mayGrant(own, grantsOf(row))) throw unknown();
        if (!(await tx.invitations.decide(id, 'withdrawn', clock.now()))) throw unknown();
        await audit(tx, clock, 'invitation.withdrawn', visit, {
          accountId: session.accountId,
          sessionId: session.id,
          organisationId,
          detail: { invitationId: id, user: row.email },
        });
      }),

    /** The address of an invitation, for limits around sending it again. */
    addressee: async (organisationId: string, id: string) =>
      (await store.invitations.openById(id, organisationId))?.email,

    /** What a link is for; changes nothing. */
    async look(token: string) {
      const { row, given } = await byToken(store, token);
      const organisation = (await store.organisations.byId(row.organisationId))!;
      const from = (await store.accounts.byId(row.invitedBy))!;
      const sites = new Map((await store.sites.of(row.organisationId)).map(({ id, name }) => [id, name]));
      return {
        email: row.email,
        organisation: organisation.name,
        from: { name: from.name, email: from.email },
        access: given.map(({ site, role }) => ({ role, site: site === everySite ? null : sites.get(site)! })),
        expiresAt: row.expiresAt,
      };
    },

    /** Join by the link: once, also when it is sent twice at the same time. */
    accept: (visit: Visit, session: LiveSession, token: string) =>
      store.transaction(async (tx) => {
        const { row, given } = await byToken(tx, token);
        const account = await tx.accounts.byId(session.accountId);
        if (account?.email !== row.email) {
          throw new CloudError(
            'invitation_for_other',
            `This invitation is for ${row.email}. Sign in with that TP-Link ID.`,
          );
        }
        const at = clock.now();
        if (!(await tx.invitations.decide(row.id, 'accepted', at, hashSecret(token)))) throw invalid();
        const { organisationId } = row;
        await access.changing(tx, organisationId, 'role_changed', async () => {
          await tx.members.join(organisationId, account.id, at);
          await tx.members.setGrants(organisationId, account.id, given);
        });
        await audit(tx, clock, 'invitation.accepted', visit, {
          accountId: account.id,
          sessionId: session.id,
          organisationId,
          detail: { invitationId: row.id, user: account.email, access: given },
        });
        const organisation = (await tx.organisations.byId(organisationId))!;
        const from = await tx.accounts.byId(row.invitedBy);
        if (from) {
          await mailer.post(
            tx,
            from.email,
            letters.invitationAccepted(from.name, account.email, organisation.name, { at, ...visit }),
          );
        }
        return { organisationId, organisation: organisation.name };
      }),

    decline: (visit: Visit, token: string) =>
      store.transaction(async (tx) => {
        const { row } = await byToken(tx, token);
        if (!(await tx.invitations.decide(row.id, 'declined', clock.now(), hashSecret(token)))) throw invalid();
        await audit(tx, clock, 'invitation.declined', visit, {
          organisationId: row.organisationId,
          detail: { invitationId: row.id, user: row.email },
        });
      }),
  };
}
export type Invitations = ReturnType<typeof createInvitations>;
