import { afterEach, expect, test } from 'vitest';
import type { OnvifEvent } from '../../core/onvif/event.ts';
import { manualClock } from '../../core/runtime/clock.ts';
import { childrenOf } from '../../core/soap/xml.ts';
import { c540 } from '../../device-sim/profiles/c540.ts';
import { inDialect } from '../../device-sim/profiles/dialect.ts';
import { generic } from '../../device-sim/profiles/generic.ts';
import { createMetadata } from '../../device-sim/rtsp/metadata.ts';
import { type OneCamera, startOneCamera } from './one-camera.ts';

const cameras: OneCamera[] = [];
afterEach(async () => {
  for (const cam of cameras.splice(0)) await cam[Symbol.asyncDispose]();
});

/** A camera, the events of its rules, and somebody who walks across its picture from left to right in nine seconds. */
async function start(profile = generic) {
  const clock = manualClock();
  const cam = await startOneCamera({ clock, profile });
  cameras.push(cam);
  const events: (OnvifEvent & Track)[] = [];
  cam.camera.events.subscribe((event) => events.push({ ...event, ...trackOf(cam) }));
  const of = (topic: string) => events.filter((event) => event.topic.endsWith(topic));
  const walk = async (time: string, kind = 'motion') => {
    events.length = 0;
    cam.camera.trigger(kind, true);
    await clock.advance(time);
    cam.camera.trigger(kind, false);
  };
  return { cam, clock, events, of, walk };
}

/** What the metadata track says of the object: its middle from -1 to 1, its number and class. */
interface Track {
  centre: number;
  objectId: string | undefined;
  class: string | undefined;
}
function trackOf({ camera }: OneCamera): Track {
  const text = createMetadata(camera).snapshot()!.toString();
  const found = (pattern: RegExp) => pattern.exec(text)?.[1];
  return {
    centre: Number(found(/CenterOfGravity x="([^"]+)"/)),
    objectId: found(/ObjectId="(\d+)"/),
    class: found(/<tt:Type[^>]*>(\w+)</),
  };
}

const token = '<tan:ConfigurationToken>VideoAnalyticsToken</tan:ConfigurationToken>';
const item = (name: string, value: string) => `<tt:SimpleItem Name="${name}" Value="${value}"/>`;
const points = (...at: [number, number][]) => at.map(([x, y]) => `<tt:Point x="${x}" y="${y}"/>`).join('');
const line = (...at: [number, number][]) =>
  `<tt:ElementItem Name="Segments"><tt:Polyline>${points(...at)}</tt:Polyline></tt:ElementItem>`;
const polygon = (...at: [number, number][]) => `<tt:Polygon>${points(...at)}</tt:Polygon>`;
const field = (...at: [number, number][]) => `<tt:ElementItem Name="Field">${polygon(...at)}</tt:ElementItem>`;
const rule = (type: string, name: string, parameters: string) =>
  `${token}<tan:Rule Name="${name}" Type="tt:${type}"><tt:Parameters>${parameters}</tt:Parameters></tan:Rule>`;
const upright = (x: number) => line([x, -1], [x, 1]);
const leftHalf = field([-1, -1], [0, -1], [0, 1], [-1, 1]);

test('a line that nobody gets to raises nothing; moved into the way, it is crossed; moved away, it is not', async () => {
  const { cam, of, walk } = await start();
  const put = (segments: string) => cam.get('tan:ModifyRules', rule('LineDetector', 'LineRule', segments));
  await put(line([-1, 0.9], [1, 0.9]));
  await walk('9s');
  expect(of('LineDetector/Crossed')).toEqual([]);
  await put(upright(-0.2));
  await walk('9s');
  expect(of('LineDetector/Crossed')).toHaveLength(1);
  await put(line([-1, 0.9], [1, 0.9]));
  await walk('9s');
  expect(of('LineDetector/Crossed')).toEqual([]);
});

test('the event comes when the object of the metadata track is over the line, and names that object', async () => {
  const { cam, of, walk } = await start();
  await cam.get('tan:ModifyRules', rule('LineDetector', 'LineRule', upright(0.25)));
  await walk('8s');
  const [crossed] = of('LineDetector/Crossed');
  expect(crossed!.centre).toBeGreaterThan(0.25);
  expect(crossed!.centre).toBeLessThan(0.3);
  expect(crossed!.data['ObjectId']).toBe(crossed!.objectId);
  expect(crossed!.source['Rule']).toBe('LineRule');
});

