import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseSps } from '../../gateway/live/sps.ts';
import { has, output } from '../lab/foreign.ts';
import { startLab } from '../lab/index.ts';

describe.sequential('live video and PTZ through the gateway', () => {
  let lab: Awaited<ReturnType<typeof startLab>>;
  let cookie = '';
  const ids = new Map<string, string>();

  beforeAll(async () => {
    lab = await startLab({
      cameras: [
        { name: 'dome', profile: 'c540' },
        { name: 'wall', profile: 'c340' },
      ],
    });
    cookie = await signIn();
    for (const camera of (await lab.adminApi.call('GET', '/cameras')).body.cameras) ids.set(camera.serial, camera.id);
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  const signIn = async () => {
    const answer = await fetch(`${lab.gateway.url}/api/v1/auth/sign-in`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: lab.gateway.url },
      body: JSON.stringify(lab.people.admin),
    });
    return answer.headers.getSetCookie()[0]!.split(';')[0]!;
  };
  const idOf = (name: string) => ids.get(lab.camera(name).camera.identity.serial)!;
  const watch = (path: string, signal?: AbortSignal) =>
    fetch(`${lab.gateway.url}/api/v1/cameras/${path}`, { headers: { cookie }, ...(signal ? { signal } : {}) });
  /** So many bytes of a live answer, then leave. */
  const some = async (path: string, atLeast: number) => {
    const stop = new AbortController();
    const answer = await watch(path, stop.signal);
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of answer.body!) {
      parts.push(part as Uint8Array);
      size += (part as Uint8Array).length;
      if (size >= atLeast) break;
    }
    stop.abort();
    return { answer, bytes: Buffer.concat(parts) };
  };
  const untilNobodyLooks = async () => {
    while (lab.gateway.cameraSide.live.viewers > 0) await new Promise((resolve) => setImmediate(resolve));
  };

  test.skipIf(!has('ffprobe', 'ffmpeg'))('a player reads both forms, in the size the camera says', async () => {
    for (const [stream, format, size] of [
      ['sub', 'mp4', 100_000],
      ['sub', 'h264', 100_000],
      ['main', 'mp4', 300_000],
    ] as const) {
      const { answer, bytes } = await some(`${idOf('dome')}/live?stream=${stream}&format=${format}`, size);
      expect(answer.headers.get('content-type')).toMatch(
        format === 'mp4' ? /^video\/mp4; codecs="avc1\.[0-9a-f]{6}"$/ : /^video\/h264$/,
      );
      const file = join(lab.dataDir, `clip.${format}`);
      await writeFile(file, bytes);
      const said = await output('ffprobe', [
        ...['-v', 'error', '-count_frames', '-select_streams', 'v', '-of', 'json'],
        ...['-show_entries', 'stream=codec_name,width,height,nb_read_frames', file],
      ]);
      const [video] = JSON.parse(said).streams;
      const { width, height } = lab.camera('dome').camera.state.videoEncoders[stream === 'main' ? 0 : 1]!;
      expect(video).toMatchObject({ codec_name: 'h264', width, height });
      expect(Number(video.nb_read_frames)).toBeGreaterThan(5);
    }
  });

  test('many look by one connection to the camera, and when the last leaves it is closed', async () => {
    await untilNobodyLooks();
    const camera = lab.camera('wall');
    const before = camera.received('PLAY').length;
    const path = `${idOf('wall')}/live`;
    const both = await Promise.all([some(path, 50_000), some(path, 50_000), some(path, 50_000)]);
    for (const { bytes } of both) expect(bytes.toString('latin1', 4, 8)).toBe('ftyp');
    expect(camera.received('PLAY').length - before).toBe(1);
    await untilNobodyLooks();
    expect(lab.gateway.cameraSide.live.viewers).toBe(0);
  });

  test('who is not signed in sees nothing, and a session that ends takes its live video along', async () => {
    expect((await fetch(`${lab.gateway.url}/api/v1/cameras/${idOf('wall')}/live`)).status).toBe(401);
    const admin = cookie;
    cookie = await signIn();
    const answer = await watch(`${idOf('wall')}/live`);
    expect(answer.status).toBe(200);
    const reader = answer.body!.getReader();
    await reader.read();
    await fetch(`${lab.gateway.url}/api/v1/auth/sign-out`, {
      method: 'POST',
      headers: { cookie, origin: lab.gateway.url },
    });
    cookie = admin;
    // Ends by itself; a stream that went on would run into the test's time limit.
    while (!(await reader.read()).done);
    expect((await watch(`${idOf('wall')}/live?stream=sub&format=avi`)).status).toBe(400);
    expect((await watch('nobody/live')).status).toBe(404);
  });

  test('a camera turns, stops and goes to a preset; one that cannot turn says so', async () => {
    const call = (name: string, method: string, path: string, body?: object) =>
      lab.adminApi.call(method, `/cameras/${idOf(name)}/ptz${path}`, body);
    expect((await call('dome', 'GET', '')).body).toEqual({ presets: [] });
    expect((await call('dome', 'POST', '/move', { pan: 0.5 })).status).toBe(204);
    expect((await call('dome', 'POST', '/stop', {})).status).toBe(204);
    expect(lab.camera('dome').received('ContinuousMove')).toHaveLength(1);
    expect(lab.camera('dome').received('Stop')).toHaveLength(1);
    expect((await call('dome', 'POST', '/move', {})).body).toMatchObject({ code: 'body_invalid' });
    expect((await call('dome', 'POST', '/move', { pan: 7 })).status).toBe(400);
    expect((await call('dome', 'POST', '/goto', { preset: 'gate' })).body).toMatchObject({ code: 'preset_unknown' });
    expect((await call('wall', 'GET', '')).body).toMatchObject({ code: 'ptz_unsupported', status: 404 });
    expect((await call('wall', 'POST', '/move', { pan: 1 })).body).toMatchObject({ code: 'ptz_unsupported' });
  });
});

test('the picture size is read from parameter sets of other makers, cropped and with scaling lists', () => {
  // x264: 1920x1080 High, cropped from 1088; 640x360 Baseline.
  expect(parseSps(Buffer.from('67640028acd940780227e5c05a808080a0000003002000000781e30632c0', 'hex'))).toEqual({
    width: 1920,
    height: 1080,
    codec: 'avc1.640028',
  });
  expect(parseSps(Buffer.from('6742c01eda02802f', 'hex'))?.codec).toBe('avc1.42c01e');
  expect(parseSps(Buffer.from('68ce3c80', 'hex'))).toBeUndefined();
  expect(parseSps(Buffer.from('67', 'hex'))).toBeUndefined();
});
