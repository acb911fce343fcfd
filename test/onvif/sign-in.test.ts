import { afterEach, describe, expect, test } from 'vitest';
import { manualClock } from '../../core/runtime/clock.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import { formatUsernameToken } from '../../core/soap/ws-security.ts';
import { parseDigestHeader } from '../../device-sim/auth/digest.ts';
import { createTokenAuth } from '../../device-sim/auth/username-token.ts';
import { standardTable } from '../../device-sim/onvif/handler.ts';
import { adminPassword, type CameraSetting, digestHeader, type OneCamera, startOneCamera } from './one-camera.ts';

const cameras: OneCamera[] = [];
async function start(setting: CameraSetting = {}) {
  const cam = await startOneCamera(setting);
  cameras.push(cam);
  const failed: unknown[] = [];
  cam.camera.events.subscribe(({ topic, data }) => {
    if (topic.endsWith('AuthFailed')) failed.push(data);
  });
  return { cam, failed };
}
afterEach(async () => {
  for (const cam of cameras.splice(0)) await cam[Symbol.asyncDispose]();
});

const admin = { username: 'admin', password: adminPassword };
const notAuthorized = ['Sender', 'ter:NotAuthorized'];
const challengesOf = (rawHeaders: string[]) =>
  rawHeaders.flatMap((value, at) => (rawHeaders[at - 1] === 'WWW-Authenticate' ? [value] : []));

