import { formatLabelSecret } from '../../core/pairing/label-secret.ts';
import type { FleetCamera } from '../../device-sim/index.ts';
import type { Side } from './side.ts';

/** A ticket for a simulated camera, and the camera's own try at it. */
export async function pairUp(house: Side, camera: FleetCamera): Promise<{ ticketId: string; ticket: string }> {
  const { serial, labelSecret } = camera.camera.identity;
  const { tickets } = await house.side.tickets.create({
    elevation: house.elevation(),
    devices: [
      {
        serial,
        labelSecret: formatLabelSecret(labelSecret),
        camera: { host: '127.0.0.1', httpsPort: camera.camera.address.ports.https },
      },
    ],
  });
  const { id: ticketId, ticket } = tickets[0]!;
  const at = { gatewayHost: '127.0.0.1', gatewayPort: house.side.pairingPort };
  await camera.pairing.pair({ gatewayId: house.gatewayId, ...at, ticketId, ticket });
  return { ticketId, ticket };
}
