import { once } from 'node:events';
import { connect } from 'node:net';
import { expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { seededRandom } from '../../core/runtime/random.ts';
import { faultSpec, parseEffect } from '../../device-sim/faults/fault.ts';
import { createFaultBook } from '../../device-sim/faults/fault-book.ts';
import { challengeOf, fleetDeps, startCameras } from './lab.ts';

const soap = (body: string) =>
  `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope" xmlns:tds="http://www.onvif.org/ver10/device/wsdl"><s:Body>${body}</s:Body></s:Envelope>`;

async function scene(deps = fleetDeps()) {
  const fleet = await startCameras(
    [{ name: 'door', initialized: true, password: 'admin password' }, { name: 'gate' }],
    {},
    deps,
  );
  const door = fleet.camera('door');
  const ask = async (operation = 'GetSystemDateAndTime', name = 'door') => {
    const { http } = fleet.camera(name).camera.address.ports;
    const response = await fetch(`http://127.0.0.1:${http}/onvif/device_service`, {
      method: 'POST',
      headers: { 'content-type': 'application/soap+xml', connection: 'close' },
      body: soap(`<tds:${operation}/>`),
    });
    return { status: response.status, headers: response.headers, text: await response.text() };
  };
  return { fleet, door, ask, clock: deps.clock, [Symbol.asyncDispose]: () => fleet[Symbol.asyncDispose]() };
}

test('without a fault a request passes, and other cameras and operations are not touched by one', async () => {
  await using set = await scene();
  using _fault = set.door.fault({ at: 'onvif', operation: 'GetHostname', do: 'status 503' });
  expect((await set.ask()).status).toBe(200);
  expect((await set.ask('GetHostname')).status).toBe(503);
  expect((await set.ask('GetSystemDateAndTime', 'gate')).status).toBe(200);
});

test('a SOAP fault comes instead of the answer, and the timeline says why', async () => {
  await using set = await scene();
  set.door.fault({ at: 'onvif', operation: 'GetSystem*', do: 'fault ter:InvalidArgVal/ter:NoProfile' });
  const { status, text } = await set.ask();
  expect(status).toBe(400);
  expect(text).toMatch(/ter:InvalidArgVal.*ter:NoProfile/s);
  expect(set.door.received('GetSystemDateAndTime')).toMatchObject([
    { outcome: 'fault fault ter:InvalidArgVal/ter:NoProfile' },
  ]);
});

test('an answer is delayed on the clock of the fleet', async () => {
  await using set = await scene();
  set.door.fault({ at: 'onvif', do: 'delay 2s' });
  const answer = set.ask();
  await expect.poll(() => set.clock.sleeping).toBe(1);
  await set.clock.advance('2s');
  expect((await answer).status).toBe(200);
});

test('a connection is reset, or left without an answer', async () => {
  await using set = await scene();
  set.door.fault({ at: 'onvif', times: 1, do: 'reset' });
  await expect(set.ask()).rejects.toThrow();
  set.door.fault({ at: 'onvif', times: 1, do: 'drop' });
  const lost = set.ask().then(
    () => 'answered',
    () => 'ended',
  );
  await expect.poll(() => set.door.received('GetSystemDateAndTime').length).toBe(2);
  set.door.network(false);
  expect(await lost).toBe('ended');
});

test('an answer is cut short, or no longer closes', async () => {
  await using set = await scene();
  {
    using _fault = set.door.fault({ at: 'onvif', do: 'truncate 40' });
    await expect(set.ask()).rejects.toThrow();
  }
  {
    using _fault = set.door.fault({ at: 'onvif', do: 'garble' });
    const { status, text } = await set.ask();
    expect(status).toBe(200);
    expect(text).not.toMatch(/<\/s:Envelope>$/);
    expect(text).toMatch(/^<\?xml|^<s:Envelope/);
  }
  expect((await set.ask()).text).toMatch(/<\/s:Envelope>$/);
});

test('a 401 comes whatever was sent, with challenges', async () => {
  await using set = await scene();
  set.door.fault({ at: 'onvif', do: 'refuse' });
  for (let tried = 0; tried < 3; tried++) {
    const { status, headers } = await set.ask();
    expect([status, headers.get('www-authenticate')]).toEqual([401, expect.stringContaining('Digest realm=')]);
  }
});

test('the local API, the picture and RTSP connections have faults of their own', async () => {
  await using set = await scene();
  const { https, http, rtsp } = set.door.camera.address.ports;
  set.door.fault({ at: 'ds', operation: 'user_management.*', times: 1, do: 'reset' });
  await expect(challengeOf(https)).rejects.toThrow();
  expect((await challengeOf(https))['nonce']).toBeDefined();
  set.door.fault({ at: 'snapshot', do: 'status 500' });
  expect((await fetch(`http://127.0.0.1:${http}/snapshot.jpg`)).status).toBe(500);
  set.door.fault({ at: 'rtsp', do: 'reset' });
  const socket = connect(rtsp, '127.0.0.1');
  const [error] = await once(socket, 'error');
  expect((error as NodeJS.ErrnoException).code).toBe('ECONNRESET');
});

test('the control API adds, lists and clears faults', async () => {
  await using fleet = await startCameras([{ name: 'door' }], { control: true });
  const { url, token } = fleet.control!;
  const ask = async (path: string, body?: object) => {
    const response = await fetch(`${url}/cameras/door/${path}`, {
      method: body ? 'POST' : 'GET',
      headers: { authorization: `Bearer ${token}` },
      ...(body ? { body: JSON.stringify(body) } : {}),
    });
    return { status: response.status, json: await response.json() };
  };
  expect(
    (await ask('fault', { at: 'onvif', operation: 'GetProfiles', every: 2, do: 'delay 1500ms' })).json.fault,
  ).toEqual({
    id: 1,
    at: 'onvif',
    operation: 'GetProfiles',
    every: 2,
    do: 'delay 1500ms',
    seen: 0,
    struck: 0,
  });
  expect((await ask('faults')).json.faults).toHaveLength(1);
  expect((await ask('clear-faults', { id: 7 })).status).toBe(404);
  expect((await ask('clear-faults', { id: 1 })).json.faults).toEqual([]);
  const wrong = await ask('fault', { at: 'onvif', do: 'dely 2s' });
  expect([wrong.status, wrong.json.detail]).toEqual([
    400,
    expect.stringContaining('there is no effect "dely"; did you mean delay?'),
  ]);
});

/** Which of ten requests a fault strikes. */
const strikes = (spec: object) => {
  const clock = manualClock();
  const book = createFaultBook(clock, seededRandom('a run'));
  book.add(faultSpec.parse({ at: 'onvif', do: 'drop', ...spec }));
  return Array.from({ length: 10 }, (_, at) => (book.strike('onvif', 'GetProfiles') ? at + 1 : 0)).filter(Boolean);
};

test('a fault strikes the nth, every so manieth, so many times, or by a chance that repeats', () => {
  expect(strikes({ nth: 3 })).toEqual([3]);
  expect(strikes({ every: 4 })).toEqual([4, 8]);
  expect(strikes({ times: 2 })).toEqual([1, 2]);
  expect(strikes({ every: 2, times: 3 })).toEqual([2, 4, 6]);
  expect(strikes({ operation: 'getprof*' })).toHaveLength(10);
  expect(strikes({ operation: 'Get' })).toEqual([]);
  const chance = strikes({ chance: 0.5 });
  expect(chance.length).toBeGreaterThan(1);
  expect(chance.length).toBeLessThan(9);
  expect(strikes({ chance: 0.5 })).toEqual(chance);
});

test('a fault ends after its time', async () => {
  const clock = manualClock();
  const book = createFaultBook(clock, seededRandom('a run'));
  book.add(faultSpec.parse({ at: 'onvif', do: 'drop', for: '10m' }));
  await clock.advance('9m');
  expect(book.waitsAt('onvif')).toBe(true);
  await clock.advance('1m');
  expect(book.waitsAt('onvif')).toBe(false);
});

test.each(['delay soon', 'delay -2s', 'truncate', 'status 200', 'fault NoProfile', 'drop 3', 'explode'])(
  '"%s" is no effect, and a sentence says what there is',
  (text) => {
    expect(parseEffect(text)).toMatch(/write delay 2s, drop, reset/);
  },
);

test('a fault that its door cannot have is refused', () => {
  const refusal = (spec: object) => faultSpec.safeParse(spec).error?.issues[0]?.message;
  expect(refusal({ at: 'rtsp', do: 'garble' })).toBe('at rtsp there are delay, drop and reset, not garble');
  expect(refusal({ at: 'ds', do: 'fault ter:Action' })).toBe('a SOAP fault is for onvif, not for ds');
});
