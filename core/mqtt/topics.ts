/**
 * MQTT topics of the house (DESIGN §7; our own, VIGI cameras speak no MQTT in public).
 *
 *   vigi/<gateway>/<serial>/up/…     the camera publishes        vigi/<gateway>/<serial>/down/…   the camera subscribes
 *   vigi/<gateway>/event/<serial>/<kind>                          the gateway publishes for consumers
 */

/** One topic level that may stand for a gateway or a camera: no wildcard, no separator, nothing a filter could read as more. */
const levelPattern = /^[A-Za-z0-9_-]{1,64}$/;
export const isTopicLevel = (text: string) => levelPattern.test(text);

export interface CameraTopic {
  gatewayId: string;
  serial: string;
  direction: 'up' | 'down';
  /** What follows the direction, as levels: `['onvif-ej', 'RuleEngine', …]`. At least one. */
  path: string[];
}

export const formatCameraTopic = ({ gatewayId, serial, direction, path }: CameraTopic) =>
  ['vigi', gatewayId, serial, direction, ...path].join('/');

/** The parts of a camera's topic, or undefined when it is none. Never throws. */
export function parseCameraTopic(topic: string): CameraTopic | undefined {
  const [root, gatewayId, serial, direction, ...path] = topic.split('/');
  if (root !== 'vigi' || !gatewayId || !serial || !isTopicLevel(gatewayId) || !isTopicLevel(serial)) return undefined;
  if ((direction !== 'up' && direction !== 'down') || path.length === 0) return undefined;
  return { gatewayId, serial, direction, path };
}

/** Everything one camera may publish or hear. */
export const cameraUp = (gatewayId: string, serial: string, ...path: string[]) =>
  formatCameraTopic({ gatewayId, serial, direction: 'up', path });
export const cameraDown = (gatewayId: string, serial: string, ...path: string[]) =>
  formatCameraTopic({ gatewayId, serial, direction: 'down', path });

export const eventTopic = (gatewayId: string, serial: string, kind: string) =>
  `vigi/${gatewayId}/event/${serial}/${kind}`;

/** MQTT 3.1.1 §4.7: does a filter, wildcards included, cover a topic? `$` topics are covered by no leading wildcard. */
export function filterCovers(filter: string, topic: string): boolean {
  const want = filter.split('/');
  const have = topic.split('/');
  if (topic.startsWith('$') && (want[0] === '#' || want[0] === '+')) return false;
  for (let i = 0; i < want.length; i++) {
    if (want[i] === '#') return true;
    if (have[i] === undefined || (want[i] !== '+' && want[i] !== have[i])) return false;
  }
  return want.length === have.length;
}

/** Is everything that `filter` can match below `prefix` (whole levels, no wildcard in the prefix's part)? */
export function filterStaysBelow(filter: string, prefix: string): boolean {
  const want = filter.split('/');
  const base = prefix.split('/');
  return want.length > base.length && base.every((level, i) => want[i] === level);
}
