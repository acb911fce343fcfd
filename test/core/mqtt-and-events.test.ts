import { expect, test } from 'vitest';
import { filterCovers, filterStaysBelow, parseCameraTopic } from '../../core/mqtt/topics.ts';
import { formatBrokerEvent, meaningOf, type OnvifEvent, parseBrokerEvent } from '../../core/onvif/event.ts';

const motion: OnvifEvent = {
  topic: 'tns1:RuleEngine/CellMotionDetector/Motion',
  operation: 'Changed',
  utcTime: Date.UTC(2026, 0, 1),
  source: { VideoSourceConfigurationToken: 'vsconf', Rule: 'MyMotionDetectorRule' },
  data: { IsMotion: 'true' },
};

test.each([
  ['vigi/gw_1/SIM1/up/status', { gatewayId: 'gw_1', serial: 'SIM1', direction: 'up', path: ['status'] }],
  ['vigi/gw_1/SIM1/up', undefined],
  ['vigi/gw_1/+/up/status', undefined],
  ['vigi/gw_1/SIM1/sideways/status', undefined],
  ['other/gw_1/SIM1/up/status', undefined],
])('%s is read by whole levels', (topic, expected) => expect(parseCameraTopic(topic)).toEqual(expected));

// MQTT 3.1.1 §4.7.1
test.each([
  ['sport/#', 'sport', true],
  ['sport/+', 'sport', false],
  ['+/+', '/finance', true],
  ['#', '$SYS/clients', false],
  ['+/clients', '$SYS/clients', false],
  ['a/b', 'a/b/c', false],
])('filter %s against %s: %s', (filter, topic, covered) => expect(filterCovers(filter, topic)).toBe(covered));

test('a filter stays below a prefix only by whole, literal levels', () => {
  expect(filterStaysBelow('vigi/g/SIM1/down/#', 'vigi/g/SIM1/down')).toBe(true);
  expect(filterStaysBelow('vigi/g/SIM10/down/#', 'vigi/g/SIM1/down')).toBe(false);
  expect(filterStaysBelow('vigi/g/+/down/#', 'vigi/g/SIM1/down')).toBe(false);
  expect(filterStaysBelow('#', 'vigi/g/SIM1/down')).toBe(false);
});

// ONVIF Core §9.12.1
test('an event at a broker carries its topic without tns1 and its source after the ampersand', () => {
  const { topic, payload, retain } = formatBrokerEvent('MyDevice', motion);
  expect(topic).toBe('MyDevice/onvif-ej/RuleEngine/CellMotionDetector/Motion/&vsconf/MyMotionDetectorRule');
  expect(JSON.parse(payload)).toEqual({
    UtcTime: '2026-01-01T00:00:00.000Z',
    Source: motion.source,
    Data: { IsMotion: true },
  });
  expect(retain).toBe(true);
});

test('an event survives the broker', () => {
  const { topic, payload } = formatBrokerEvent('p', motion);
  const { operation: _, ...rest } = motion;
  expect(parseBrokerEvent(topic.slice('p/onvif-ej/'.length), payload)).toEqual(rest);
});

test.each(['', 'x', '[]', '{"UtcTime":1}', '{"UtcTime":"soon"}', 'null'])('payload %j is no event', (payload) => {
  expect(parseBrokerEvent('A/B', payload)).toBeUndefined();
});

test.each([
  [motion.topic, { IsMotion: 'true' }, 'motion', true],
  ['tns1:VideoSource/MotionAlarm', { State: 'false' }, 'motion', false],
  ['tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent', { IsVehicle: 'true' }, 'vehicle', true],
  ['tns1:RuleEngine/TPSmartEventDetector/TPSmartEvent', { IsTPSmartEvent: 'true' }, 'smart', true],
  ['tns1:RuleEngine/LineDetector/Crossed', { ObjectId: '4' }, 'line-cross', undefined],
  ['tns1:Vendor/Something', { IsOdd: 'true' }, 'other', true],
])('%s with %j means %s, active %s', (topic, data, kind, active) => {
  expect(meaningOf({ topic, data: data as Record<string, string> })).toEqual({ kind, active });
});
