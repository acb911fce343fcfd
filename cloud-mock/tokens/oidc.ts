import type { RequestHandler } from 'express';
import type { Context, InteractionModel, Provider } from 'oidc-provider';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Mount } from '../api/app.ts';
import { clientAddress } from '../api/client-address.ts';
import { plainPage } from '../api/plain-page.ts';
import { oidcRoutes } from '../doors.ts';
import { CloudError } from '../errors.ts';
import type { Seal } from '../sign-in/seal.ts';
import { hashSecret } from '../sign-in/secret-token.ts';
import type { LiveSession, Sessions } from '../sign-in/sessions.ts';
import type { Store } from '../store/store.ts';
import { type Clients, createAdapter } from './adapter.ts';
import { type IssuerKeys, signingAlgorithm } from './keys.ts';
import { loadProvider } from './load-provider.ts';

/** The client id of programs in a terminal: VMS PC Client, Config Tool. Public, device grant only. */
export const terminalClient = 'vigil-terminal';
export const offeredScopes = ['openid', 'offline_access', 'email', 'profile'];

const interactionSeconds = 600;
const refreshIdleSeconds = 14 * 86_400;
/** However often it is rotated: a family of refresh tokens ends thirty days after it began. */
const refreshAbsoluteSeconds = 30 * 86_400;
/** Programs poll once a second: a lab is not a shop, and RFC 8628's default of five is long for a test. */
export const pollIntervalSeconds = 1;

const interactionCookie = 'vigil_interaction';
const interactionPath = (uid: string) => `/api/v1/interactions/${uid}`;

/** What the library does not know of, or says more of than any client of ours may use. */
const alsoOffered = {
  response_modes_supported: ['query'],
  prompt_values_supported: ['none', 'login'],
  // Sent through the tunnel, to `/api/v1/auth/backchannel-logout` of the VMS Local.
  backchannel_logout_supported: true,
  backchannel_logout_session_supported: true,
};

/**
 * Token issuer for gateways and terminals: oidc-provider without its pages, its sessions and its dev helpers. Each
 * authorization asks our own portal anew; who is signed in there is known by our session cookie alone.
 */
