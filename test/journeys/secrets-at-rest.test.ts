import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startApp } from '../../clients/app/server.ts';
import { formatLabelSecret } from '../../core/pairing/label-secret.ts';
import { realClock } from '../../core/runtime/clock.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { Browser } from '../gateway-people/browser.ts';
import { startLab } from '../lab/index.ts';
import { wholeLog } from '../lab/whole-log.ts';

const filesBelow = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });
const dumpOf = (folder: string) =>
  Buffer.concat(filesBelow(folder).map((path) => readFileSync(path))).toString('latin1');

/** Kept from here on by name; a secret too short to be looked for would be found anywhere, or never. */
function createKeeper() {
  const kept: Record<string, string> = {};
  return {
    kept,
    keep<T extends string>(name: string, secret: T | undefined): T {
      if (typeof secret !== 'string' || secret.length < 8) throw new Error(`the story has no ${name}`);
      kept[name] = secret;
      return secret;
    },
    foundIn: (text: string) => Object.keys(kept).filter((name) => text.includes(kept[name]!)),
  };
}

const form = (fields: Record<string, string>) => ({ method: 'POST', body: new URLSearchParams(fields) });
const cookieValues = (headers: Headers) =>
  headers.getSetCookie().flatMap((line) => line.split(';')[0]!.split(/=(.*)/s)[1] || []);