test.each([
  ['Right', 1, 0],
  ['Left', 0, 1],
  ['Any', 1, 1],
])('a line that looks to the %s is crossed %i times there and %i times back', async (direction, there, back) => {
  const { cam, of, walk } = await start();
  await cam.get('tan:ModifyRules', rule('LineDetector', 'LineRule', item('Direction', direction) + upright(0)));
  await walk('9s');
  expect(of('LineDetector/Crossed')).toHaveLength(there);
  await walk('18s');
  expect(of('LineDetector/Crossed')).toHaveLength(there + back);
});

test('a field tells when somebody comes in and when he leaves', async () => {
  const { cam, of, walk } = await start();
  await cam.get('tan:CreateRules', rule('FieldDetector', 'door', leftHalf));
  await walk('8s');
  const told = of('FieldDetector/ObjectsInside').filter(({ source }) => source['Rule'] === 'door');
  expect(told.map(({ data }) => data['IsInside'])).toEqual(['true', 'false']);
  expect(told[0]!.centre).toBeLessThan(-0.7);
  expect(Math.abs(told[1]!.centre)).toBeLessThan(0.05);
});

test('somebody who vanishes inside is inside no more', async () => {
  const { cam, of, walk } = await start();
  await cam.get('tan:CreateRules', rule('FieldDetector', 'door', leftHalf));
  await walk('2s');
  const told = of('FieldDetector/ObjectsInside').map(({ data }) => data['IsInside']);
  expect(told).toEqual(['true', 'false']);
});

test('counting rules raise their counters: crossings stay counted, who is inside comes and goes', async () => {
  const { cam, of, walk } = await start();
  await cam.get('tan:CreateRules', rule('LineCounting', 'in', item('Direction', 'Right') + upright(0)));
  await cam.get('tan:CreateRules', rule('OccupancyCounting', 'hall', leftHalf));
  await walk('27s');
  expect(of('CountAggregation/Counter').map(({ data }) => data['Count'])).toEqual(['1', '2']);
  expect(of('CountAggregation/OccupancyCounter').map(({ data }) => data['Count'])).toEqual(['1', '0', '1', '0']);
  await walk('9s');
  expect(of('CountAggregation/Counter').map(({ data }) => data['Count'])).toEqual(['3']);
});

test('loitering is told after the threshold and is over when the field is left', async () => {
  const { cam, of, walk } = await start();
  const everywhere = field([-1, -1], [1, -1], [1, 1], [-1, 1]);
  await cam.get('tan:CreateRules', rule('LoiteringDetector', 'shy', item('TimeThreshold', '20') + everywhere));
  await walk('15s');
  expect(of('ObjectIsLoitering')).toEqual([]);
  await walk('30s');
  expect(of('ObjectIsLoitering').map(({ operation }) => operation)).toEqual(['Initialized', 'Deleted']);
});

test('a motion region tells of what touches it; disarmed, of nothing', async () => {
  const { cam, of, walk } = await start();
  const region = (armed: string, ...at: [number, number][]) =>
    `<tt:ElementItem Name="MotionRegion"><axt:MotionRegionConfig xmlns:axt="http://www.onvif.org/ver20/analytics"${armed}>${polygon(...at)}</axt:MotionRegionConfig></tt:ElementItem>`;
  const sky: [number, number][] = [[-1, 0.6], [1, 0.6], [1, 1], [-1, 1]]; // biome-ignore format: a shape
  const street: [number, number][] = [[0, -1], [0.5, -1], [0.5, 0], [0, 0]]; // biome-ignore format: a shape
  await cam.get('tan:CreateRules', rule('MotionRegionDetector', 'sky', region('', ...sky)));
  await cam.get('tan:CreateRules', rule('MotionRegionDetector', 'street', region('', ...street)));
  await walk('9s');
  expect(of('MotionRegionDetector/Motion').map(({ source, data }) => [source['RuleName'], data['State']])).toEqual([
    ['street', 'true'],
    ['street', 'false'],
  ]);
  await cam.get('tan:ModifyRules', rule('MotionRegionDetector', 'street', region(' Armed="false"', ...street)));
  await walk('9s');
  expect(of('MotionRegionDetector/Motion')).toEqual([]);
});

