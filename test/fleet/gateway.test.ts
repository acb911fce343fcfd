import { expect, test } from 'vitest';
import { formatLabelSecret } from '../../core/pairing/label-secret.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import { startFleet } from '../../device-sim/index.ts';
import { gatewayId, startSide, until } from '../gateway-cameras/side.ts';
import { fleetConfig, session } from './lab.ts';

const password = 'admin password';

/** A simulated camera and the camera side of a real gateway; nothing of either is replaced. */
const scene = () =>
  startAll(async (own) => {
    const house = own(await startSide());
    const wish = { name: 'door', profile: 'c340', initialized: true, password };
    const fleet = own(await startFleet(fleetConfig({ cameras: [wish] }), house.deps));
    const door = fleet.camera('door');
    const { serial, labelSecret } = door.camera.identity;
    const ticketFor = async (secret = labelSecret) => {
      const { tickets } = await house.side.tickets.create({
        elevation: house.elevation(),
        devices: [
          {
            serial,
            labelSecret: formatLabelSecret(secret),
            camera: { host: '127.0.0.1', httpsPort: door.camera.address.ports.https },
          },
        ],
      });
      return { ticket_id: tickets[0]!.id, ticket: tickets[0]!.ticket };
    };
    const pair = async (ticket: Awaited<ReturnType<typeof ticketFor>>) => {
      const call = await session(door.camera.address.ports.https, password);
      const gateway = { gateway_id: gatewayId, gateway_host: '127.0.0.1', gateway_port: house.side.pairingPort };
      return call({ method: 'do', vms_pairing: { pair: { ...gateway, ...ticket } } });
    };
    return { house, door, serial, ticketFor, pair };
  });
const state = ({ house }: Awaited<ReturnType<typeof scene>>) => house.side.cameras.list()[0]?.state;

test('a camera pairs with the gateway, comes online over MQTT, and its motion is stored there', async () => {
  await using set = await scene();
  expect(await set.pair(await set.ticketFor())).toMatchObject({ error_code: 0, vms_pairing: { state: 'paired' } });
  await until(() => state(set) === 'online', 'online');
  expect(set.house.side.cameras.list()[0]).toMatchObject({
    serial: set.serial,
    model: 'C340',
    adoptedBy: 'pairing',
    eventRoute: 'mqtt',
  });
  set.door.trigger('motion', { active: true });
  const seen = await until(() => set.house.events.find(({ kind, active }) => kind === 'motion' && active));
  expect(seen).toMatchObject({ route: 'mqtt', cameraName: 'VIGI C340 1.0' });
  // What stands at rest from the start is no news.
  expect(set.house.events.filter(({ active }) => active === false)).toEqual([]);
});

test('a ticket made with another label is refused by the camera, and the gateway lists nothing', async () => {
  await using set = await scene();
  expect(await set.pair(await set.ticketFor(Buffer.alloc(16, 3)))).toMatchObject({
    error_code: -60001,
    vms_pairing: { code: 'gateway_proof_wrong' },
  });
  expect(set.house.side.cameras.list()).toEqual([]);
  expect(set.door.camera.state.users).toHaveLength(1);
});

test('a ticket serves once', async () => {
  await using set = await scene();
  const ticket = await set.ticketFor();
  expect((await set.pair(ticket))['error_code']).toBe(0);
  set.door.pairing.unpair();
  expect(await set.pair(ticket)).toMatchObject({ error_code: -60001, vms_pairing: { code: 'ticket_used' } });
});

test('after a power cut the gateway misses it at once, and has it back with its next boot', async () => {
  await using set = await scene();
  await set.pair(await set.ticketFor());
  await until(() => state(set) === 'online', 'online');
  await set.door.powerCut(1500);
  await until(() => state(set) !== 'online', 'its absence');
  await until(() => state(set) === 'online', 'online again');
  expect(set.door.camera.state.bootCount).toBe(2);
});

test('removed from the gateway, the camera forgets it and can be paired anew', async () => {
  await using set = await scene();
  await set.pair(await set.ticketFor());
  await until(() => state(set) === 'online', 'online');
  await set.house.side.cameras.remove(set.house.side.cameras.list()[0]!.id);
  await until(() => set.door.camera.state.pairing === undefined, 'unpairing');
  expect((await set.pair(await set.ticketFor()))['error_code']).toBe(0);
  await until(() => state(set) === 'online', 'online');
});

test('the certificate is renewed by the gateway while the link stands', async () => {
  await using set = await scene();
  await set.pair(await set.ticketFor());
  await until(() => set.door.linked, 'link');
  const { pairing } = set.door.camera.state;
  const first = pairing!.certificate;
  // Two thirds of its life are over.
  const lifeMs = pairing!.expiresAt - pairing!.issuedAt;
  set.door.camera.state.pairing = { ...pairing!, issuedAt: pairing!.issuedAt - lifeMs * 3 };
  await set.door.reboot();
  await set.door.up();
  await until(() => set.door.camera.state.pairing?.certificate !== first, 'renewal');
  await until(() => set.door.linked && state(set) === 'online', 'online');
});
