import { expect, test } from 'vitest';
import { meaningOf } from '../../core/onvif/event.ts';
import { formatLabelSecret, parseLabelSecret } from '../../core/pairing/label-secret.ts';
import { manualClock } from '../../core/runtime/clock.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { seededRandom } from '../../core/runtime/random.ts';
import { deriveIdentity } from '../../device-sim/identity.ts';
import { c340 } from '../../device-sim/profiles/c340.ts';
import { type Dialect, dialects, inDialect } from '../../device-sim/profiles/dialect.ts';
import { generic } from '../../device-sim/profiles/generic.ts';
import { profiles } from '../../device-sim/profiles/index.ts';
import { type CameraOptions, createCamera } from '../../device-sim/sim-camera.ts';

const makeCamera = (more: Partial<CameraOptions> = {}) => {
  const clock = manualClock();
  const camera = createCamera(
    { name: 'door', profile: c340, identity: deriveIdentity('seed', 1), ...more },
    { clock, random: seededRandom('chance'), log: silentLog },
  );
  const heard: string[] = [];
  camera.events.subscribe(({ topic, operation, data }) =>
    heard.push(`${operation ?? 'message'} ${topic.split('/').at(-1)} ${Object.values(data)}`),
  );
  return { camera, clock, heard };
};

test('two hundred cameras of one seed differ in serial, MAC, UUID and label secret, and are the same next time', () => {
  const made = () => Array.from({ length: 200 }, (_, at) => deriveIdentity('a seed', at + 1));
  const fleet = made();
  for (const key of ['serial', 'mac', 'uuid'] as const) expect(new Set(fleet.map((one) => one[key])).size).toBe(200);
  expect(new Set(fleet.map(({ labelSecret }) => labelSecret.toString('hex'))).size).toBe(200);
  expect(made()).toEqual(fleet);
  expect(deriveIdentity('another seed', 1).serial).not.toBe(fleet[0]!.serial);
});

test('an identity has a simulated serial, a locally administered MAC and a secret that fits its label', () => {
  const one = deriveIdentity('a seed', 7);
  expect(one.serial).toMatch(/^SIM\d{10}$/);
  expect(one.mac).toMatch(/^02(:[0-9A-F]{2}){5}$/);
  expect(one.uuid).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(parseLabelSecret(formatLabelSecret(one.labelSecret))).toEqual(one.labelSecret);
  expect(one.hue).toBeGreaterThanOrEqual(0);
  expect(one.hue).toBeLessThan(360);
});

test('a camera is activated once: the second password changes nothing', () => {
  const { camera } = makeCamera();
  expect(camera.state.initialized).toBe(false);
  expect(camera.activate('first password')).toBe(true);
  expect(camera.activate('second password')).toBe(false);
  expect(camera.state.users).toEqual([{ username: 'admin', password: 'first password', level: 'Administrator' }]);
});

test('motion raises its property once on the way up and once on the way down, and shows in the picture', () => {
  const { camera, heard } = makeCamera();
  camera.trigger('motion', true);
  camera.trigger('motion', true);
  expect(camera.scene.motion).toBe(true);
  camera.trigger('motion', false);
  expect(camera.scene.motion).toBe(false);
  expect(heard).toEqual(['Changed Motion true', 'Changed Motion false']);
});

test('all declared properties stand at rest after the start, the undeclared ones only once they were raised', () => {
  const { camera } = makeCamera();
  expect(camera.events.properties().map(({ data }) => data)).toEqual([
    { IsMotion: 'false' },
    { IsTamper: 'false' },
    { IsIntrusion: 'false' },
    { IsLineCross: 'false' },
    { IsPeople: 'false' },
    { IsTPSmartEvent: 'false' },
  ]);
  camera.trigger('vehicle', true);
  expect(camera.events.properties().at(-1)).toMatchObject({ operation: 'Initialized', data: { IsVehicle: 'true' } });
  expect(makeCamera({ strict: true }).camera.events.properties()).toHaveLength(8);
});

