import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../core/runtime/clock.ts';
import { CloudError } from '../errors.ts';
import type { Seal } from '../sign-in/seal.ts';
import { hashSecret } from '../sign-in/secret-token.ts';
import type { LiveSession, Sessions } from '../sign-in/sessions.ts';
import type { Store } from '../store/store.ts';
import { type RelayCookies, relayCookies } from './relay-cookies.ts';

export const relayCookie = 'vigil_relay';

/** How long a looked-up session is taken for live, should nobody announce its end. */
const rememberMs = 2_000;
const mostRemembered = 10_000;

/** Somebody who is inside a gateway: the live session, and the cookies that gateway gave. */
export interface Insider {
  session: LiveSession;
  tokenHash: string;
  cookies: RelayCookies;
  /** The count of endings at which this held. */
  asOf: number;
}

/** Who is behind a relay cookie. */
export function createRelaySessions(deps: {
  store: Store;
  sessions: Sessions;
  seal: Seal;
  clock: Clock;
  portalUrl: string;
}) {
  const { store, sessions, seal, clock } = deps;
  /**
   * Sessions looked up a moment ago, or just now: a page asks for dozens of things at once. Any ending empties it, and so a
   * look-up that an ending overtook is not remembered.
   */
  const remembered = new Map<string, { session: Promise<LiveSession | undefined>; until: number }>();
  let endingsSeen = 0;

  const find = async (tokenHash: string, gatewayId: string): Promise<LiveSession | undefined> => {
    const row = await store.relay.sessionOf(tokenHash, gatewayId);
    const session = row && (await sessions.byId(row.sessionId));
    if (session) await sessions.noteUse(session);
    return session;
  };
  const lookUp = (tokenHash: string, gatewayId: string): Promise<LiveSession | undefined> => {
    const key = `${gatewayId} ${tokenHash}`;
    const known = remembered.get(key);
    if (known && clock.now() < known.until) return known.session;
    const one = { session: find(tokenHash, gatewayId), until: clock.now() + rememberMs };
    if (remembered.size >= mostRemembered) remembered.clear();
    remembered.set(key, one);
    const drop = () => remembered.get(key) === one && remembered.delete(key);
    one.session.then((session) => session || drop(), drop);
    return one.session;
  };

  /** The relay cookie. Two different ones: a page on another port of this host planted one, and which is not ours to guess. */
  const tokenOf = (header = ''): string | undefined => {
    const found = new Set(
      header
        .split(';')
        .map((pair) => pair.trim().split(/=(.*)/s))
        .filter(([name]) => name === relayCookie)
        .map(([, value]) => value ?? ''),
    );
    return found.size === 1 ? [...found][0] : undefined;
  };

  return {
    /** How many endings there were so far. */
    endingsSeen: () => endingsSeen,
    /** Something ended: look everybody up anew. */
    forget() {
      endingsSeen++;
      remembered.clear();
    },
    /** The live session behind the cookie for this gateway. Throws `relay_session_required`. */
    async insider(request: IncomingMessage, gatewayId: string): Promise<Insider> {
      const asOf = endingsSeen;
      const token = tokenOf(request.headers.cookie);
      const tokenHash = token && hashSecret(token);
      const session = tokenHash ? await lookUp(tokenHash, gatewayId) : undefined;
      if (!session || !tokenHash) {
        throw new CloudError('relay_session_required', 'Open this VMS Local from the portal first.', {
          portal: deps.portalUrl,
        });
      }
      return { session, tokenHash, cookies: relayCookies(seal, gatewayId, tokenHash), asOf };
    },
  };
}
export type RelaySessions = ReturnType<typeof createRelaySessions>;