test('of a whole story no file of cloud, gateway and cameras and no line of any log holds a secret in clear', {
  timeout: 120_000,
}, async () => {
  const { log, lines } = wholeLog();
  /** What nobody but its owner may read anywhere. */
  const people = createKeeper();
  /** What a camera itself knows, as the real one does in its memory; nobody else keeps it readable. */
  const cameras = createKeeper();
  const codes: string[] = [];
  const dumps = { cloud: '', gateway: '', sim: '' };
  {
    await using lab = await startLab({
      cameras: [
        { name: 'door', profile: 'c340' },
        { name: 'gate', profile: 'c540' },
      ],
      adopt: false,
      log,
      control: true,
    });
    await using app = await startApp(
      { host: '127.0.0.1', port: 0, cloudUrl: lab.cloud.url, findDevices: async () => [] },
      { clock: realClock, random: secureRandom, log },
    );
    const { owner, admin, camera } = lab.people;
    const { gatewayId } = lab.gateway;
    const api = (path: string) => `${lab.cloud.url}/api/v1${path}`;
    const vms = (path: string) => `${lab.gateway.url}/api/v1${path}`;
    const code = async () => {
      const fresh = await lab.code();
      codes.push(fresh);
      return fresh;
    };
    people.keep('owner’s password', owner.password);
    people.keep('admin’s password', admin.password);
    people.keep('set-up code', lab.gateway.setupCode);
    people.keep('mailbox password', lab.cloud.mailboxPassword);
    people.keep('control token of the cloud', lab.cloud.control?.token);
    people.keep('control token of the cameras', lab.fleet.control?.token);
    people.keep('console token', lab.fleet.console?.token);

    // Two-factor authentication, by the portal; somebody mistypes the password on the way.
    const portal = new Browser();
    const mistyped = people.keep('mistyped password', 'owner-of-the-lab-typo');
    await portal.post(api('/sign-in'), { ...owner, password: mistyped });
    const { secret, recoveryCodes } = await lab.enableTwoFactor();
    people.keep('TOTP secret', secret);
    people.keep('recovery code', recoveryCodes[0]);
    people.keep('recovery code, bare', recoveryCodes[1]!.replaceAll('-', ''));
    const asked = await portal.post(api('/sign-in'), owner);
    people.keep('challenge', asked.json.challengeId);
    await portal.post(api('/sign-in/code'), { challengeId: asked.json.challengeId, code: '000000' });
    const signedIn = await portal.post(api('/sign-in/code'), {
      challengeId: asked.json.challengeId,
      code: await code(),
    });
    people.keep('portal session', cookieValues(signedIn.headers)[0]);

    // Cloud Access, a sign-in at the gateway through the cloud, and one of its own.
    await lab.bind();
    const begun = await fetch(vms('/auth/tplink/start'), { redirect: 'manual' });
    people.keep('gateway’s sign-in flow', cookieValues(begun.headers)[0]);
    const visitor = new Browser();
    const page = await visitor.open(vms('/auth/tplink/start'));
    const uid = new URL(page.url).searchParams.get('interaction');
    const again = await visitor.post(api('/sign-in'), owner);
    await visitor.post(api('/sign-in/code'), { challengeId: again.json.challengeId, code: await code() });
    const { json: finished } = await visitor.post(api(`/interactions/${uid}/finish`));
    const resumed = await visitor.get(finished.redirectTo);
    const callback = resumed.headers.get('location')!;
    people.keep('authorization code', new URL(callback).searchParams.get('code')!);
    const entered = await visitor.get(callback);
    people.keep('session at the gateway by TP-Link ID', cookieValues(entered.headers)[0]);
    const local = new Browser();
    const atHome = await local.post(vms('/auth/sign-in'), admin);
    people.keep('local session at the gateway', cookieValues(atHome.headers)[0]);
    const user = people.keep('password of a local user', 'Guard-of-the-lab-1');
    expect((await local.post(vms('/users'), { username: 'guard', password: user, role: 'operator' })).status).toBe(201);
    const { json: localFactor } = await local.post(vms('/auth/second-factor'), { password: admin.password });
    people.keep('TOTP secret of a local account', localFactor.secret);
    const { json: account } = await local.post(vms('/broker-accounts'), { name: 'home' });
    people.keep('password of a broker account', account.password);
    people.keep('feed ticket', (await local.post(vms('/feed/ticket'))).json.ticket);

    // Pairing, and a camera whose password was typed wrong.
    await lab.adopt('door');
    const { json: elevated } = await portal.post(api('/elevations'), { gatewayId, code: await code() });
    people.keep('elevation', elevated.elevation);
    const { identity, address } = lab.camera('gate').camera;
    const ordered = await local.post(vms('/pairing/tickets'), {
      elevation: elevated.elevation,
      devices: [
        {
          serial: identity.serial,
          labelSecret: formatLabelSecret(identity.labelSecret),
          camera: { host: address.host, httpsPort: address.ports.https },
        },
      ],
    });
    people.keep('pairing ticket', ordered.json.tickets[0].ticket);
    lab.camera('gate').camera.activate(camera.password);
    const typo = people.keep('camera password, mistyped', 'camera-of-the-lab-typo');
    const refused = await local.post(vms('/cameras'), {
      address: lab.camera('gate').address.address,
      username: camera.username,
      password: typo,
    });
    expect(refused.status).toBe(422);
    for (const name of ['door', 'gate']) {
      const { labelSecret } = lab.camera(name).camera.identity;
      cameras.keep(`label secret of ${name}`, formatLabelSecret(labelSecret));
      cameras.keep(`label secret of ${name}, bare`, formatLabelSecret(labelSecret).replaceAll('-', ''));
    }
    cameras.keep('camera’s password', camera.password);
    const ours = lab.camera('door').camera.state.users.find(({ username }) => username.startsWith('vms_'));
    cameras.keep('the gateway’s password at the camera', ours?.password);
    cameras.keep('the camera’s private key', lab.camera('door').camera.state.pairing?.privateKey.split('\n')[1]);

    // From outside: the relay, the App, a program in a terminal.
    const { json: opening } = await portal.post(api(`/gateways/${gatewayId}/open`));
    people.keep('relay ticket', opening.ticket);
    const opened = await fetch(opening.openUrl, {
      method: 'POST',
      redirect: 'manual',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ticket: opening.ticket }),
    });
    const [relayCookie, sealedCookie] = cookieValues(opened.headers);
    people.keep('relay cookie', relayCookie);
    people.keep('gateway’s cookie, sealed', sealedCookie);
    const phone = new Browser();
    const cloudOfApp = async (call: string, body: object) =>
      (await phone.post(`${app.url}/cloud/api/v2/account/${call}`, body)).json;
    const terminalUUID = people.keep('terminal id', 'a-terminal-that-is-trusted-from-now-on');
    const login = await cloudOfApp('login', {
      cloudUserName: owner.email,
      cloudPassword: owner.password,
      terminalUUID,
    });
    const proved = await cloudOfApp('checkMFACodeAndLogin', {
      cloudUserName: owner.email,
      MFAProcessId: people.keep('MFA process', login.result.MFAProcessId),
      MFAType: 3,
      code: await code(),
      terminalUUID,
      terminalBindEnabled: true,
    });
    people.keep('App’s token', proved.result.token);
    people.keep('App’s refresh token', proved.result.refreshToken);
    const inApp = await fetch(`${app.url}/vms/${gatewayId}/open`, {
      method: 'POST',
      headers: { authorization: `Bearer ${proved.result.token}`, origin: app.url },
    });
    expect(inApp.status).toBe(204);
    people.keep('App’s handle', cookieValues(inApp.headers)[0]);
    const renewed = await cloudOfApp('refreshToken', { refreshToken: proved.result.refreshToken, terminalUUID });
    people.keep('App’s second token', renewed.result.token);
    people.keep('App’s second refresh token', renewed.result.refreshToken);
    const device = (await (
      await fetch(
        `${lab.cloud.issuer}/device/auth`,
        form({ client_id: 'vigil-terminal', scope: 'openid offline_access' }),
      )
    ).json()) as Record<string, string>;
    people.keep('device code', device['device_code']);
    people.keep('user code', device['user_code']!.replace('-', ''));
    expect((await portal.post(api('/device/approve'), { userCode: device['user_code'] })).status).toBe(204);
    const tokens = (await (
      await fetch(
        `${lab.cloud.issuer}/token`,
        form({
          client_id: 'vigil-terminal',
          grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
          device_code: device['device_code']!,
        }),
      )
    ).json()) as Record<string, string>;
    people.keep('access token', tokens['access_token']);
    people.keep('refresh token', tokens['refresh_token']);
    people.keep('ID token', tokens['id_token']);

    // Mails with links, a tunnel that breaks, a camera that goes: what goes wrong is logged, too.
    const { organisations } = (await portal.get(api('/organisations'))).json;
    await portal.post(api(`/organisations/${organisations[0].id}/invitations`), {
      email: 'guest@vigil.test',
      access: [{ site: '*', role: 'viewer' }],
    });
    const lost = await new Browser().post(api('/sign-in'), owner);
    await portal.post(api('/sign-in/lost-device'), { challengeId: lost.json.challengeId });
    const linkOf = async (email: string, path: string) =>
      (await lab.cloud.mail(email)).flatMap(({ links }) => links).find((link) => link.includes(path))!;
    people.keep('invitation', new URL(await linkOf('guest@vigil.test', '/invitation')).hash.slice(1));
    const link = new URL(await linkOf(owner.email, '/two-factor/off')).hash.slice(1);
    people.keep('mailed link', link);
    lab.cloud.cutTunnel(gatewayId);
    await lab.camera('door').reboot();
    await portal.post(api('/two-factor/off'), { token: link, password: mistyped });
    expect((await portal.post(api('/two-factor/off'), { token: link, password: owner.password })).status).toBe(204);
    const next = people.keep('new password', 'Owner-of-the-lab-2');
    await portal.post(api('/sign-in'), owner);
    const changed = await portal.post(api('/account/password'), { currentPassword: owner.password, newPassword: next });
    expect(changed.status).toBe(200);

    for (const part of ['cloud', 'gateway', 'sim'] as const) dumps[part] = dumpOf(join(lab.dataDir, part));
  }

  // That what was searched is what they keep and say.
  expect(dumps.cloud).toContain('owner@vigil.test');
  expect(dumps.gateway).toContain('owner@vigil.test');
  expect(cameras.foundIn(dumps.sim)).toContain('camera’s password');
  const said = lines.join('\n');
  expect(said.length).toBeGreaterThan(500);

  const found = Object.fromEntries(
    Object.entries(dumps).map(([part, dump]) => [
      part,
      [...people.foundIn(dump), ...(part === 'sim' ? [] : cameras.foundIn(dump))],
    ]),
  );
  const asWord = codes.filter((one) => new RegExp(`(?<!\\d)${one}(?!\\d)`).test(said));
  console.log(
    `searched ${Object.values(dumps).reduce((sum, dump) => sum + dump.length, 0)} bytes of files and ${lines.length} log lines for ${Object.keys(people.kept).length + Object.keys(cameras.kept).length} secrets and ${codes.length} codes`,
  );
  expect({ ...found, log: [...people.foundIn(said), ...cameras.foundIn(said)], codes: asWord }).toEqual({
    cloud: [],
    gateway: [],
    sim: [],
    log: [],
    codes: [],
  });
});
