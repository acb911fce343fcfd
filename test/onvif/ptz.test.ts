import { afterEach, expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { childOf, childrenOf } from '../../core/soap/xml.ts';
import { c540 } from '../../device-sim/profiles/c540.ts';
import { type OneCamera, startOneCamera } from './one-camera.ts';

const cameras: OneCamera[] = [];
async function start(profile = c540) {
  const clock = manualClock();
  const cam = await startOneCamera({ clock, profile });
  cameras.push(cam);
  return { cam, clock };
}
afterEach(async () => {
  for (const cam of cameras.splice(0)) await cam[Symbol.asyncDispose]();
});

const profile = '<tptz:ProfileToken>profile_1</tptz:ProfileToken>';
const fov = 'http://www.onvif.org/ver10/tptz/PanTiltSpaces/TranslationSpaceFov';
const move = (cam: OneCamera, operation: string, inside: string) => cam.get(`tptz:${operation}`, profile + inside);
async function status(cam: OneCamera) {
  const reply = await cam.get('tptz:GetStatus', profile);
  const position = childOf(childOf(reply.body, 'PTZStatus'), 'Position');
  const { x, y } = childOf(position, 'PanTilt')!.attributes;
  return {
    x: Number(x),
    y: Number(y),
    zoom: childOf(position, 'Zoom')?.attributes['x'],
    moving: reply.at('PTZStatus', 'MoveStatus', 'PanTilt'),
  };
}

test('a move takes the time the motor needs, shows in the picture and ends where it should', async () => {
  const { cam, clock } = await start();
  await move(cam, 'AbsoluteMove', '<tptz:Position><tt:PanTilt x="0.5" y="0"/></tptz:Position>');
  expect(await status(cam)).toMatchObject({ x: 0, moving: 'MOVING' });
  await clock.advance('700ms');
  const halfway = await status(cam);
  expect(halfway.x).toBeGreaterThan(0.2);
  expect(halfway.x).toBeLessThan(0.3);
  expect(cam.camera.scene.ptz.pan).toBeGreaterThan(30);
  await clock.advance('2s');
  expect(await status(cam)).toEqual({ x: 0.5, y: 0, zoom: undefined, moving: 'IDLE' });
  expect(cam.camera.scene.ptz).toEqual({ pan: 85, tilt: 0, zoom: 0 });
  expect(clock.sleeping).toBe(0);
});

test('both axes arrive together, and half the speed takes twice the time', async () => {
  const { cam, clock } = await start();
  await move(
    cam,
    'AbsoluteMove',
    '<tptz:Position><tt:PanTilt x="0.4" y="-0.4"/></tptz:Position><tptz:Speed><tt:PanTilt x="0.5" y="0.5"/></tptz:Speed>',
  );
  await clock.advance('1s');
  const { x, y } = await status(cam);
  expect(x).toBeCloseTo(-y, 2);
  expect(x).toBeCloseTo(30 / 170, 2);
});

test('a continuous move ends with its timeout, a stop ends it at once, a limit ends it anyway', async () => {
  const { cam, clock } = await start();
  await move(
    cam,
    'ContinuousMove',
    '<tptz:Velocity><tt:PanTilt x="1" y="0"/></tptz:Velocity><tptz:Timeout>PT1S</tptz:Timeout>',
  );
  await clock.advance('3s');
  expect(await status(cam)).toMatchObject({ x: Math.round((60 / 170) * 10_000) / 10_000, moving: 'IDLE' });
  await move(
    cam,
    'ContinuousMove',
    '<tptz:Velocity><tt:PanTilt x="-1" y="0"/></tptz:Velocity><tptz:Timeout>PT60S</tptz:Timeout>',
  );
  await clock.advance('1s');
  await move(cam, 'Stop', '');
  expect(await status(cam)).toMatchObject({ x: 0, moving: 'IDLE' });
  await move(
    cam,
    'ContinuousMove',
    '<tptz:Velocity><tt:PanTilt x="-1" y="1"/></tptz:Velocity><tptz:Timeout>PT60S</tptz:Timeout>',
  );
  await clock.advance('10s');
  expect(await status(cam)).toMatchObject({ x: -1, y: 1, moving: 'IDLE' });
});

test('a relative move counts in the generic space, or in what the picture shows', async () => {
  const { cam, clock } = await start();
  await move(cam, 'RelativeMove', '<tptz:Translation><tt:PanTilt x="0.1" y="0.2"/></tptz:Translation>');
  await clock.advance('5s');
  expect(await status(cam)).toMatchObject({ x: 0.1, y: 0.2 });
  await move(cam, 'RelativeMove', `<tptz:Translation><tt:PanTilt x="1" y="0" space="${fov}"/></tptz:Translation>`);
  await clock.advance('5s');
  expect((await status(cam)).x).toBeCloseTo(0.1 + 84 / 170 / 2, 3);
});

test('presets are made, renamed, gone to and removed; so is home', async () => {
  const { cam, clock } = await start();
  await move(cam, 'AbsoluteMove', '<tptz:Position><tt:PanTilt x="0.3" y="-0.3"/></tptz:Position>');
  expect((await cam.ask('tptz:SetPreset', `${profile}<tptz:PresetName>gate</tptz:PresetName>`)).fault).toEqual([
    'Receiver',
    'ter:Action',
    'ter:MovingPTZ',
  ]);
  await clock.advance('5s');
  const token = (await move(cam, 'SetPreset', '<tptz:PresetName>gate</tptz:PresetName>')).at('PresetToken')!;
  expect((await cam.ask('tptz:SetPreset', `${profile}<tptz:PresetName>gate</tptz:PresetName>`)).fault?.at(-1)).toBe(
    'ter:PresetExist',
  );
  await move(cam, 'GotoHomePosition', '');
  await clock.advance('5s');
  expect(await status(cam)).toMatchObject({ x: 0, y: 0 });
  await move(cam, 'GotoPreset', `<tptz:PresetToken>${token}</tptz:PresetToken>`);
  await clock.advance('5s');
  expect(await status(cam)).toMatchObject({ x: 0.3, y: -0.3 });
  await move(cam, 'SetHomePosition', '');
  await move(cam, 'SetPreset', `<tptz:PresetName>door</tptz:PresetName><tptz:PresetToken>${token}</tptz:PresetToken>`);
  const presets = childrenOf((await move(cam, 'GetPresets', '')).body, 'Preset');
  expect(presets.map((one) => [one.attributes['token'], childOf(one, 'Name')?.text])).toEqual([[token, 'door']]);
  for (let n = 2; n <= 8; n++) await move(cam, 'SetPreset', '');
  expect((await cam.ask('tptz:SetPreset', profile)).fault).toEqual(['Receiver', 'ter:Action', 'ter:TooManyPresets']);
  await move(cam, 'RemovePreset', `<tptz:PresetToken>${token}</tptz:PresetToken>`);
  expect((await cam.ask('tptz:GotoPreset', `${profile}<tptz:PresetToken>${token}</tptz:PresetToken>`)).fault).toEqual([
    'Sender',
    'ter:InvalidArgVal',
    'ter:NoToken',
  ]);
});

test.each([
  ['AbsoluteMove', '<tptz:Position><tt:PanTilt x="2" y="0"/></tptz:Position>', 'ter:InvalidPosition'],
  ['AbsoluteMove', '<tptz:Position/>', 'ter:InvalidPosition'],
  ['AbsoluteMove', '<tptz:Position><tt:PanTilt x="0" y="0" space="urn:x"/></tptz:Position>', 'ter:SpaceNotSupported'],
  ['AbsoluteMove', '<tptz:Position><tt:Zoom x="0.5"/></tptz:Position>', 'ter:SpaceNotSupported'],
  [
    'AbsoluteMove',
    '<tptz:Position><tt:PanTilt x="0" y="0"/></tptz:Position><tptz:Speed><tt:PanTilt x="2" y="0"/></tptz:Speed>',
    'ter:InvalidSpeed',
  ],
  ['RelativeMove', '<tptz:Translation><tt:PanTilt x="-3" y="0"/></tptz:Translation>', 'ter:InvalidTranslation'],
  ['ContinuousMove', '<tptz:Velocity><tt:PanTilt x="0" y="9"/></tptz:Velocity>', 'ter:InvalidVelocity'],
  [
    'ContinuousMove',
    '<tptz:Velocity><tt:PanTilt x="0" y="1"/></tptz:Velocity><tptz:Timeout>PT2H</tptz:Timeout>',
    'ter:TimeoutNotSupported',
  ],
  ['ContinuousMove', '', 'ter:InvalidArgs'],
])('%s with %s is %s', async (operation, inside, subcode) => {
  const { cam } = await start();
  expect((await cam.ask(`tptz:${operation}`, profile + inside)).fault?.at(-1)).toBe(subcode);
});

test('a profile without PTZ configuration, an unknown profile and an unknown node are told apart', async () => {
  const { cam } = await start();
  const made = (await cam.get('tr2:CreateProfile', '<tr2:Name>still</tr2:Name>')).at('Token')!;
  expect((await cam.ask('tptz:GetStatus', `<tptz:ProfileToken>${made}</tptz:ProfileToken>`)).fault?.at(-1)).toBe(
    'ter:NoPTZProfile',
  );
  expect((await cam.ask('tptz:GetStatus', '<tptz:ProfileToken>none</tptz:ProfileToken>')).fault?.at(-1)).toBe(
    'ter:NoProfile',
  );
  expect((await cam.ask('tptz:GetNode', '<tptz:NodeToken>none</tptz:NodeToken>')).fault?.at(-1)).toBe('ter:NoEntity');
});

test('limits that are set hold', async () => {
  const { cam, clock } = await start();
  const now = (await cam.get('tptz:GetConfigurations')).text;
  const configuration = /<tptz:PTZConfiguration .*<\/tptz:PTZConfiguration>/s.exec(now)![0];
  const space = /<tt:PanTiltLimits>.*<\/tt:PanTiltLimits>/s;
  const narrow = configuration.replace(space, (all) =>
    all.replace(/<tt:Min>-1<\/tt:Min><tt:Max>1<\/tt:Max>/, '<tt:Min>-0.2</tt:Min><tt:Max>0.2</tt:Max>'),
  );
  await cam.get('tptz:SetConfiguration', `${narrow}<tptz:ForcePersistence>true</tptz:ForcePersistence>`);
  expect(
    (
      await cam.ask('tptz:AbsoluteMove', `${profile}<tptz:Position><tt:PanTilt x="0.5" y="0"/></tptz:Position>`)
    ).fault?.at(-1),
  ).toBe('ter:InvalidPosition');
  await move(cam, 'ContinuousMove', '<tptz:Velocity><tt:PanTilt x="1" y="0"/></tptz:Velocity>');
  await clock.advance('10s');
  expect(await status(cam)).toMatchObject({ x: 0.2, moving: 'IDLE' });
});

test('a lens that zooms has its spaces and moves by itself', async () => {
  const { cam, clock } = await start({ ...c540, zoom: true });
  await move(cam, 'AbsoluteMove', '<tptz:Position><tt:Zoom x="1"/></tptz:Position>');
  await clock.advance('5s');
  expect(await status(cam)).toEqual({ x: 0, y: 0, zoom: '1', moving: 'IDLE' });
  await move(cam, 'RelativeMove', `<tptz:Translation><tt:PanTilt x="1" y="0" space="${fov}"/></tptz:Translation>`);
  await clock.advance('5s');
  expect((await status(cam)).x).toBeCloseTo(84 / 5 / 170 / 2, 3);
});