describe('sign-in', () => {
  test.each(['token', 'digest', 'text', 'both'] as const)('by %s works', async (by) => {
    const { cam, failed } = await start();
    expect((await cam.ask('tds:GetUsers', '', { by })).status).toBe(200);
    expect(failed).toEqual([]);
  });

  test('without any is answered 401 with one challenge an algorithm and the fault', async () => {
    const { cam, failed } = await start();
    const reply = await cam.ask('tds:GetUsers', '', { as: null });
    expect(reply.status).toBe(401);
    expect(reply.fault).toEqual(notAuthorized);
    const challenges = challengesOf(reply.rawHeaders);
    expect(challenges.map((one) => parseDigestHeader(one))).toEqual([
      expect.objectContaining({ realm: 'Vigil Camera', qop: 'auth', algorithm: 'MD5' }),
      expect.objectContaining({ realm: 'Vigil Camera', qop: 'auth', algorithm: 'SHA-256' }),
    ]);
    expect(failed).toEqual([]);
  });

  test('a request that keeps its body back is answered with the challenge; signed and still empty it is refused', async () => {
    const { cam, failed } = await start();
    const path = '/onvif/device_service';
    const asked = await cam.post(path, '');
    expect(asked.status).toBe(401);
    const [challenge] = challengesOf(asked.rawHeaders);
    const Authorization = digestHeader(challenge!, { username: 'admin', password: adminPassword }, path);
    const body = `<s:Envelope xmlns:s="${namespaces.s}"><s:Body><u:GetUsers xmlns:u="${namespaces.tds}"/></s:Body></s:Envelope>`;
    const type = { 'Content-Type': 'application/soap+xml' };
    expect((await cam.post(path, body, { Authorization, ...type })).status).toBe(200);
    expect((await cam.post(path, '', { Authorization, ...type })).status).toBe(400);
    expect(failed).toEqual([]);
  });

  test('by a wrong token is answered 400 with the fault, and raises AuthFailed with the address', async () => {
    const { cam, failed } = await start();
    const reply = await cam.ask('tds:GetUsers', '', { as: { username: 'admin', password: 'wrong-pass' } });
    expect([reply.status, reply.fault]).toEqual([400, notAuthorized]);
    expect(reply.headers['www-authenticate']).toBeUndefined();
    expect((await cam.ask('tds:GetUsers', '', { as: { username: 'nobody', password: adminPassword } })).status).toBe(
      400,
    );
    expect(failed).toEqual([{ SourceIPv4: '127.0.0.1' }, { SourceIPv4: '127.0.0.1' }]);
  });

  test('by a wrong digest is answered 401, and raises AuthFailed', async () => {
    const { cam, failed } = await start();
    const reply = await cam.ask('tds:GetUsers', '', {
      by: 'digest',
      as: { username: 'admin', password: 'wrong-pass' },
    });
    expect(reply.status).toBe(401);
    expect(failed).toHaveLength(1);
  });

  test('by digest is taken with either algorithm, once a count, and stale nonces are told apart', async () => {
    const clock = manualClock();
    const { cam, failed } = await start({ clock });
    const body = `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Body><GetUsers xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>`;
    const send = (authorization?: string) =>
      cam.post('/onvif/device_service', body, {
        'Content-Type': 'application/soap+xml',
        ...(authorization ? { Authorization: authorization } : {}),
      });
    for (const choice of [0, 1]) {
      const challenge = challengesOf((await send()).rawHeaders)[choice]!;
      const header = digestHeader(challenge, admin, '/onvif/device_service');
      expect((await send(header)).status).toBe(200);
      const again = await send(header);
      expect(again.status).toBe(401);
      expect(challengesOf(again.rawHeaders)[0]).toContain('stale=true');
    }
    const old = challengesOf((await send()).rawHeaders)[0]!;
    await clock.advance('10m');
    expect(challengesOf((await send(digestHeader(old, admin, '/onvif/device_service'))).rawHeaders)[0]).toContain(
      'stale=true',
    );
    expect((await send('Basic YWRtaW46QWRtaW4tcGFzcy0x')).status).toBe(401);
    expect(failed).toHaveLength(1);
  });

  test('when both are given both must be right', async () => {
    const { cam } = await start();
    const challenge = challengesOf((await cam.ask('tds:GetUsers', '', { as: null })).rawHeaders)[0]!;
    const token = (password: string) =>
      formatUsernameToken({
        username: 'admin',
        password,
        nonce: Buffer.from(password),
        created: new Date().toISOString(),
      }).markup;
    const envelope = (header: string) =>
      `<s:Envelope xmlns:s="http://www.w3.org/2003/05/soap-envelope"><s:Header>${header}</s:Header><s:Body><GetUsers xmlns="http://www.onvif.org/ver10/device/wsdl"/></s:Body></s:Envelope>`;
    const send = (header: string, authorization: string) =>
      cam.post('/onvif/device_service', envelope(header), {
        'Content-Type': 'application/soap+xml',
        Authorization: authorization,
      });
    expect((await send(token('wrong-pass'), digestHeader(challenge, admin, '/onvif/device_service'))).status).toBe(400);
    expect((await send(token(adminPassword), 'Digest nonsense="1"')).status).toBe(401);
  });

  test('a token serves once', async () => {
    const { cam } = await start();
    const header = formatUsernameToken({
      ...admin,
      nonce: Buffer.from('once'),
      created: new Date().toISOString(),
    }).markup;
    expect((await cam.ask('tds:GetUsers', '', { as: null, header })).status).toBe(200);
    expect((await cam.ask('tds:GetUsers', '', { as: null, header })).fault).toEqual(notAuthorized);
  });

  test.each([
    ['299 s behind', -299_000, 200],
    ['301 s behind', -301_000, 400],
    ['299 s ahead', 299_000, 200],
    ['301 s ahead', 301_000, 400],
  ])('a token %s the clock of the camera', async (_, offMs, status) => {
    const clock = manualClock();
    const { cam } = await start({ clock });
    cam.camera.state.clockOffsetMs = 3_600_000;
    const created = new Date(cam.camera.clock.now() + offMs).toISOString();
    const header = formatUsernameToken({ ...admin, nonce: Buffer.from('n'), created }).markup;
    expect((await cam.ask('tds:GetUsers', '', { as: null, header })).status).toBe(status);
  });

  test.each([
    ['without a nonce', /<wsse:Nonce.*<\/wsse:Nonce>/],
    ['without Created', /<wsu:Created.*<\/wsu:Created>/],
    ['without a username', /<wsse:Username>.*<\/wsse:Username>/],
    ['with a Created that is no time', /(?<=<wsu:Created>).*(?=<\/wsu:Created>)/],
  ])('a token %s is refused', async (_, part) => {
    const { cam } = await start();
    const whole = formatUsernameToken({ ...admin, nonce: Buffer.from('n'), created: new Date().toISOString() }).markup;
    expect((await cam.ask('tds:GetUsers', '', { as: null, header: whole.replace(part, '') })).fault).toEqual(
      notAuthorized,
    );
  });

  test('a camera from the factory answers what needs no sign-in and refuses the rest', async () => {
    const { cam, failed } = await start({ password: null });
    expect((await cam.ask('tds:GetSystemDateAndTime', '', { as: null })).status).toBe(200);
    for (const as of [null, admin, { username: 'admin', password: '' }]) {
      const reply = await cam.ask('tds:GetDeviceInformation', '', { as });
      expect([reply.status, reply.fault]).toEqual([401, notAuthorized]);
      expect(reply.text).toContain('not activated');
    }
    expect(failed).toEqual([]);
  });

  test('SetHashingAlgorithm changes what is offered and what is taken', async () => {
    const { cam } = await start();
    await cam.get('tds:SetHashingAlgorithm', '<tds:Algorithm>SHA-256</tds:Algorithm>');
    const reply = await cam.ask('tds:GetUsers', '', { as: null });
    expect(challengesOf(reply.rawHeaders).map((one) => parseDigestHeader(one)?.['algorithm'])).toEqual(['SHA-256']);
    expect((await cam.ask('tds:GetUsers', '', { by: 'digest' })).status).toBe(200);
    expect((await cam.ask('tds:SetHashingAlgorithm', '<tds:Algorithm>MD4</tds:Algorithm>')).fault).toEqual([
      'Sender',
      'ter:InvalidArgVal',
    ]);
  });

  test('AuthFailed waits for the number of failures that was set', async () => {
    const { cam, failed } = await start();
    await cam.get(
      'tds:SetAuthFailureWarningConfiguration',
      '<tds:Enabled>true</tds:Enabled><tds:MonitorPeriod>60</tds:MonitorPeriod><tds:MaxAuthFailures>2</tds:MaxAuthFailures>',
    );
    for (let n = 0; n < 3; n++) await cam.ask('tds:GetUsers', '', { as: { username: 'admin', password: 'no' } });
    expect(failed).toHaveLength(1);
  });
});

