import { afterEach, expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { childrenOf } from '../../core/soap/xml.ts';
import { c340 } from '../../device-sim/profiles/c340.ts';
import { c540 } from '../../device-sim/profiles/c540.ts';
import { generic } from '../../device-sim/profiles/generic.ts';
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
const tour = `${profile}<tptz:PresetTourToken>tour_1</tptz:PresetTourToken>`;
const spot = (place: string, stay = 'PT5S') =>
  `<tt:TourSpot><tt:PresetDetail>${place}</tt:PresetDetail><tt:StayTime>${stay}</tt:StayTime></tt:TourSpot>`;
const at = (x: number) => `<tt:PTZPosition><tt:PanTilt x="${x}" y="0"/></tt:PTZPosition>`;
const plan = (spots: string, condition = '<tt:StartingCondition/>', autoStart = false) =>
  `${profile}<tptz:PresetTour token="tour_1"><tt:Name>round</tt:Name><tt:Status><tt:State>Idle</tt:State></tt:Status><tt:AutoStart>${autoStart}</tt:AutoStart>${condition}${spots}</tptz:PresetTour>`;
const operate = (cam: OneCamera, operation: string) =>
  cam.get('tptz:OperatePresetTour', `${tour}<tptz:Operation>${operation}</tptz:Operation>`);
const state = async (cam: OneCamera) => (await cam.get('tptz:GetPresetTour', tour)).at('PresetTour', 'Status', 'State');
const pan = (cam: OneCamera) => Math.round(cam.camera.scene.ptz.pan);

async function twoSpots(spots = spot(at(0.1)) + spot(at(-0.1)), condition?: string) {
  const { cam, clock } = await start();
  expect((await cam.get('tptz:CreatePresetTour', profile)).at('PresetTourToken')).toBe('tour_1');
  await cam.get('tptz:ModifyPresetTour', plan(spots, condition));
  return { cam, clock };
}

test('a tour goes from spot to spot, stays at each, and begins again', async () => {
  const { cam, clock } = await twoSpots();
  await operate(cam, 'Start');
  await clock.advance('3s');
  expect([pan(cam), await state(cam)]).toEqual([17, 'Touring']);
  await clock.advance('5s');
  expect(pan(cam)).toBe(-17);
  await clock.advance('6s');
  expect(pan(cam)).toBe(17);
  await operate(cam, 'Stop');
  expect(await state(cam)).toBe('Idle');
  await clock.advance('20s');
  expect(pan(cam)).toBe(17);
  expect(clock.sleeping).toBe(0);
});

test('a pause keeps the head where it is; start goes on from there', async () => {
  const { cam, clock } = await twoSpots();
  await operate(cam, 'Start');
  await clock.advance('2s');
  await operate(cam, 'Pause');
  expect(await state(cam)).toBe('Paused');
  await clock.advance('1m');
  expect(pan(cam)).toBe(17);
  await operate(cam, 'Start');
  await clock.advance('2s');
  expect(pan(cam)).toBe(-17);
});

test('somebody who moves the camera by hand ends the tour', async () => {
  const { cam, clock } = await twoSpots();
  await operate(cam, 'Start');
  await clock.advance('2s');
  await cam.get('tptz:AbsoluteMove', `${profile}<tptz:Position><tt:PanTilt x="0.5" y="0"/></tptz:Position>`);
  expect(await state(cam)).toBe('Idle');
  await clock.advance('30s');
  expect(pan(cam)).toBe(85);
});

test('backwards, once: the last spot first, then it rests', async () => {
  const condition =
    '<tt:StartingCondition><tt:RecurringTime>1</tt:RecurringTime><tt:Direction>Backward</tt:Direction></tt:StartingCondition>';
  const { cam, clock } = await twoSpots(undefined, condition);
  await operate(cam, 'Start');
  await clock.advance('2s');
  expect(pan(cam)).toBe(-17);
  await clock.advance('30s');
  expect([pan(cam), await state(cam)]).toEqual([17, 'Idle']);
  expect(clock.sleeping).toBe(0);
});

test('a tour with auto start runs after the next boot', async () => {
  const { cam, clock } = await twoSpots();
  await cam.get('tptz:ModifyPresetTour', plan(spot(at(0.3)), undefined, true));
  const { createOnvifHandler } = await import('../../device-sim/onvif/handler.ts');
  const { silentLog } = await import('../../core/runtime/log.ts');
  const { secureRandom } = await import('../../core/runtime/random.ts');
  const again = createOnvifHandler(cam.camera, { clock, random: secureRandom, log: silentLog });
  await clock.advance('3s');
  expect(pan(cam)).toBe(51);
  await again[Symbol.asyncDispose]();
});

test('the node tells of tours where the model has them, and only there', async () => {
  const { cam } = await start();
  const { cam: neutral } = await start({ ...generic, ptz: true });
  expect((await cam.get('tptz:GetNodes')).text).toContain('MaximumNumberOfPresetTours');
  expect((await neutral.get('tptz:GetNodes')).text).not.toContain('MaximumNumberOfPresetTours');
  const args = '<tptz:ProfileToken>main</tptz:ProfileToken>';
  expect((await neutral.ask('tptz:GetPresetTours', args)).fault).toEqual(['Receiver', 'ter:ActionNotSupported']);
  const { cam: fixed } = await start(c340);
  expect((await fixed.ask('tptz:GetPresetTours', profile)).fault).toEqual(['Receiver', 'ter:ActionNotSupported']);
});

test('what cannot be a tour is refused by its name', async () => {
  const { cam } = await twoSpots();
  const refused = async (spots: string) => (await cam.ask('tptz:ModifyPresetTour', plan(spots))).fault;
  expect(await refused(spot('<tt:PresetToken>7</tt:PresetToken>'))).toContain('ter:InvalidPresetTour');
  expect(await refused(spot(at(3)))).toContain('ter:InvalidPresetTour');
  expect(await refused(spot(at(0), 'PT0S'))).toContain('ter:InvalidPresetTour');
  const other = `${profile}<tptz:PresetTourToken>tour_9</tptz:PresetTourToken>`;
  expect((await cam.ask('tptz:GetPresetTour', other)).fault).toEqual(['Sender', 'ter:InvalidArgVal', 'ter:NoToken']);
  for (let at = 0; at < 3; at++) await cam.get('tptz:CreatePresetTour', profile);
  expect((await cam.ask('tptz:CreatePresetTour', profile)).fault).toContain('ter:TooManyPresetTours');
  const empty = `${profile}<tptz:PresetTourToken>tour_2</tptz:PresetTourToken><tptz:Operation>Start</tptz:Operation>`;
  expect((await cam.ask('tptz:OperatePresetTour', empty)).fault).toContain('ter:ActivationFailed');
  expect(childrenOf((await cam.get('tptz:GetPresetTours', profile)).body, 'PresetTour')).toHaveLength(4);
});
