import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { realClock, startInterval } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { toCloudError } from '../api/answer-errors.ts';
import { clientAddress } from '../api/client-address.ts';
import type { Limits } from '../config.ts';
import { CloudError } from '../errors.ts';
import type { Endings } from '../sign-in/endings.ts';
import type { Seal } from '../sign-in/seal.ts';
import type { Sessions } from '../sign-in/sessions.ts';
import type { Store } from '../store/store.ts';
import type { Assertions } from '../tokens/assertions.ts';
import { createLiveConnections } from './live-connections.ts';
import { refuseUpgrade, relayAnswers } from './relay-answers.ts';
import { createEntrance } from './relay-entrance.ts';
import type { RelaySide } from './relay-origins.ts';
import { createPass, type Passage } from './relay-pass.ts';
import { createRelaySessions } from './relay-sessions.ts';
import type { Tunnels } from './tunnels.ts';

/** Sessions also end by running out, which nobody announces: what is open is looked at so often. */
const sweepEveryMs = 15_000;

const nothingHere = () =>
  new CloudError('not_found', 'There is nothing at this address. Open a VMS Local from the portal.');

/**
 * The relay: browsers and apps reach a bound VMS Local through its tunnel, each at an origin of its own, below
 * `/<gatewayId>/`. A ticket made by a live session opens it; a cookie of this gateway alone keeps it open while that session
 * lives.
 */
export function createRelay(
  deps: RuntimeDeps & {
    store: Store;
    sessions: Sessions;
    seal: Seal;
    endings: Endings;
    tunnels: Tunnels;
    assertions: Assertions;
    portalUrl: string;
    limits: Limits;
    mayEnter(accountId: string, gatewayId: string): Promise<boolean>;
  },
) {
  const { sessions, log } = deps;
  const live = createLiveConnections();
  const answer = relayAnswers(deps);
  const relaySessions = createRelaySessions(deps);
  const enter = createEntrance(deps);
  const pass = createPass({ ...deps, relaySessions, live, answer });

  const passageOf = (request: IncomingMessage, side: RelaySide | undefined): Passage => {
    const prefix = side && `/${side.gatewayId}`;
    const url = request.url ?? '';
    if (!side || !prefix || !url.startsWith(`${prefix}/`)) throw nothingHere();
    const [protocol = '', host = ''] = side.origin.split('://');
    return {
      side,
      from: { protocol, host, address: clientAddress(request) },
      path: url.slice(prefix.length),
    };
  };

  return {
    /** A request at the origin of one gateway; `undefined` where no gateway has this one. */
    onRequest(request: IncomingMessage, response: ServerResponse, side: RelaySide | undefined): void {
      (async () => {
        if (side && (request.url === '/' || request.url === `/${side.gatewayId}`)) {
          return void response.writeHead(308, { Location: `/${side.gatewayId}/` }).end();
        }
        const passage = passageOf(request, side);
        if (passage.path === '/_open') return enter(request, response, passage.side, passage.from);
        return pass.forward(request, response, passage);
      })().catch((error: unknown) => answer(request, response, error));
    },

    onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer, side: RelaySide | undefined): void {
      socket.on('error', () => socket.destroy());
      (async () => pass.upgrade(request, socket, head, passageOf(request, side)))().catch((error: unknown) => {
        const known = toCloudError(error);
        if (!known) log.error({ err: error }, 'relay upgrade failed');
        refuseUpgrade(socket, known ?? new CloudError('gateway_offline', 'Something went wrong here.'));
      });
    },

    closeGateway(gatewayId: string) {
      relaySessions.forget();
      live.closeWhere((one) => one.gatewayId === gatewayId);
    },

    /** Start cutting what endings and lapses leave behind. */
    watch(): Disposable {
      const endings = deps.endings.subscribe(({ accountId, sessionId, gatewayIds }) => {
        relaySessions.forget();
        live.closeWhere(
          (one) =>
            one.accountId === accountId &&
            (sessionId === undefined || one.sessionId === sessionId) &&
            (gatewayIds === undefined || gatewayIds.includes(one.gatewayId)),
        );
      });
      const sweep = startInterval(realClock, sweepEveryMs, async () => {
        for (const id of live.sessions()) {
          if (!(await sessions.byId(id).catch(() => undefined))) live.closeWhere((one) => one.sessionId === id);
        }
      });
      return {
        [Symbol.dispose]() {
          endings[Symbol.dispose]();
          sweep[Symbol.dispose]();
          live.closeWhere(() => true);
        },
      };
    },
  };
}
export type Relay = ReturnType<typeof createRelay>;
