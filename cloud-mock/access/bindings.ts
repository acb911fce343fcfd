import type { JWK } from 'jose';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { lifetimes } from '../config.ts';
import { CloudError } from '../errors.ts';
import { letters } from '../mail/letters.ts';
import type { Mailer } from '../mail/mailer.ts';
import type { Access } from '../organisation/access.ts';
import { audit } from '../sign-in/audit.ts';
import { hashSecret, newId, newSecret } from '../sign-in/secret-token.ts';
import type { LiveSession } from '../sign-in/sessions.ts';
import type { Visit } from '../sign-in/visit.ts';
import type { Store, Tx } from '../store/store.ts';
import { ownerOf } from './gateways.ts';
import { gatewayIdOf } from './machine.ts';

/** No vowels, so no words, and nothing that is mistaken for another. */
const alphabet = 'BCDFGHJKLMNPQRSTVWXZ';
const intervalSeconds = 1;
const codeHash = (userCode: string) => hashSecret(`binding ${userCode.toUpperCase().replace(/[^A-Z]/g, '')}`);
const unknown = () => new CloudError('binding_unknown', 'This code is not known, was used, or has run out.');

/** Where a VMS Local goes when nobody says: the first site of the account's own organisation. */
async function ownSite(tx: Tx, accountId: string): Promise<string> {
  const [own] = await tx.organisations.of(accountId);
  const [site] = own?.founderId === accountId ? await tx.sites.of(own.id) : [];
  if (!site) throw new CloudError('site_unknown', 'Say to which site this VMS Local belongs.', { field: 'siteId' });
  return site.id;
}

/**
 * Binding a VMS Local to a TP-Link ID (Cloud Access): the gateway shows a code, its owner approves it here, the gateway
 * learns of it by asking. Our own design, after RFC 8628.
 */
export function createBindings(
  deps: RuntimeDeps & {
    store: Store;
    access: Access;
    mailer: Mailer;
    publicUrl: string;
    issuer: string;
    /** A gateway that was bound elsewhere, or anew: what it held open has to go. */
    onRebound(gatewayId: string): void;
  },
) {
  const { store, access, mailer, clock, random, publicUrl, issuer } = deps;
  const tunnelUrl = `${publicUrl.replace(/^http/, 'ws')}/tunnel`;

  return {
    async begin(given: { name: string; jwk: JWK; redirectUris: string[]; version: string }) {
      const at = clock.now();
      const pollToken = newSecret(random);
      const letters8 = Array.from({ length: 8 }, () => alphabet[random.int(alphabet.length)]).join('');
      const userCode = `${letters8.slice(0, 4)}-${letters8.slice(4)}`;
      const id = newId('bnd', random);
      const expiresAt = at + lifetimes.binding;
      await store.bindings.insert({
        id,
        pollHash: hashSecret(pollToken),
        userCodeHash: codeHash(userCode),
        name: given.name,
        version: given.version,
        jwk: JSON.stringify(given.jwk),
        gatewayId: await gatewayIdOf(given.jwk),
        redirectUris: JSON.stringify(given.redirectUris),
        createdAt: at,
        expiresAt,
      });
      return {
        bindingId: id,
        pollToken,
        userCode,
        verificationUri: `${publicUrl}/bind`,
        verificationUriComplete: `${publicUrl}/bind?code=${userCode}`,
        expiresAt,
        intervalSeconds,
      };
    },

    async poll(given: { bindingId: string; pollToken: string }) {
      const row = await store.bindings.byPoll(given.bindingId, hashSecret(given.pollToken));
      if (!row) throw unknown();
      if (row.state === 'denied') return { status: 'denied' as const };
      if (row.state === 'pending') {
        return { status: row.expiresAt > clock.now() ? ('pending' as const) : ('expired' as const) };
      }
      const owner = await ownerOf(store, row.gatewayId);
      // Unbound again, or bound by somebody else, before it asked.
      if (!owner) return { status: 'denied' as const };
      return {
        status: 'approved' as const,
        gatewayId: row.gatewayId,
        issuer,
        tunnelUrl,
        owner,
      };
    },

    async look(userCode: string) {
      const row = await store.bindings.pendingByCode(codeHash(userCode), clock.now());
      if (!row) throw unknown();
      return { name: row.name, version: row.version, gatewayId: row.gatewayId, expiresAt: row.expiresAt };
    },

    async approve(
      visit: Visit,
      session: LiveSession,
      given: { userCode: string; siteId?: string | undefined },
    ): Promise<string> {
      return store.transaction(async (tx) => {
        const at = clock.now();
        const row = await tx.bindings.pendingByCode(codeHash(given.userCode), at);
        const account = await tx.accounts.byId(session.accountId);
        if (!row || !account) throw unknown();
        const siteId = given.siteId ?? (await ownSite(tx, account.id));
        const { organisationId } = await access.site(tx, account.id, siteId, 'gateway.bind');
        const before = await tx.gateways.byId(row.gatewayId);
        // Bound in this organisation already: binding it anew takes it from the site where it is.
        if (before?.organisationId === organisationId)
          await access.gateway(tx, account.id, row.gatewayId, 'gateway.unbind');
        if (!(await tx.bindings.decide(row.id, 'approved', account.id, at))) throw unknown();
        const bound = await tx.gateways.bind(
          {
            id: row.gatewayId,
            accountId: account.id,
            name: row.name,
            version: row.version,
            organisationId,
            siteId,
            jwk: row.jwk,
            redirectUris: row.redirectUris,
            boundAt: at,
          },
          lifetimes.bindingUntouched,
        );
        if (!bound) {
          throw new CloudError(
            'gateway_bound_elsewhere',
            'This VMS Local belongs to another organisation. Unbind it there first.',
          );
        }
        await tx.oidcRecords.destroyByClient(row.gatewayId);
        await tx.relay.endByGateway(row.gatewayId);
        await tx.cameras.replace(row.gatewayId, [], null);
        await audit(tx, clock, 'gateway.bound', visit, {
          accountId: account.id,
          sessionId: session.id,
          organisationId,
          detail: { gatewayId: row.gatewayId, name: row.name },
        });
        await mailer.post(tx, account.email, letters.gatewayBound(account.name, row.name, { at, ...visit }));
        tx.afterCommit(() => deps.onRebound(row.gatewayId));
        return row.gatewayId;
      });
    },

    async deny(visit: Visit, session: LiveSession, userCode: string): Promise<void> {
      await store.transaction(async (tx) => {
        const at = clock.now();
        const row = await tx.bindings.pendingByCode(codeHash(userCode), at);
        if (!row || !(await tx.bindings.decide(row.id, 'denied', session.accountId, at))) throw unknown();
        await audit(tx, clock, 'gateway.refused', visit, {
          accountId: session.accountId,
          sessionId: session.id,
          detail: { gatewayId: row.gatewayId, name: row.name },
        });
      });
    },
  };
}
export type Bindings = ReturnType<typeof createBindings>;