test('a shared property ends only when the last kind that holds it has ended', () => {
  const { camera, heard } = makeCamera();
  camera.trigger('loiter', true);
  camera.trigger('audio', true);
  camera.trigger('loiter', false);
  expect(heard).toEqual(['Changed TPSmartEvent true']);
  camera.trigger('audio', false);
  expect(heard).toEqual(['Changed TPSmartEvent true', 'Changed TPSmartEvent false']);
});

test('a line crossed is a message of its own each time and nothing when it ends', () => {
  const { camera, heard } = makeCamera({ profile: generic });
  camera.trigger('line-cross', true);
  camera.trigger('line-cross', false);
  camera.trigger('line-cross', true);
  expect(heard).toEqual(['message Crossed 1', 'message Crossed 2']);
});

test('the clock of the camera, not of the fleet, stamps its events', () => {
  const { camera, clock } = makeCamera();
  camera.state.clockOffsetMs = 400_000;
  let stampedAt = 0;
  camera.events.subscribe(({ utcTime }) => {
    stampedAt = utcTime;
  });
  camera.trigger('motion', true);
  expect(stampedAt).toBe(clock.now() + 400_000);
});

test('a kind the model does not see is refused with the nearest it does', () => {
  expect(() => makeCamera().camera.trigger('moton', true)).toThrow('door sees no "moton"; did you mean motion?');
});

test('quirks are in force by profile and none with strict', () => {
  expect(makeCamera().camera.quirk('no-onvif-snapshot')).toBe(true);
  expect(makeCamera({ strict: true }).camera.quirk('no-onvif-snapshot')).toBe(false);
});

test('every profile is named after its model and offers the size, rate and bitrate it starts with', () => {
  for (const [name, profile] of Object.entries(profiles)) {
    expect(profile.name).toBe(name);
    for (const stream of profile.streams) {
      expect(stream.resolutions).toContainEqual([stream.width, stream.height]);
      expect(stream.fps).toBeLessThanOrEqual(stream.fpsRange[1]);
      expect(stream.bitrateKbps).toBeGreaterThanOrEqual(stream.bitrateRange[0]);
      expect(stream.bitrateKbps).toBeLessThanOrEqual(stream.bitrateRange[1]);
    }
    expect(new Set(profile.streams.map(({ profileToken }) => profileToken)).size).toBe(profile.streams.length);
  }
});

test('with a stale UtcTime events go on and their time stands still', async () => {
  const { camera, clock } = makeCamera({ quirks: { on: ['stale-utc-time'], off: [] } });
  const times: number[] = [];
  camera.events.subscribe(({ utcTime }) => times.push(utcTime));
  camera.trigger('motion', true);
  await clock.advance('1h');
  camera.trigger('motion', false);
  expect(times).toEqual([camera.bootedAt, camera.bootedAt]);
});

test('the dialect words the same kinds in other topics, and the house still knows what they mean', () => {
  const topics = (dialect: Dialect) =>
    inDialect(c340, dialect).topics.map(({ kind, topic, item }) => ({ kind, topic: topic.replace('tns1:', ''), item }));
  const of = (dialect: Dialect, kind: string) =>
    topics(dialect)
      .filter((one) => one.kind === kind)
      .map(({ topic }) => topic);
  expect(of('vigi', 'people')).toEqual(['RuleEngine/PeopleDetector/People']);
  expect(of('tapo', 'people')).toEqual(['RuleEngine/CellMotionDetector/People']);
  expect(of('standard', 'motion')).toEqual(['RuleEngine/CellMotionDetector/Motion', 'VideoSource/MotionAlarm']);
  expect(of('standard', 'line-cross')).toEqual(['RuleEngine/LineDetector/Crossed']);
  for (const dialect of dialects)
    for (const kind of ['motion', 'tamper', 'intrusion', 'line-cross', 'people', 'vehicle'])
      for (const { topic, item } of topics(dialect).filter((one) => one.kind === kind))
        expect(meaningOf({ topic: `tns1:${topic}`, data: { [item]: 'true' } }).kind).toBe(kind);
  expect(inDialect(generic, 'tapo')).toBe(generic);
});
