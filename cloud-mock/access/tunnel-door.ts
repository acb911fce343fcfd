import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { WebSocketServer } from 'ws';
import type { Log } from '../../core/runtime/log.ts';
import { tunnelClose, tunnelProtocol } from '../../core/tunnel/tunnel.ts';
import { toCloudError } from '../api/answer-errors.ts';
import { clientAddress } from '../api/client-address.ts';
import { CloudError } from '../errors.ts';
import type { GatewayRow } from '../store/access.ts';
import { refuseUpgrade } from './relay-answers.ts';
import type { Tunnels } from './tunnels.ts';

export const tunnelPath = '/tunnel';
/** HTTP/2 sends frames of 16 KiB; a message carries what was written at once. */
const longestMessageBytes = 4 << 20;

/** WebSocket /tunnel: a bound gateway dials in. Who it is, is settled before the upgrade is answered. */
export function createTunnelDoor(deps: {
  log: Log;
  tunnels: Tunnels;
  identify(assertion: string): Promise<GatewayRow>;
  isBound(gatewayId: string): Promise<boolean>;
}) {
  const wss = new WebSocketServer({
    noServer: true,
    clientTracking: false,
    maxPayload: longestMessageBytes,
    perMessageDeflate: false,
    handleProtocols: () => tunnelProtocol,
  });
  return {
    onUpgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
      socket.on('error', () => socket.destroy());
      (async () => {
        const path = (request.url ?? '').split('?')[0];
        if (path !== tunnelPath) throw new CloudError('not_found', 'There is no WebSocket at this address.');
        const protocols = (request.headers['sec-websocket-protocol'] ?? '').split(',').map((one) => one.trim());
        const assertion = /^Bearer ([A-Za-z0-9._-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
        if (!assertion || !protocols.includes(tunnelProtocol)) {
          throw new CloudError('assertion_invalid', 'A tunnel is opened by a bound VMS Local, with an assertion.');
        }
        const gateway = await deps.identify(assertion);
        if (socket.destroyed) return;
        // The HTTP/2 preface comes at once: the tunnel is set up in the same turn as the upgrade.
        wss.handleUpgrade(request, socket, head, (ws) => deps.tunnels.accept(ws, gateway.id, clientAddress(request)));
        // Unbound between the look at its assertion and now: then nobody closed this tunnel.
        if (!(await deps.isBound(gateway.id))) await deps.tunnels.close(gateway.id, tunnelClose.unbound);
      })().catch((error: unknown) => {
        const known = toCloudError(error);
        if (!known) deps.log.error({ err: error }, 'upgrade failed');
        refuseUpgrade(socket, known ?? new CloudError('busy', 'Something went wrong here.'));
      });
    },
  };
}