describe('access classes', () => {
  const levels = ['User', 'Operator', 'Administrator'] as const;
  const least = {
    READ_SYSTEM: 0,
    READ_MEDIA: 0,
    READ_SYSTEM_SENSITIVE: 1,
    ACTUATE: 1,
    READ_SYSTEM_SECRET: 2,
    WRITE_SYSTEM: 2,
    UNRECOVERABLE: 2,
  } as const;

  test('every operation is open to the levels of its class and to no other', async () => {
    const { cam } = await start({ profile: 'c540' });
    for (const level of levels) cam.camera.state.users.push({ username: level, password: `${level}-pass-1`, level });
    let asked = 0;
    for (const service of standardTable.services) {
      for (const [key, access] of Object.entries(service.access)) {
        const name = key.replace(/^.*:/, '');
        const prefix = key.includes(':') ? key.split(':')[0]! : service.prefix;
        if (access === 'PRE_AUTH' || !standardTable.has(service, key)) continue;
        for (const [rank, level] of levels.entries()) {
          // Without arguments nothing is changed by most; what would end the camera is not tried by those who may.
          if (rank >= least[access] && (access === 'UNRECOVERABLE' || access === 'WRITE_SYSTEM')) continue;
          const reply = await cam.ask(`${prefix}:${name}`, '', {
            as: { username: level, password: `${level}-pass-1` },
          });
          const refused = reply.fault?.at(-1) === 'ter:NotAuthorized';
          expect(`${name} ${level} ${refused}`).toBe(`${name} ${level} ${rank < least[access]}`);
          asked += 1;
        }
      }
    }
    expect(asked).toBeGreaterThan(200);
  });

  test('operations nobody classified are for administrators', () => {
    for (const service of standardTable.services) {
      for (const access of Object.values(service.access)) expect(access in least || access === 'PRE_AUTH').toBe(true);
    }
  });
});

describe('the memory of used tokens', () => {
  const token = (n: number, created: string) => ({
    username: 'a',
    password: '',
    type: 'text' as const,
    nonce: Buffer.from(`n${n}`),
    created,
  });

  test('stays bounded, and what it forgets is refused, not let in twice', async () => {
    const clock = manualClock();
    const auth = createTokenAuth({ clock, maxTokens: 10 });
    const created = (n: number) => new Date(clock.now() + n).toISOString();
    const first = token(0, created(0));
    expect(auth.verify(first, () => '')).toEqual({ username: 'a' });
    for (let n = 1; n <= 30; n++) expect(auth.verify(token(n, created(n)), () => '')).toEqual({ username: 'a' });
    expect(auth.verify(first, () => '')).toBeUndefined();
    expect(auth.verify(token(99, created(31)), () => '')).toEqual({ username: 'a' });
  });

  test('lets a token in again never, however long it waits', async () => {
    const clock = manualClock();
    const auth = createTokenAuth({ clock });
    const one = token(1, new Date(clock.now() + 290_000).toISOString());
    expect(auth.verify(one, () => '')).toEqual({ username: 'a' });
    for (let minute = 0; minute < 15; minute++) {
      await clock.advance('1m');
      expect(auth.verify(one, () => '')).toBeUndefined();
      auth.verify(token(100 + minute, new Date(clock.now()).toISOString()), () => '');
    }
  });

  test('follows the clock of the camera back', () => {
    const clock = manualClock();
    const auth = createTokenAuth({ clock, maxTokens: 2 });
    for (let n = 0; n < 10; n++) auth.verify(token(n, new Date(clock.now()).toISOString()), () => '');
    clock.set(clock.now() - 7_200_000);
    expect(auth.verify(token(50, new Date(clock.now()).toISOString()), () => '')).toEqual({ username: 'a' });
  });
});
