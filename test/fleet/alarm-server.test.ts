import { createServer, type IncomingHttpHeaders } from 'node:http';
import { expect, test } from 'vitest';
import { listen } from '../../core/runtime/listen.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import { fleetDeps, startCameras } from './lab.ts';

interface Push {
  headers: IncomingHttpHeaders;
  body: Buffer;
  port: number;
}

/** A server for alarms, and a camera that pushes to it. */
const scene = (settings: object, more = {}) =>
  startAll(async (own) => {
    const pushes: Push[] = [];
    const server = createServer(async (request, response) => {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk);
      pushes.push({ headers: request.headers, body: Buffer.concat(chunks), port: request.socket.remotePort ?? 0 });
      response.end('{}');
    });
    const listening = own(await listen(server, 0));
    const deps = fleetDeps();
    const alarmServer = {
      url: `http://127.0.0.1:${listening.port}/api/webhook/x`,
      form: 'legacy',
      image: false,
      ...settings,
    };
    const wish = { name: 'door', profile: 'c250', alarmServer, ...more };
    const fleet = own(await startCameras([wish as never], {}, deps));
    return { pushes, door: fleet.camera('door'), clock: deps.clock };
  });

test('an alarm is pushed when something begins and again while it goes on, each time over a connection of its own', async () => {
  await using set = await scene({});
  set.door.trigger('motion', { active: true });
  set.door.trigger('people', { active: true });
  await expect.poll(() => set.pushes.length).toBe(1);
  const { identity } = set.door.camera;
  expect(JSON.parse(set.pushes[0]!.body.toString())).toEqual({
    ip: '127.0.0.1',
    mac: identity.mac.replaceAll(':', '-').toLowerCase(),
    protocol: 'HTTP',
    device_name: 'VIGI C250 1.0',
    event_list: [{ dateTime: '20260101000000', event_type: ['MOTION', 'PEOPLE'] }],
  });
  await set.clock.advance('6s');
  await expect.poll(() => set.pushes.length).toBeGreaterThanOrEqual(2);
  expect(new Set(set.pushes.map(({ port }) => port)).size).toBe(set.pushes.length);
  set.door.trigger('motion', { active: false });
  set.door.trigger('people', { active: false });
  await set.clock.advance('10s');
  const settled = set.pushes.length;
  await set.clock.advance('30s');
  expect(set.pushes.length).toBe(settled);
  expect(set.clock.sleeping).toBe(0);
});

test('the enhanced form says where in the picture, in local time; an InSight camera adds the end of its MAC', async () => {
  await using set = await scene({ form: 'enhanced' }, { profile: 's445' });
  set.door.camera.state.timeZone = 'UTC-8';
  set.door.trigger('people', { active: true });
  await expect.poll(() => set.pushes.length).toBe(1);
  const body = JSON.parse(set.pushes[0]!.body.toString());
  expect(body.device_name).toMatch(/^InSight S445 1\.0_[0-9A-F]{4}$/);
  expect(body.event_list).toEqual([
    {
      camera: '1',
      dateTime: '2026-01-01 08:00:00',
      event_type: 'PEOPLE',
      extra_text: [
        {
          region_id: [1],
          obj_num: 1,
          obj_rect_info: [
            { x: expect.any(Number), y: expect.any(Number), height: expect.any(Number), width: expect.any(Number) },
          ],
        },
      ],
    },
  ]);
});

test('with a picture the push is a form: the event, and a JPEG under the time of the alarm', async () => {
  await using set = await scene({ image: true });
  set.door.trigger('motion', { active: true });
  await expect.poll(() => set.pushes.length).toBe(1);
  const { headers, body } = set.pushes[0]!;
  expect(headers['content-type']).toBe('multipart/form-data; boundary=ReportEventBoundary');
  const form = await new Response(new Uint8Array(body), {
    headers: { 'content-type': headers['content-type']! },
  }).formData();
  expect(JSON.parse(form.get('event') as string).event_list[0].event_type).toEqual(['MOTION']);
  expect(body.includes('name="20260101000000"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff', 0, 'latin1')).toBe(
    true,
  );
});

test('a kind whose messages are switched off is not pushed, nor anything to a server that is away', async () => {
  await using set = await scene({ url: 'http://127.0.0.1:1/' });
  set.door.trigger('motion', { active: true });
  await set.clock.advance('10s');
  expect(set.pushes).toEqual([]);
  expect(set.door.powered).toBe(true);
});
