import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSessionFile } from '../../clients/pc-client/session-file.ts';
import { realClock } from '../../core/runtime/clock.ts';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { type Ended, has, listening, outcome, output } from '../lab/foreign.ts';
import { startLab } from '../lab/index.ts';

const main = join(packageRoot, 'dist', 'scripts', 'main.js');

// A person's evening with the PC Client: the steps build on each other.
describe.sequential('the PC Client as a person runs it', { timeout: 120_000 }, () => {
  let lab: Awaited<ReturnType<typeof startLab>>;
  let config = '';

  beforeAll(async () => {
    lab = await startLab({
      cameras: [
        { name: 'dome', profile: 'c540' },
        { name: 'wall', profile: 'c340' },
      ],
    });
    config = join(lab.dataDir, 'config');
    for (const name of ['dome', 'wall'])
      await lab.adminApi.call('PATCH', `/cameras/${await idOf(name)}`, {
        name: name === 'dome' ? 'Yard dome' : 'Wall',
      });
  });
  afterAll(async () => {
    await lab?.[Symbol.asyncDispose]();
  });

  const idOf = async (name: string) => {
    const { serial } = lab.camera(name).camera.identity;
    const { cameras } = (await lab.adminApi.call('GET', '/cameras')).body;
    return cameras.find((camera: { serial: string }) => camera.serial === serial).id as string;
  };
  const env = () => ({ XDG_CONFIG_HOME: config });
  const flags = () => ['--cloud', lab.cloud.url, '--data-dir', join(lab.dataDir, 'none')];
  const run = (...args: string[]): Promise<Ended> =>
    outcome(process.execPath, [main, 'pc-client', ...args, ...flags()], 60_000, env());
  const account = () => ['--account', lab.people.owner.email, '--password', lab.people.owner.password];
  const file = () => join(config, 'vigil', 'pc-client.json');

  test('without a sign-in nothing of the cloud is shown, and the way on is named', async () => {
    const { code, stderr } = await run('devices');
    expect([code, stderr]).toEqual([2, expect.stringMatching(/nobody is signed in.*sign-in.*--local/)]);
    expect((await run('devcies')).stderr).toMatch(/no command "devcies"; did you mean devices\?/);
    expect((await run()).stderr).toMatch(/name a command/);
  });

  test('sign-in wants the code, refuses a wrong one, and keeps the session for this user alone', async () => {
    const none = await run('sign-in', ...account());
    expect([none.code, none.stderr]).toEqual([2, expect.stringMatching(/6-digit code.*--code/)]);
    const wrong = await run('sign-in', ...account(), '--code', '000000');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/code is wrong or was used/)]);
    await expect(stat(file())).rejects.toThrow();
    const right = await run('sign-in', ...account(), '--code', await lab.code());
    expect([right.code, right.stdout]).toEqual([0, expect.stringMatching(/✓ Signed in as owner@vigil\.test/)]);
    expect((await stat(file())).mode & 0o777).toBe(0o600);
    expect((await stat(join(config, 'vigil'))).mode & 0o777).toBe(0o700);
    expect(await readFile(file(), 'utf8')).not.toContain(lab.people.owner.password);
    expect((await run('whoami')).stdout).toMatch(/owner@vigil\.test at http/);
  });

  test('devices lists the cameras of every VMS Local, as a table and as JSON', async () => {
    const table = await run('devices');
    expect(table.stdout).toMatch(/VMS Local\s+Name\s+Model/);
    expect(table.stdout).toMatch(/Lab\s+Yard dome\s+.*SIM\d+\s+Online/);
    expect(table.stdout).toMatch(/2 cameras in Lab, 2 online/);
    expect(table.code).toBe(0);
    const lines = (await run('devices', '--json')).stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ type }) => type)).toEqual(['device', 'device', 'done']);
    expect(lines[0]).toMatchObject({ vms: 'Lab', name: 'Wall', state: 'online' });
    const other = await run('devices', '--vms', 'Lbb');
    expect([other.code, other.stderr]).toEqual([2, expect.stringMatching(/no VMS Local "Lbb"; did you mean Lab/)]);
  });

  test.skipIf(!has('ffprobe', 'ffmpeg'))('snapshot and clip are files that other programs read', async () => {
    const picture = join(lab.dataDir, 'yard.jpg');
    expect(await run('snapshot', 'yard', '--out', picture)).toMatchObject({ code: 0, stderr: '' });
    expect(await output('ffprobe', ['-v', 'error', '-show_entries', 'stream=codec_name', picture])).toMatch(/mjpeg/);
    for (const ending of ['mp4', 'h264']) {
      const clip = join(lab.dataDir, `wall.${ending}`);
      const saved = await run('clip', 'Lab/Wall', '--for', '2s', '--stream', 'sub', '--out', clip);
      expect([saved.code, saved.stdout]).toEqual([0, expect.stringMatching(/✓ Wall: .* KB\)/)]);
      const said = await output('ffprobe', [
        ...['-v', 'error', '-count_frames', '-of', 'json', '-show_entries', 'stream=codec_name,nb_read_frames', clip],
      ]);
      const [video] = JSON.parse(said).streams;
      expect(video.codec_name).toBe('h264');
      expect(Number(video.nb_read_frames)).toBeGreaterThan(5);
    }
    const picky = await run('clip', 'Wall', '--out', join(lab.dataDir, 'wall.avi'));
    expect([picky.code, picky.stderr]).toEqual([2, expect.stringMatching(/\.mp4 or \.h264/)]);
    const nowhere = await run('snapshot', 'Wall', '--out', join(lab.dataDir, 'no', 'such.jpg'));
    expect([nowhere.code, nowhere.stderr]).toEqual([2, expect.stringMatching(/cannot be written: ENOENT/)]);
    const unknown = await run('snapshot', 'Walll', '--out', picture);
    expect([unknown.code, unknown.stderr]).toEqual([
      2,
      expect.stringMatching(/no camera "Walll"; did you mean Wall\?/),
    ]);
  });

  test('ptz turns the camera that can turn, and says so of the other', async () => {
    const moved = await run('ptz', 'Yard dome', 'left', '--for', '100ms');
    expect([moved.code, moved.stdout]).toEqual([0, expect.stringMatching(/✓ Yard dome: moved left/)]);
    expect(lab.camera('dome').received('ContinuousMove')).toHaveLength(1);
    expect(lab.camera('dome').received('Stop')).toHaveLength(1);
    const fixed = await run('ptz', 'Wall', 'left');
    expect([fixed.code, fixed.stderr]).toEqual([2, expect.stringMatching(/does not turn/)]);
    expect((await run('ptz', 'Yard dome', 'lfet')).stderr).toMatch(/did you mean left\?/);
    expect((await run('ptz', 'Yard dome', 'preset', 'gate')).stderr).toMatch(/no such preset/);
    expect((await run('ptz', 'Yard dome', 'presets')).stdout).toMatch(/no presets/);
  });

  test('events tells what was, and follows what comes until the session ends elsewhere', async () => {
    const camera = lab.camera('wall').camera;
    await using following = listening(
      process.execPath,
      [main, 'pc-client', 'events', '--follow', '--limit', '0', ...flags()],
      env(),
    );
    await following.line((line) => line.includes('Waiting for events'), 60_000);
    // Followed means: the socket is open at the gateway.
    while (lab.gateway.feedSockets() === 0) await new Promise((resolve) => setImmediate(resolve));
    camera.trigger('motion', true);
    expect(await following.line((line) => /motion begins/.test(line), 30_000)).toMatch(/Lab {2}Wall: motion begins/);
    expect((await run('events', '--camera', 'Wall')).stdout).toMatch(/Wall: motion begins/);
    const ended = following.line((line) => /session has ended|Open this VMS Local|sign in/.test(line), 60_000);
    const owner = await lab.owner();
    const { sessions } = await owner.get<{ sessions: { id: string; current: boolean }[] }>('/sessions');
    for (const { id, current } of sessions) if (!current) await owner.delete(`/sessions/${id}`);
    await ended;
    const after = await run('devices');
    expect([after.code, after.stderr]).toEqual([2, expect.stringMatching(/session has ended.*sign-in/)]);
  });

  test('by a phone or browser: the terminal shows a code, and is in when it is allowed there', async () => {
    await using terminal = listening(
      process.execPath,
      [main, 'pc-client', 'sign-in', '--device', '--json', ...flags()],
      env(),
    );
    const { userCode, urlWithCode } = JSON.parse(await terminal.line((line) => line.includes('device_code'), 60_000));
    expect(urlWithCode).toContain(userCode);
    await (await lab.owner()).post('/device/approve', { userCode });
    expect(JSON.parse(await terminal.line((line) => line.includes('signed_in'), 60_000))).toMatchObject({
      account: lab.people.owner.email,
    });
    expect((await run('devices')).code).toBe(0);
  });

  test('many processes at once renew one session once: none is thrown out', async () => {
    const kept = openSessionFile(join(config, 'vigil'), realClock);
    kept.write({ ...kept.read()!, renewAt: 1 });
    const before = kept.read()!;
    const all = await Promise.all(Array.from({ length: 4 }, () => run('devices')));
    expect(all.map(({ code, stderr }) => [code, stderr])).toEqual(all.map(() => [0, '']));
    expect(kept.read()!.refreshToken).not.toBe(before.refreshToken);
    kept.write({ ...kept.read()!, renewAt: 1 });
    expect((await run('devices')).code).toBe(0);
  });

  test('sign-out ends the session here and at the cloud', async () => {
    const { token } = openSessionFile(join(config, 'vigil'), realClock).read()!;
    expect((await run('sign-out')).stdout).toMatch(/✓ owner@vigil\.test is signed out/);
    await expect(stat(file())).rejects.toThrow();
    const asked = await fetch(`${lab.cloud.url}/api/v1/session`, { headers: { authorization: `Bearer ${token}` } });
    expect(asked.status).toBe(401);
    expect((await run('sign-out')).stdout).toMatch(/Nobody was signed in/);
  });

  test('without login: devices of this network by local account, and nothing else', async () => {
    const local = ['--local', '--vms', lab.gateway.url, '--user', 'admin', '--password', lab.people.admin.password];
    const seen = await run('devices', ...local);
    expect([seen.code, seen.stdout]).toEqual([0, expect.stringMatching(/Lab\s+Yard dome/)]);
    const far = await run('devices', '--local', '--vms', 'http://93.184.215.14', '--user', 'a', '--password', 'b');
    expect([far.code, far.stderr]).toEqual([2, expect.stringMatching(/not of this network.*sign in/)]);
    const wrong = await run('devices', ...local, '--password', 'not this one');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/does not know this user name and password/)]);
    await expect(stat(file())).rejects.toThrow();
  });
});