export async function createOidc(
  deps: RuntimeDeps & {
    store: Store;
    seal: Seal;
    sessions: Sessions;
    keys: IssuerKeys;
    clients: Clients;
    publicUrl: string;
    mayPoll(deviceCodeHash: string): Promise<boolean>;
  },
) {
  const { store, seal, clock, log, sessions, publicUrl } = deps;
  const { library, atInstant } = await loadProvider();
  const { Provider: ProviderClass, errors, interactionPolicy } = library;
  /** The library at the cloud's own time. */
  const inOurTime = <T>(work: () => T): T => atInstant(clock.now(), work);
  const refreshSeconds = (_ctx: Context, token: { iiat: number }) =>
    Math.max(1, Math.min(refreshIdleSeconds, token.iiat + refreshAbsoluteSeconds - Math.floor(clock.now() / 1000)));
  const issuer = `${publicUrl}/oidc`;
  const { Check, Prompt, base } = interactionPolicy;

  const policy = base();
  policy.clear();
  policy.add(
    new Prompt(
      { name: 'login', requestable: true },
      new Check(
        'portal_session',
        'the end-user has to sign in at the portal',
        'login_required',
        (ctx) => !ctx.oidc.result?.login,
      ),
    ),
  );

  /** What tokens say of an account: as it is now, and which session of ours the grant came from. */
  const claimsOf = async (accountId: string, grantId: string | undefined, clientId: string | undefined) => {
    const account = await store.accounts.byId(accountId);
    if (!account) return undefined;
    const factor = await store.secondFactors.get(accountId);
    const gateway = clientId === undefined ? undefined : await store.gateways.byId(clientId);
    const role = gateway && (await store.members.roleAtGateway(accountId, gateway.id));
    // A gateway learns nothing of somebody who may not enter it (any more).
    if (gateway && !role) return undefined;
    const grant = grantId ? await store.oidcRecords.find('Grant', hashSecret(grantId), clock.now()) : undefined;
    return {
      sub: accountId,
      email: account.email,
      name: account.name,
      second_factor_enabled: factor !== undefined,
      ...(grant?.sessionId ? { sid: grant.sessionId } : {}),
      ...(role && gateway ? { role, site: gateway.siteId } : {}),
    };
  };

  const settings = {
    adapter: createAdapter({ store, seal, clock, errors, clients: deps.clients, mayPoll: deps.mayPoll, sessions }),
    cookies: {
      names: { session: 'vigil_oidc', interaction: 'vigil_oidc_flow', resume: 'vigil_oidc_resume' },
      keys: [deps.keys.cookieKey],
      long: { httpOnly: true, sameSite: 'lax', path: '/oidc' },
      short: { httpOnly: true, sameSite: 'lax' },
    },
    clients: [
      {
        client_id: terminalClient,
        client_name: 'VIGI VMS PC Client or Config Tool',
        application_type: 'native',
        grant_types: ['urn:ietf:params:oauth:grant-type:device_code', 'refresh_token'],
        response_types: [],
        redirect_uris: [],
        token_endpoint_auth_method: 'none',
        id_token_signed_response_alg: signingAlgorithm,
      },
    ],
    clientAuthMethods: ['private_key_jwt', 'none'],
    clientDefaults: {
      grant_types: ['authorization_code'],
      response_types: ['code'],
      id_token_signed_response_alg: signingAlgorithm,
      token_endpoint_auth_method: 'private_key_jwt',
    },
    enabledJWA: {
      idTokenSigningAlgValues: [signingAlgorithm],
      clientAuthSigningAlgValues: [signingAlgorithm],
    },
    responseTypes: ['code'],
    acrValues: ['aal1', 'aal2'],
    scopes: offeredScopes,
    claims: {
      iss: null,
      openid: ['sub', 'sid', 'acr', 'amr', 'auth_time', 'second_factor_enabled', 'role', 'site'],
      email: ['email'],
      profile: ['name'],
    },
    // Gateways read e-mail and name from the ID token.
    conformIdTokenClaims: false,
    pkce: { required: () => true },
    allowOmittingSingleRegisteredRedirectUri: false,
    clientBasedCORS: () => false,
    clockTolerance: 15,
    rotateRefreshToken: true,
    // Tokens hang on our own sessions (by their grant), not on oidc-provider's.
    expiresWithSession: async () => false,
    issueRefreshToken: async (
      _ctx: Context,
      client: { grantTypeAllowed(type: string): boolean },
      source: { scopes: Set<string> },
    ) => client.grantTypeAllowed('refresh_token') && source.scopes.has('offline_access'),
    ttl: {
      AccessToken: 3600,
      AuthorizationCode: 60,
      DeviceCode: 600,
      Grant: refreshAbsoluteSeconds,
      IdToken: 3600,
      Interaction: interactionSeconds,
      RefreshToken: refreshSeconds,
      Session: interactionSeconds,
    },
    features: {
      devInteractions: { enabled: false },
      deviceFlow: { enabled: true },
      dPoP: { enabled: false },
      introspection: {
        enabled: true,
        // RFC 7662 §2.1: for those who can prove who they are. A terminal has no key, so anybody could ask in its name.
        allowedPolicy: async (
          _ctx: Context,
          client: { clientId: string; clientAuthMethod: string },
          token: { clientId: string },
        ) => client.clientAuthMethod !== 'none' && client.clientId === token.clientId,
      },
      revocation: {
        enabled: true,
        allowedPolicy: async (_ctx: Context, client: { clientId: string }, token: { clientId: string }) =>
          client.clientId === token.clientId,
      },
      pushedAuthorizationRequests: { enabled: false },
      resourceIndicators: { enabled: false },
      rpInitiatedLogout: { enabled: false },
      userinfo: { enabled: true },
    },
    interactions: {
      policy,
      url: (ctx: Context, interaction: { uid: string }) => {
        // Ties the flow to this browser. One path per flow, so that two tabs do not disturb each other.
        ctx.cookies.set(interactionCookie, interaction.uid, {
          path: interactionPath(interaction.uid),
          httpOnly: true,
          sameSite: 'lax',
          signed: false,
          overwrite: false,
          maxAge: interactionSeconds * 1000,
        });
        return `${publicUrl}/sign-in?interaction=${interaction.uid}`;
      },
    },
    async findAccount(_ctx: Context, accountId: string, token?: { grantId?: string; clientId?: string }) {
      const found = await claimsOf(accountId, token?.grantId, token?.clientId);
      return found && { accountId, claims: async () => found };
    },
    renderError: (ctx: Context, out: { error: string; error_description?: string }) => {
      ctx.type = 'html';
      ctx.body = plainPage({
        title: 'Sign-in stopped',
        paragraphs: [out.error_description ?? out.error, 'Go back to where you came from and try again.'],
        small: out.error,
      });
    },
  };

  /** The library keeps the keys it began with: after a rotation a new one takes over, with all it knows in the database. */
  const build = () => {
    const provider: Provider = new ProviderClass(issuer, { ...settings, jwks: { keys: [...deps.keys.jwks()] } });
    provider.on('error', (error: unknown) => log.error({ err: error }, 'token issuer failed'));
    provider.on('server_error', (_ctx: unknown, error: unknown) => log.error({ err: error }, 'token issuer failed'));
    // The library would link to its own page for user codes, and names no interval.
    provider.use(async (ctx, next) => {
      await next();
      // No page of another origin reads an answer; the library lets any while it knows no client yet.
      if (oidcRoutes[ctx.path] !== 'public') {
        for (const name of Object.keys(ctx.response.headers)) {
          if (name.startsWith('access-control-')) ctx.response.remove(name);
        }
      }
      // A browser has the machine's time: a cookie that ends by ours could be over before it came. The flow's end is kept here.
      const cookies = ctx.response.get('set-cookie');
      if (Array.isArray(cookies)) {
        ctx.response.set(
          'set-cookie',
          cookies.map((line) => (/^[^=]+=[^;]/.test(line) ? line.replace(/; expires=[^;]*/i, '') : line)),
        );
      }
      // RFC 6749 §5.1 wants both.
      if (ctx.path === '/token') ctx.response.set('Pragma', 'no-cache');
      if (ctx.path.startsWith('/.well-known/')) ctx.body = { ...(ctx.body as object), ...alsoOffered };
      const body = ctx.body as { verification_uri?: string; user_code?: string } | undefined;
      if (ctx.path === '/device/auth' && body?.verification_uri) {
        ctx.body = {
          ...body,
          verification_uri: `${publicUrl}/device`,
          verification_uri_complete: `${publicUrl}/device?code=${body.user_code}`,
          interval: pollIntervalSeconds,
        };
      }
    });
    // Only so that the two headers set below are believed; whatever the sender wrote into them is overwritten.
    provider.proxy = true;
    return { provider, serve: provider.callback() };
  };
  let { provider, serve } = build();
  deps.keys.onRotated(() => {
    ({ provider, serve } = build());
  });
  const { host, protocol } = new URL(publicUrl);
  const known = Object.keys(oidcRoutes).map(
    (path) => new RegExp(`^${path.replace(/[.]/g, '\\.').replace(/:\w+/g, '[\\w-]+')}$`),
  );

  /** The issuer's endpoints, with a limit around those that take guesses. */
  const handlerWithin =
    (tokenRequest: (address: string) => Promise<void>): RequestHandler =>
    async (request, response, next) => {
      if (!known.some((pattern) => pattern.test(request.path))) return next();
      if (request.method === 'POST' || request.path === '/auth') await tokenRequest(clientAddress(request));
      // The library makes links from the Host header; ours follow from the configured address alone.
      request.headers.host = host;
      request.headers['x-forwarded-host'] = host;
      request.headers['x-forwarded-proto'] = protocol.slice(0, -1);
      request.headers['x-forwarded-for'] = clientAddress(request);
      // Never the library's own session: each authorization starts from ours.
      request.headers.cookie = (request.headers.cookie ?? '').replace(/(^|;\s*)vigil_oidc(\.sig)?=[^;]*/g, '');
      response.set('Cache-Control', 'no-store');
      await inOurTime(() => serve(request, response));
    };

  /** RFC 8414 §3.1: of an issuer with a path, what it announces is asked for at the root, with the path behind. */
  const metadataMount = (name: string): Mount => ({
    door: 'public',
    method: 'get',
    path: `/.well-known/${name}/oidc`,
    handler(request, response, next) {
      request.url = `/.well-known/${name}`;
      request.originalUrl = `/oidc${request.url}`;
      handlerWithin(async () => undefined)(request, response, next);
    },
  });
  const metadataMounts = ['openid-configuration', 'oauth-authorization-server'].map(metadataMount);

  /** A grant for a client, tied to the session of ours that gave it. */
  const grant = async (session: LiveSession, clientId: string, scope: string): Promise<string> => {
    const made = new provider.Grant({ accountId: session.accountId, clientId });
    made.addOIDCScope(scope);
    const id = await inOurTime(() => made.save());
    await store.oidcRecords.tieGrant(hashSecret(id), session.id);
    // The session may have ended while the grant was written; then nothing of it may stay.
    if (!(await sessions.byId(session.id))) {
      await store.oidcRecords.destroyBySession(session.id);
      throw new CloudError('session_required', 'Sign in first.');
    }
    return id;
  };

  const expired = () =>
    new CloudError('interaction_expired', 'This sign-in was not begun in this browser, or has run out. Start again.');
  const findInteraction = async (
    uid: string,
    cookie: string | undefined,
  ): Promise<InteractionModel & { startedAt: number }> => {
    const interaction = cookie === uid ? await inOurTime(() => provider.Interaction.find(uid)) : undefined;
    const row = interaction && (await store.oidcRecords.find('Interaction', hashSecret(uid), clock.now()));
    if (!interaction || !row) throw expired();
    return Object.assign(interaction, { startedAt: row.expiresAt! - interactionSeconds * 1000 });
  };

  return {
    issuer,
    handlerWithin,
    metadataMounts,
    interactionCookie,
    /** What an authorization asks for. */
    async interaction(uid: string, cookie: string | undefined) {
      const { params } = await findInteraction(uid, cookie);
      const client = await provider.Client.find(params['client_id'] ?? '');
      return { clientId: params['client_id']!, clientName: client?.clientName ?? params['client_id']! };
    },
    /**
     * Answer an authorization by a live session; returns where the browser goes. `mayEnter` says whether this account has
     * access to that gateway.
     */
    async finish(
      uid: string,
      cookie: string | undefined,
      session: LiveSession,
      mayEnter: (clientId: string) => Promise<boolean>,
    ): Promise<string> {
      const interaction = await findInteraction(uid, cookie);
      const { client_id: clientId, prompt, max_age: maxAge, scope } = interaction.params;
      const recent =
        !prompt?.split(' ').includes('login') &&
        (maxAge === undefined || clock.now() - session.authenticatedAt <= Number(maxAge) * 1000);
      const fresh = recent || session.authenticatedAt >= interaction.startedAt;
      if (!fresh) throw new CloudError('reauthentication_required', 'Enter your password again.');
      interaction.result = (await mayEnter(clientId!))
        ? {
            login: {
              accountId: session.accountId,
              acr: session.acr,
              amr: session.amr,
              ts: Math.floor(session.authenticatedAt / 1000),
              remember: false,
            },
            consent: { grantId: await grant(session, clientId!, scope ?? 'openid') },
          }
        : { error: 'access_denied', error_description: 'This TP-Link ID has no access to this VMS Local.' };
      await inOurTime(() => interaction.save(interactionSeconds));
      return interaction.returnTo;
    },
    grant,
    /** The session behind an access token of the device grant. */
    async sessionOfAccessToken(token: string): Promise<LiveSession | undefined> {
      const found = await inOurTime(() => provider.AccessToken.find(token));
      if (found?.clientId !== terminalClient) return undefined;
      const row = await store.oidcRecords.find('Grant', hashSecret(found.grantId), clock.now());
      return row?.sessionId ? sessions.use(row.sessionId) : undefined;
    },
    clientName: async (clientId: string) => (await provider.Client.find(clientId))?.clientName ?? clientId,
  };
}
export type Oidc = Awaited<ReturnType<typeof createOidc>>;
