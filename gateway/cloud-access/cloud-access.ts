import { type Backoff, delays } from '../../core/runtime/backoff.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { TunnelSocket } from '../../core/tunnel/stream-socket.ts';
import type { Bus, CameraView } from '../bus.ts';
import { GatewayError } from '../errors.ts';
import { roleCovers } from '../people/roles.ts';
import type { Sessions, TplinkProof } from '../people/sessions.ts';
import type { BindingRow, CloudStore, MemberRow } from '../store/cloud.ts';
import { type ReportedCamera, reportCameras } from './camera-report.ts';
import { CloudRefusal, isSafeCloudUrl, readCloudUrl } from './http.ts';
import type { Identity } from './identity.ts';
import { createIssuer, type Issuer } from './issuer.ts';
import { beginBinding, type MachineApi, machineApi, pollBinding } from './machine-api.ts';
import { createLanSignIn, type LanSignIn } from './oidc.ts';
import { type KeepAlive, startTunnel, type Tunnel } from './tunnel.ts';

const longestUnbindMs = 3000;
const refreshEveryMs = 5 * 60_000;
const retryPlan: Backoff = { firstMs: 1000, factor: 2, capMs: 60_000, jitter: 0.3 };

export interface CloudAccessParts extends RuntimeDeps {
  store: CloudStore;
  sessions: Sessions;
  identity: Identity;
  name: string;
  version: string;
  /** The cloud to bind to unless another is named. */
  defaultCloudUrl: string | undefined;
  /** Where OIDC may send a browser back to: follows the gateway's own addresses. */
  redirectUris(): string[];
  /** One connection of a remote client. */
  onConnection(socket: TunnelSocket): void;
  /** Changes of the camera list, and the list: the cloud is told, so that its portal can show it. */
  bus: Bus;
  cameras(): CameraView[];
  audit(action: string, details?: object): Promise<void>;
  keepAlive?: KeepAlive;
}

export interface CloudAccessView {
  state: 'unbound' | 'pending' | 'bound';
  online: boolean;
  account?: string;
  cloudUrl?: string;
  userCode?: string;
  verificationUriComplete?: string;
  expiresAt?: string;
  /** Why the last try to bind came to nothing. */
  lastRefusal?: string;
  passwordPairing?: boolean;
}

/** What a spent elevation says: who may pair, and under which number. */
export interface Elevation {
  sub: string;
  email: string;
  elevationId: string;
}

/** A binding that stands, with all that speaks to its cloud. */
interface Bound extends Disposable {
  api: MachineApi;
  issuer: Issuer;
  lanSignIn: LanSignIn;
  tunnel: Tunnel;
}

export type CloudAccess = ReturnType<typeof createCloudAccess>;

