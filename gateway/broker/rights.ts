import { filterStaysBelow, isTopicLevel } from '../../core/mqtt/topics.ts';

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
  // Whole levels: both names are ours and hold no separator, and a separator ends the last level.
  const prefix = `vigi/${gatewayId}/${serial}/up/`;
  if (!topic.startsWith(prefix)) return undefined;
  const what = topic.slice(prefix.length);
  if (what === 'status' || what === 'telemetry') return { type: what };
  const [kind, ...rest] = what.split('/');
  if (kind === 'reply' && rest.length === 1 && isTopicLevel(rest[0]!)) return { type: 'reply', id: rest[0]! };
  if (kind === 'onvif-ej' && rest.length <= maxEventLevels && rest[0] && !/[#+]/.test(what))
    return { type: 'event', path: rest.join('/') };
  return undefined;
}

/** Home Assistant's birth message and will (its MQTT integration): the one topic an account may publish on. */
export const homeAssistantStatus = 'homeassistant/status';

/**
 * What a principal says by publishing on a topic; undefined: it may not. A camera publishes its own known topics, an
 * account nothing but that it lives. Wildcards are no topics.
 */
export function spokenBy(gatewayId: string, who: Principal, topic: string): Uplink | { type: 'alive' } | undefined {
  if (who.kind === 'camera') return parseUplink(gatewayId, who.serial, topic);
  return topic === homeAssistantStatus ? { type: 'alive' } : undefined;
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