test('cells switched off see no motion, at a VIGI camera too', async () => {
  const { cam, of, walk } = await start(c540);
  const settings = (cells: string) =>
    item('MinCount', '5') + item('AlarmOnDelay', '100') + item('AlarmOffDelay', '100') + item('ActiveCells', cells);
  const put = (cells: string) =>
    cam.get('tan:ModifyRules', rule('CellMotionDetector', 'MyCellMotionDetectorRule', settings(cells)));
  await walk('1s');
  expect(of('CellMotionDetector/Motion').map(({ data }) => data['IsMotion'])).toEqual(['true', 'false']);
  // No cell at all; then the upper half only, where nobody walks.
  await put(Buffer.from([-49, 0]).toString('base64'));
  await walk('9s', 'people');
  await walk('9s');
  expect(of('CellMotionDetector/Motion')).toEqual([]);
  await put(Buffer.from([-49, 255]).toString('base64'));
  await walk('1s');
  expect(of('CellMotionDetector/Motion')).toHaveLength(2);
});

test('a person decides the rules of a VIGI camera that speaks standard topics', async () => {
  const { cam, of, walk } = await start(inDialect(c540, 'standard'));
  await cam.get('tan:ModifyRules', rule('LineDetector', 'LineRule', upright(0)));
  await walk('9s', 'people');
  expect(of('LineDetector/Crossed')).toHaveLength(1);
});

test('a class that is filtered out crosses unseen', async () => {
  const { cam, clock, of } = await start();
  const only = (classes: string) => rule('LineDetector', 'LineRule', item('ClassFilter', classes) + upright(0));
  cam.camera.trigger('motion', true);
  const [mine, other] = trackOf(cam).class === 'Human' ? ['Human', 'Vehicle'] : ['Vehicle', 'Human'];
  await cam.get('tan:ModifyRules', only(other!));
  await clock.advance('9s');
  expect(of('LineDetector/Crossed')).toEqual([]);
  await cam.get('tan:ModifyRules', only(mine!));
  await clock.advance('9s');
  expect(of('LineDetector/Crossed').map((event) => event.class)).toEqual([mine]);
});

test('a detector that is asked for by name is taken at its word', async () => {
  const { cam, of, walk } = await start();
  await walk('3s', 'line-cross');
  expect(of('LineDetector/Crossed')).toHaveLength(1);
  expect(cam.camera.scene.motion).toBe(false);
});

test('a deleted rule raises nothing, not even in the middle of a walk', async () => {
  const { cam, clock, of } = await start();
  await cam.get('tan:ModifyRules', rule('LineDetector', 'LineRule', upright(0.3)));
  cam.camera.trigger('motion', true);
  await clock.advance('3s');
  await cam.get('tan:DeleteRules', `${token}<tan:RuleName>LineRule</tan:RuleName>`);
  await clock.advance('6s');
  expect(of('LineDetector/Crossed')).toEqual([]);
});

test('what is no line and no field is refused', async () => {
  const { cam } = await start();
  const refused = async (type: string, parameters: string) =>
    (await cam.ask('tan:CreateRules', rule(type, 'odd', parameters))).fault?.at(-1);
  expect(await refused('LineDetector', line([0, 0]))).toBe('ter:InvalidRule');
  expect(await refused('FieldDetector', field([0, 0], [1, 1]))).toBe('ter:InvalidRule');
  expect(await refused('LineDetector', upright(3))).toBe('ter:InvalidRule');
  expect(await refused('LineDetector', upright(Number.NaN))).toBe('ter:InvalidRule');
  expect(await refused('LineDetector', item('Direction', 'Up') + upright(0))).toBe('ter:InvalidRule');
  expect(await refused('Teleporter', upright(0))).toBe('ter:InvalidRule');
});

test('rule types, their topics and a sample of the metadata are told to who asks', async () => {
  const { cam } = await start();
  const types = childrenOf((await cam.get('tan:GetSupportedRules', token)).body!.children[0], 'RuleDescription');
  expect(types.map(({ attributes }) => attributes['Name'])).toEqual([
    'tt:CellMotionDetector',
    'tt:LineDetector',
    'tt:FieldDetector',
    'tt:MotionRegionDetector',
    'tt:LoiteringDetector',
    'tt:LineCounting',
    'tt:OccupancyCounting',
  ]);
  expect((await cam.get('tev:GetEventProperties')).text).toContain('OccupancyCounter');
  const sample = await cam.get('tan:GetSupportedMetadata');
  expect(sample.text).toContain('BoundingBox');
  const unknown = await cam.ask('tan:GetSupportedMetadata', '<tan:Type>tt:CellMotionEngine</tan:Type>');
  expect(unknown.fault).toEqual(['Sender', 'ter:InvalidArgVal', 'ter:InvalidModule']);
});
