import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { runAdd } from '../../clients/config-tool/run-add.ts';
import { formatLabel } from '../../core/pairing/label-secret.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { packageRoot } from '../../core/runtime/package-root.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { codeAt } from '../../core/totp/totp.ts';
import { startGateway } from '../../gateway/index.ts';
import { outcome } from '../lab/foreign.ts';
import { startLab } from '../lab/index.ts';

const main = join(packageRoot, 'dist', 'scripts', 'main.js');
const cameraPassword = 'A camera password';
const admin = { username: 'admin', password: 'An admin of another place 1' };

type Lab = Awaited<ReturnType<typeof startLab>>;

/** A second VMS Local on the same LAN, with an admin and bound to nobody. */
async function startOther(lab: Lab) {
  const ports = { port: 0, mqttPort: 0, mqttsPort: 0, pairingPort: 0 };
  const gateway = await startGateway(
    { ...ports, host: '127.0.0.1', dataDir: join(lab.dataDir, 'other'), name: 'Other', discoveryInterface: 'lo' },
    { clock: lab.clock, random: secureRandom, log: silentLog },
  );
  let cookie = '';
  const post = async (path: string, body: object) => {
    const answer = await fetch(`${gateway.url}/api/v1${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', origin: gateway.url, cookie },
      body: JSON.stringify(body),
    });
    expect(answer.ok, `${path} ${answer.status}`).toBe(true);
    cookie = answer.headers.getSetCookie()[0]?.split(';')[0] ?? cookie;
    return answer;
  };
  await post('/setup', { setupCode: gateway.setupCode, ...admin });
  return Object.assign(gateway, {
    /** Switch the second factor of the admin on; codes of steps not used yet. */
    async secondFactor() {
      const { secret } = (await (await post('/auth/second-factor', { password: admin.password })).json()) as {
        secret: string;
      };
      const code = () => codeAt(secret, lab.clock.now());
      await post('/auth/second-factor/confirm', { code: code() });
      return async () => {
        await lab.clock.advance('30s');
        return code();
      };
    },
  });
}

// One fleet, two VMS Locals: the steps build on each other.
describe.sequential('whose a camera is, and who may add it', { timeout: 120_000 }, () => {
  let lab: Lab;
  let other: Awaited<ReturnType<typeof startOther>>;
  let nextCode: () => Promise<string>;

  beforeAll(async () => {
    lab = await startLab({ cameras: 3, discovery: true, adopt: false });
    other = await startOther(lab);
  }, 60_000);
  afterAll(async () => {
    await other?.[Symbol.asyncDispose]();
    await lab?.[Symbol.asyncDispose]();
  });

  const run = (...args: string[]) =>
    outcome(process.execPath, [main, 'config-tool', ...args], 60_000, {
      VIGIL_CONFIG_TOOL_CAMERA_PASSWORD: cameraPassword,
      VIGIL_CONFIG_TOOL_PASSWORD: admin.password,
    });
  const labels = () =>
    lab.fleet.cameras.flatMap(({ camera: { identity } }) => [
      '--label',
      formatLabel(identity.serial, identity.labelSecret),
    ]);
  const serial = (n: number) => lab.camera(`cam-${n}`).camera.identity.serial;
  const httpsOf = (n: number) => `127.0.0.1:${lab.camera(`cam-${n}`).camera.address.ports.https}`;
  const add = (...more: string[]) =>
    run('add', '--interface', 'lo', '--activate', ...labels(), '--data-dir', join(lab.dataDir, 'none'), ...more);
  const byAdmin = () => ['--gateway', other.url, '--local-user', admin.username];
  const one = ['--serial', 'of the first'];

  test('a local administrator without a second factor adds nothing, and reads where to switch it on', async () => {
    one[1] = serial(1);
    const { code, stderr } = await add(...one, ...byAdmin());
    expect([code, stderr]).toEqual([2, expect.stringMatching(/no two-factor authentication.*Settings > My account/)]);
    nextCode = await other.secondFactor();
  });

  test('wrong name, missing code, wrong code: each in plain words; nothing is added', async () => {
    const stranger = await add(...one, '--gateway', other.url, '--local-user', 'nobody');
    expect([stranger.code, stranger.stderr]).toEqual([
      2,
      expect.stringMatching(/does not know this user name and password/),
    ]);
    const missing = await add(...one, ...byAdmin());
    expect([missing.code, missing.stderr]).toEqual([2, expect.stringMatching(/6-digit code.*--code/)]);
    const wrong = await add(...one, ...byAdmin(), '--code', '000000');
    expect([wrong.code, wrong.stderr]).toEqual([2, expect.stringMatching(/code is wrong or was used already/)]);
    expect(lab.camera('cam-1').camera.state).toMatchObject({ initialized: false });
  });

  test('password and a fresh code of the local account add cameras at a VMS Local that no cloud knows', async () => {
    const { code, stdout, stderr } = await add(...one, ...byAdmin(), '--code', await nextCode());
    expect([code, stdout, stderr]).toEqual([0, expect.stringMatching(/✓ SIM\d+ is Online/), expect.anything()]);
    expect(lab.camera('cam-1').camera.state.pairing?.gatewayId).toBe(other.gatewayId);
  });

  test('a camera of another VMS Local is refused by name and found again after it was removed there', async () => {
    await lab.enableTwoFactor();
    await lab.bind();
    const here = async () => [
      ...['--gateway', lab.gateway.url, '--cloud', lab.cloud.url, '--account', lab.people.owner.email],
      ...['--password', lab.people.owner.password, '--code', await lab.code()],
    ];
    const both = ['--serial', serial(1), '--serial', serial(2)];
    const first = await add(...both, ...(await here()), '--json');
    expect(first.code).toBe(1);
    const said = first.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(said.find((line) => line.serial === serial(1))).toMatchObject({
      type: 'refused',
      code: 'other_vms',
      message: expect.stringMatching(new RegExp(`belongs to another VMS Local \\(${other.gatewayId}.*remove it there`)),
    });
    expect(said.at(-1)).toEqual({ type: 'done', added: 1, failed: 1 });

    const removed = await run('remove', '--interface', 'lo', '--serial', serial(1), '--at-camera');
    expect(removed.code).toBe(0);
    const again = await add(...both, ...(await here()), '--json');
    expect(
      again.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line))
        .at(-1),
    ).toEqual({
      type: 'done',
      added: 1,
      failed: 0,
      already: 1,
    });
    expect(again.code).toBe(0);
  });

  test('by addresses alone, where nothing tells whose a camera is, running again leaves out what is here', async () => {
    const where = [1, 2, 3].flatMap((n) => ['--address', httpsOf(n)]);
    await run('activate', '--address', httpsOf(3), '--camera-password', cameraPassword);
    const account = ['--account', lab.people.owner.email, '--password', lab.people.owner.password];
    const { code, stdout } = await run(
      ...['add', ...where, ...labels(), '--gateway', lab.gateway.url, '--cloud', lab.cloud.url, ...account],
      ...['--code', await lab.code(), '--data-dir', join(lab.dataDir, 'none')],
    );
    expect(stdout).toMatch(/1 added to .*\n2 needed nothing/);
    expect(code).toBe(0);
  });
});

/** What a run said and asked, with somebody at the terminal who has the authenticator app at hand. */
function person(lab: Lab, onSay: (line: Record<string, unknown>) => void = () => undefined) {
  const said: Record<string, unknown>[] = [];
  const asked: string[] = [];
  return {
    said,
    asked,
    output: {
      json: true,
      note: () => undefined,
      say(line: object) {
        said.push(line as Record<string, unknown>);
        onSay(line as Record<string, unknown>);
      },
    },
    ask: {
      async text(what: string) {
        asked.push(what);
        return lab.code();
      },
      async password() {
        throw new Error('no password was expected');
      },
    },
  };
}

const flagsFor = (lab: Lab) => ({
  dataDir: join(lab.dataDir, 'none'),
  interface: 'lo',
  seconds: '1',
  gateway: lab.gateway.url,
  cloud: lab.cloud.url,
  account: lab.people.owner.email,
  password: lab.people.owner.password,
  cameraPassword,
  activate: true,
  region: 'EU',
  timeZone: 'UTC0',
  serial: lab.fleet.cameras.map(({ camera }) => camera.identity.serial),
  label: lab.fleet.cameras.map(({ camera: { identity } }) => formatLabel(identity.serial, identity.labelSecret)),
});

describe('more cameras than one code adds', { timeout: 120_000 }, () => {
  const size = 10;
  async function startBound() {
    const lab = await startLab({ cameras: size, discovery: true, adopt: false });
    await lab.enableTwoFactor();
    await lab.bind();
    return lab;
  }

  test('each order of tickets asks for a code of its own, and a wrong one is asked for again', async () => {
    await using lab = await startBound();
    const { said, asked, output, ask } = person(lab);
    let slips = 1;
    const text = async (what: string) => {
      const code = await ask.text(what);
      return asked.length === 2 && slips-- > 0 ? '000000' : code;
    };
    expect(await runAdd(flagsFor(lab), output, { ...ask, text }, { most: 4 })).toBe(0);
    expect(asked).toEqual([
      '6-digit code of the authenticator app',
      '6-digit code for the 6 that are left: a new one',
      'That code is wrong or was used already. The next one the app shows',
      '6-digit code for the 2 that are left: a new one',
    ]);
    expect(said.at(-1)).toEqual({ type: 'done', added: size, failed: 0 });
  });

  test('with one code as a flag the first order is added, and each that is left is told so', async () => {
    await using lab = await startBound();
    const { said, output } = person(lab);
    const refuses = async (what: string, flag: string) => {
      throw new (await import('../../core/runtime/settings.ts')).UsageError(`${what} is needed: give it with ${flag}`);
    };
    const flags = { ...flagsFor(lab), code: await lab.code() };
    expect(await runAdd(flags, output, { text: refuses, password: refuses }, { most: 8 })).toBe(1);
    expect(said.filter(({ type }) => type === 'refused')).toEqual(
      Array.from({ length: 2 }, () =>
        expect.objectContaining({ code: 'code_needed', message: expect.stringMatching(/takes another code.*--code/) }),
      ),
    );
    expect(said.at(-1)).toEqual({ type: 'done', added: 8, failed: 2 });
  });

  test('cameras whose tickets ran out before their turn get new ones for a fresh code', async () => {
    await using lab = await startBound();
    let slow = true;
    // Eight are worked on at a time; when the first is in, the tickets of those that wait are ten minutes old.
    const { said, asked, output, ask } = person(lab, ({ type }) => {
      if (type === 'added' && slow) void lab.clock.advance('11m');
      if (type === 'added') slow = false;
    });
    expect(await runAdd(flagsFor(lab), output, ask)).toBe(0);
    expect(asked).toEqual([
      '6-digit code of the authenticator app',
      expect.stringMatching(/^6-digit code for the \d+ that are left/),
    ]);
    expect(said.at(-1)).toEqual({ type: 'done', added: size, failed: 0 });
  });
});
