import { snapshotPath } from '../behaviors/media.ts';
import type { Received } from '../camera.ts';
import { SimError } from '../errors.ts';
import { describeFault } from '../faults/fault-book.ts';
import type { FleetCamera } from '../fleet-camera.ts';
import { labelOf } from '../label.ts';
import { readyCamera } from '../ready.ts';
import { redactWire } from '../wire/redact.ts';
import { formatWireMessage, type WireMessage } from '../wire/wire-text.ts';
import { describePtz } from './ptz.ts';
import { summary } from './summary.ts';

/** JSON, or bytes of a type of their own. */
export type View = object | { type: string; bytes: Buffer };
export type ViewOf = (one: FleetCamera, query: URLSearchParams, rest: string | undefined) => View;

/** `GET …/cameras/:name/<view>`, some with one more level behind. */
export const views: Record<string, ViewOf> = {
  faults: (one) => ({ faults: one.faults.list().map(describeFault) }),
  ptz: describePtz,
  picture(one, query) {
    const bytes = one.picture(query.get('stream') === 'main' ? 'main' : 'sub');
    if (!bytes) throw new SimError('camera_dark', `${one.name} has no power`);
    return { type: 'image/jpeg', bytes };
  },
  /** How a client reaches it, and with what: the ready line's entry, and what its label says. */
  access: ({ camera }) => ({
    ...readyCamera(camera, snapshotPath),
    label: labelOf(camera).label,
    maker: camera.profile.manufacturer,
    marketName: camera.profile.marketName,
    firmware: camera.profile.firmware,
  }),
  received(one, query, rest) {
    if (rest !== undefined) return receivedEntry(one, rest);
    const after = Number(query.get('after') ?? 0);
    const all = one.received(query.get('what') ?? undefined);
    return { received: after > 0 ? all.filter(({ id }) => id > after) : all };
  },
  state(one) {
    const { camera } = one;
    const { users, pairing, eventBrokers, extra: _behaviours, ...plain } = camera.state;
    return {
      ...summary(one),
      ...plain,
      users: users.map(({ username, level }) => ({ username, level })),
      pairing: pairing && {
        gatewayId: pairing.gatewayId,
        gatewayHost: pairing.gatewayHost,
        expiresAt: pairing.expiresAt,
      },
      eventBrokers: eventBrokers.map(({ password: _secret, ...broker }) => ({
        ...broker,
        status: camera.eventBrokerStatus(broker.address),
      })),
      properties: camera.events.properties(),
    };
  },
};

/** One entry with what was said, secrets struck out; null where the text is gone or never was. */
function receivedEntry(one: FleetCamera, id: string): Received & { request: string | null; answer: string | null } {
  const entry = one.received().find((each) => String(each.id) === id);
  if (!entry) throw new SimError('not_found', `${one.name} has no entry ${id} in its timeline (any more)`);
  const text = one.wireText(entry);
  const shown = (message: WireMessage | undefined) => (message ? redactWire(formatWireMessage(message)) : null);
  return { ...entry, request: shown(text?.request), answer: shown(text?.answer) };
}