/** Cloud Access: the one binding of this gateway to an account of TP-Link ID, and the sign-ins that come with it. */
export function createCloudAccess(parts: CloudAccessParts) {
  const { store, sessions, identity, clock, random, log } = parts;
  const stop = new AbortController();
  let bound: Bound | undefined;
  let polling: AbortController | undefined;

  function needBound(): Bound {
    if (!bound) throw new GatewayError('cloud_access_unbound', 'this gateway is not bound to a TP-Link ID');
    return bound;
  }

  /** Bring up everything of a binding that stands in the database. */
  function raise(row: BindingRow): void {
    if (bound || stop.signal.aborted) return;
    const ended = new AbortController();
    let reporting: AbortController | undefined;
    const api = machineApi(row, identity);
    const issuer = createIssuer({ issuer: row.issuer!, gatewayId: identity.gatewayId, clock });
    const lanSignIn = createLanSignIn({ issuerUrl: row.issuer!, issuer, identity, clock, random });
    const tunnel = startTunnel({
      clock,
      random,
      log,
      url: row.tunnel_url!,
      bearer: () => identity.bearer(row.issuer!),
      onConnection: parts.onConnection,
      onOnline: (online) => {
        reporting?.abort();
        reporting = undefined;
        if (!online) return;
        keepUp(api, tunnel, ended.signal);
        reporting = new AbortController();
        report(api, AbortSignal.any([reporting.signal, ended.signal]));
      },
      onUnbound: () => {
        if (bound !== mine) return;
        drop();
        forget('at the cloud').catch((error: unknown) => log.error({ err: error }, 'the binding could not be ended'));
      },
      keepAlive: parts.keepAlive,
    });
    const mine: Bound = {
      api,
      issuer,
      lanSignIn,
      tunnel,
      [Symbol.dispose]() {
        ended.abort();
        tunnel[Symbol.dispose]();
      },
    };
    bound = mine;
  }

  /** From one dial-in to the end of its tunnel: catch up at once, soon again when that failed, and now and then. */
  function keepUp(api: MachineApi, tunnel: Tunnel, signal: AbortSignal): void {
    const dialIn = tunnel.dialIns;
    const loop = async () => {
      let waits = delays(retryPlan, random);
      while (tunnel.online && tunnel.dialIns === dialIn) {
        let waitMs = refreshEveryMs;
        try {
          await catchUp(api, signal);
          waits = delays(retryPlan, random);
        } catch (error) {
          if (signal.aborted) return;
          log.warn({ err: error }, 'the cloud did not tell what was missed; asking again');
          waitMs = waits.next().value;
        }
        await clock.sleep(waitMs, signal);
      }
    };
    loop().catch((error: unknown) => {
      if (!signal.aborted) log.error({ err: error }, 'keeping up with the cloud ended by our own fault');
    });
  }

  function report(api: MachineApi, signal: AbortSignal): void {
    const { bus, cameras } = parts;
    const send = (list: ReportedCamera[]) => api.reportCameras(list, signal);
    reportCameras({ clock, random, log, bus, cameras, send, signal }).catch((error: unknown) =>
      log.error({ err: error }, 'reporting cameras ended by our own fault'),
    );
  }

  /** After each dial-in, and now and then: who is let in, where OIDC may come back to, what was revoked meanwhile. */
  async function catchUp(api: MachineApi, signal: AbortSignal): Promise<void> {
    for (let more = true; more; ) {
      const { revocations_after } = await store.binding();
      const missed = await api.revocations(revocations_after, signal);
      for (const { sub, at, sid } of missed.revocations) {
        if (sid) await sessions.endOfCloudSession(sid, sub);
        else {
          await store.revoke(sub, at);
          await sessions.endOfSub(sub, at);
        }
      }
      await store.caughtUpTo(missed.last);
      // The cloud answers by pages; one that brings nothing on is the last.
      more = missed.revocations.length > 0 && missed.last > revocations_after;
    }
    const known = await refreshMembers(api, signal);
    const [name, version, redirectUris] = [parts.name, parts.version, parts.redirectUris()];
    if (known.redirectUris?.join(' ') !== redirectUris.join(' ') || known.name !== name || known.version !== version)
      await api.update({ name, version, redirectUris });
  }

  async function refreshMembers(api: MachineApi, signal?: AbortSignal) {
    const known = await api.self(signal);
    await sessions.tellEnded(await store.replaceMembers(known.members));
    return known;
  }

  /** Take the binding back: true for the one caller who ended it. Nobody of its people comes in from here on. */
  async function forget(where: 'here' | 'at the cloud'): Promise<boolean> {
    polling?.abort();
    polling = undefined;
    const ended = await store.unbind();
    await sessions.endOfTplink();
    if (ended) await parts.audit('cloud_access.unbound', { where });
    return ended;
  }

  /** Let go of what speaks to the cloud. */
  function drop(): void {
    bound?.[Symbol.dispose]();
    bound = undefined;
  }

  /** Ask the cloud until the owner has decided. */
  async function poll(row: BindingRow, signal: AbortSignal): Promise<void> {
    const { cloud_url, binding_id, poll_token, expires_at, interval_ms } = row;
    const refuse = async (reason: string) => {
      if (await store.refuse(binding_id!, reason)) await parts.audit('cloud_access.refused', { reason });
    };
    for (;;) {
      await clock.sleep(interval_ms!, signal);
      try {
        const answer = await pollBinding(cloud_url!, { bindingId: binding_id!, pollToken: poll_token! }, signal);
        if (answer.status === 'denied') return await refuse('the owner declined');
        if (answer.status === 'expired') return await refuse('the code ran out');
        if (answer.status === 'approved') {
          const { gatewayId, issuer, tunnelUrl, owner } = answer;
          if (gatewayId !== identity.gatewayId || !issuer || !tunnelUrl || !owner)
            return await refuse('the cloud answered something else than agreed');
          if (!isSafeCloudUrl(issuer) || !isSafeCloudUrl(tunnelUrl))
            return await refuse('the cloud names addresses that are not encrypted');
          if (!(await store.approve(binding_id!, { issuer, tunnelUrl, owner, boundAt: clock.now() }))) return;
          await parts.audit('cloud_access.bound', { account: owner.email });
          return raise(await store.binding());
        }
      } catch (error) {
        if (signal.aborted) return;
        if (error instanceof CloudRefusal && error.status !== 429) return await refuse('the cloud refused');
        log.debug({ err: error }, 'the cloud could not be asked about the binding');
      }
      if (clock.now() >= expires_at!) return await refuse('the code ran out');
    }
  }

  function startPolling(row: BindingRow): void {
    const ended = new AbortController();
    polling = ended;
    poll(row, AbortSignal.any([ended.signal, stop.signal])).catch((error: unknown) => {
      if (!ended.signal.aborted && !stop.signal.aborted) log.error({ err: error }, 'binding ended by our own fault');
    });
  }

  /**
   * Only the owner and members, as the cloud lists them; somebody unknown, or of another role than the cloud names now,
   * makes us ask once more. A role that only a token names gives nothing.
   */
  async function requireMember(sub: string, named?: string): Promise<MemberRow> {
    const known = await store.member(sub);
    if (known && (named === undefined || named === known.role)) return known;
    await refreshMembers(needBound().api);
    const now = await store.member(sub);
    if (!now) throw new GatewayError('not_a_member', 'this TP-Link ID has no access to this gateway');
    return now;
  }

  const admitted = async (proof: TplinkProof): Promise<TplinkProof> => {
    await requireMember(proof.sub, proof.role);
    return proof;
  };

  return {
    /** Take up what the database says: a binding, or one under way. */
    async start(): Promise<void> {
      const row = await store.binding();
      if (row.state === 'bound') raise(row);
      if (row.state === 'pending') startPolling(row);
    },

    get online() {
      return bound?.tunnel.online ?? false;
    },

    async view(): Promise<CloudAccessView> {
      const row = await store.binding();
      const cloudUrl = row.cloud_url ?? parts.defaultCloudUrl;
      return {
        state: row.state,
        online: bound?.tunnel.online ?? false,
        ...(cloudUrl ? { cloudUrl } : {}),
        ...(row.owner_email ? { account: row.owner_email } : {}),
        ...(row.user_code ? { userCode: row.user_code } : {}),
        ...(row.verification_uri ? { verificationUriComplete: row.verification_uri } : {}),
        ...(row.expires_at ? { expiresAt: new Date(row.expires_at).toISOString() } : {}),
        ...(row.last_refusal ? { lastRefusal: row.last_refusal } : {}),
        ...(row.state === 'bound' ? { passwordPairing: row.password_pairing === 1 } : {}),
      };
    },

    /** Begin a binding; one that is under way stays the one. */
    async bind(cloudUrl: string | undefined): Promise<void> {
      const before = await store.binding();
      if (before.state === 'bound')
        throw new GatewayError('cloud_access_busy', 'this gateway is bound already; unbind it first');
      if (before.state === 'pending') return;
      const url = readCloudUrl(
        cloudUrl ??
          parts.defaultCloudUrl ??
          fail(new GatewayError('cloud_url_refused', 'say which cloud to bind to: none is set')),
      );
      const begun = await beginBinding(url, {
        name: parts.name,
        jwk: identity.publicJwk,
        redirectUris: parts.redirectUris(),
        version: parts.version,
      });
      const row = {
        cloudUrl: url,
        bindingId: begun.bindingId,
        pollToken: begun.pollToken,
        userCode: begun.userCode,
        verificationUri: begun.verificationUriComplete,
        expiresAt: begun.expiresAt,
        intervalMs: begun.intervalSeconds * 1000,
      };
      // Two at once: the first to write it down is the one.
      if (!(await store.begin(row))) return;
      await parts.audit('cloud_access.binding', { cloudUrl: url });
      startPolling(await store.binding());
    },

    /** Unbind from here. The cloud is told; when it cannot be reached, its list shows us until the owner removes us. */
    async unbind(): Promise<void> {
      const leaving = bound;
      if (!(await forget('here'))) throw new GatewayError('cloud_access_unbound', 'this gateway is not bound');
      if (!leaving) return;
      if (bound === leaving) bound = undefined;
      await leaving.api
        .unbind(AbortSignal.timeout(longestUnbindMs))
        .catch((error: unknown) => log.warn({ err: error }, 'unbound here, but the cloud could not be told'));
      leaving[Symbol.dispose]();
    },

    async setPasswordPairing(allowed: boolean): Promise<void> {
      await needBound().api.update({ policy: { passwordPairing: allowed } });
      await store.setPasswordPairing(allowed);
    },

    startLanSignIn: (redirectUri: string) => needBound().lanSignIn.start(redirectUri),
    finishLanSignIn: async (url: URL, browserSecret: string | undefined) =>
      admitted(await needBound().lanSignIn.finish(url, browserSecret)),
    takeAssertion: async (token: string) => admitted(await needBound().issuer.checkAssertion(token)),

    /** End what the cloud says is over: one of its sessions, or all of a person. */
    async takeLogout(token: string): Promise<void> {
      const logout = await needBound().issuer.checkLogout(token);
      // The same token again has nothing left to end; answering alike keeps the cloud from trying on.
      if (!(await store.spendToken(logout.jti, logout.expiresAt))) return;
      if (logout.sid) await sessions.endOfCloudSession(logout.sid, logout.sub ?? null);
      else {
        await store.revoke(logout.sub!, logout.issuedAt);
        await sessions.endOfSub(logout.sub!, clock.now());
        // All of a person ended: their role may be another one now, or none. The cloud need not wait for our question.
        if (bound) refreshMembers(bound.api).catch((err: unknown) => log.warn({ err }, 'members were not read anew'));
      }
    },

    /** Spend an elevation: at the cloud, once. */
    async redeemElevation(elevation: string): Promise<Elevation> {
      const { api } = needBound();
      const answer = await api.redeemElevation(elevation).catch((error: unknown) => {
        if (error instanceof CloudRefusal && error.status < 500)
          throw new GatewayError(
            'elevation_invalid',
            'the elevation is used, too old or for another gateway',
            {},
            { cause: error },
          );
        throw error;
      });
      const { sub, email, amr, scope, elevationId } = answer;
      const row = await store.binding();
      if (scope !== 'device:pair' || (!amr.includes('otp') && row.password_pairing !== 1))
        throw new GatewayError('elevation_invalid', 'the elevation does not allow adding a camera');
      const { role } = await requireMember(sub);
      if (!roleCovers(role, 'operator'))
        throw new GatewayError('role_insufficient', 'adding a camera needs the role operator');
      return { sub, email, elevationId };
    },

    cutTunnel: () => bound?.tunnel.cut(),

    [Symbol.dispose]() {
      stop.abort();
      polling?.abort();
      drop();
    },
  };
}

function fail(error: Error): never {
  throw error;
}
