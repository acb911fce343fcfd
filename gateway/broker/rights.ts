import { filterStaysBelow, isTopicLevel, parseCameraTopic } from '../../core/mqtt/topics.ts';

/** Who speaks MQTT to us: a paired camera by its certificate, or a consumer by an account an administrator made. */
export type Principal = { kind: 'camera'; serial: string } | { kind: 'account'; name: string };

/** What a camera may say, by the levels after `up/`. */
export type Uplink =
  | { type: 'status' }
  | { type: 'telemetry' }
  | { type: 'event'; path: string }
  | { type: 'reply'; id: string };

/** Deepest event topic: prefix (4 levels), `onvif-ej`, a topic path and its source values. */
const maxEventLevels = 16;

/** What a topic stands for when this camera publishes on it; undefined: not its topic, or no such thing. */
export function parseUplink(gatewayId: string, serial: string, topic: string): Uplink | undefined {
  const parsed = parseCameraTopic(topic);
  if (!parsed || parsed.gatewayId !== gatewayId || parsed.serial !== serial || parsed.direction !== 'up')
    return undefined;
  const [what, ...rest] = parsed.path;
  if (what === 'status' && rest.length === 0) return { type: 'status' };
  if (what === 'telemetry' && rest.length === 0) return { type: 'telemetry' };
  if (what === 'reply' && rest.length === 1 && isTopicLevel(rest[0]!)) return { type: 'reply', id: rest[0]! };
  if (what === 'onvif-ej' && rest.length >= 1 && rest.length <= maxEventLevels && rest[0])
    return { type: 'event', path: rest.join('/') };
  return undefined;
}

/** Home Assistant's birth message and will (its MQTT integration): the one topic an account may publish on. */
export const homeAssistantStatus = 'homeassistant/status';

/** Default deny: a camera publishes its own known topics, an account nothing but that it lives. Wildcards are no topics. */
export function mayPublish(gatewayId: string, who: Principal, topic: string): boolean {
  if (/[#+]/.test(topic)) return false;
  return who.kind === 'camera'
    ? parseUplink(gatewayId, who.serial, topic) !== undefined
    : topic === homeAssistantStatus;
}

/** Topics below which a principal may hear anything. Levels are compared, never text prefixes. */
const hearable = (gatewayId: string, who: Principal): string[] =>
  who.kind === 'camera' ? [`vigi/${gatewayId}/${who.serial}/down`] : [`vigi/${gatewayId}/event`, 'homeassistant'];

/** `$SYS/…` and `$share/…` begin with a level that no rule names, so they fall out by themselves. */
export const maySubscribe = (gatewayId: string, who: Principal, filter: string): boolean =>
  hearable(gatewayId, who).some((prefix) => filterStaysBelow(filter, prefix));

/** The last gate before a message leaves: retained and queued ones pass here too. */
export const mayHear = (gatewayId: string, who: Principal, topic: string): boolean =>
  hearable(gatewayId, who).some((prefix) => filterStaysBelow(topic, prefix));
