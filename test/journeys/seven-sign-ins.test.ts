import { generateSync } from 'otplib';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { Browser } from '../gateway-people/browser.ts';
import { type Lab, startLab } from '../lab/index.ts';

/**
 * The product guide's list (FAQ 4202): where the 6-digit code is asked for once two-factor authentication is on, and how to
 * switch it off without the app. Each way at its door, with the factor off and then on, against cloud, gateway and a camera
 * as they are; what each asked for is printed as the table of docs/sign-ins.md.
 */
let lab: Lab & AsyncDisposable;
const table: Record<string, { 'without 2FA': string; 'with 2FA': string }> = {};
const note = (way: string, twoFactor: boolean, asked: string) => {
  table[way] ??= { 'without 2FA': '', 'with 2FA': '' };
  table[way][twoFactor ? 'with 2FA' : 'without 2FA'] = asked;
};

beforeAll(async () => {
  lab = await startLab({ cameras: [{ name: 'door', profile: 'c340' }], adopt: false });
  await lab.bind();
}, 60_000);
afterAll(async () => {
  console.table(table);
  await lab?.[Symbol.asyncDispose]();
});

const at = (path: string) => `${lab.cloud.url}${path}`;
const isDigits = (code: string) => /^\d{6}$/.test(code);
/** Six digits that are not the code of now, nor of the step before. */
const wrongCode = async () => {
  const right = await lab.code();
  return String((Number(right) + 1) % 1_000_000).padStart(6, '0');
};

/** Password at a prompt, then (told `wrong_code` for a wrong one) the code where it is asked for. */
async function answerPrompts(browser: Browser, twoFactor: boolean): Promise<string> {
  const first = await browser.post(at('/api/v1/sign-in'), lab.people.owner);
  expect(first.json.status).toBe(twoFactor ? 'code_required' : 'signed_in');
  if (!twoFactor) return 'password';
  expect((await browser.get(at('/api/v1/session'))).status).toBe(401);
  const { challengeId } = first.json;
  const wrong = await browser.post(at('/api/v1/sign-in/code'), { challengeId, code: await wrongCode() });
  expect([wrong.status, wrong.json.code]).toEqual([401, 'wrong_code']);
  const code = await lab.code();
  expect((await browser.post(at('/api/v1/sign-in/code'), { challengeId, code })).json.status).toBe('signed_in');
  const again = await new Browser().post(at('/api/v1/sign-in'), lab.people.owner);
  const replayed = await browser.post(at('/api/v1/sign-in/code'), { challengeId: again.json.challengeId, code });
  expect([replayed.status, replayed.json.code]).toEqual([401, 'wrong_code']);
  return 'password, 6-digit code';
}

const tplink = async (path: string, body: object) =>
  (await (await fetch(at(`/api/v2/account/${path}`), { method: 'POST', body: JSON.stringify(body) })).json()) as {
    error_code: number;
    result?: { token?: string; MFAProcessId?: string; supportedMFATypes?: number[] };
  };

/** The App's first step, and its second where the cloud asks for it. */
async function signInAsApp(twoFactor: boolean): Promise<{ token: string; asked: string }> {
  const { email: cloudUserName, password: cloudPassword } = lab.people.owner;
  const first = await tplink('login', { appType: 'VIGI_Android', cloudUserName, cloudPassword });
  if (!twoFactor) {
    expect(first.error_code).toBe(0);
    return { token: first.result!.token!, asked: 'password' };
  }
  expect(first).toMatchObject({ error_code: -20677, result: { supportedMFATypes: [3] } });
  expect(first.result).not.toHaveProperty('token');
  const answer = (code: string) =>
    tplink('checkMFACodeAndLogin', {
      appType: 'VIGI_Android',
      cloudUserName,
      MFAProcessId: first.result!.MFAProcessId,
      MFAType: 3,
      terminalBindEnabled: false,
      code,
    });
  expect((await answer(await wrongCode())).error_code).toBe(-20607);
  const right = await answer(await lab.code());
  expect(right.error_code).toBe(0);
  return { token: right.result!.token!, asked: 'password, 6-digit code (-20677, type 3)' };
}

/** Who the gateway takes them for, and what they proved. */
async function enterThroughTunnel(token: string) {
  const { gatewayId } = lab.gateway;
  const opened = await fetch(at(`/api/v1/gateways/${gatewayId}/open`), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}` },
  });
  const { openUrl, ticket } = (await opened.json()) as { openUrl: string; ticket: string };
  const browser = new Browser();
  await browser.open(openUrl, { ticket });
  const { json } = await browser.get(`${new URL(openUrl).origin}/${gatewayId}/api/v1/auth/session`);
  expect(json.user).toMatchObject({ email: lab.people.owner.email, via: 'tplink', remote: true, role: 'super_admin' });
  return lastProof();
}

/** The factors that the gateway noted at its newest sign-in. */
async function lastProof(): Promise<string[]> {
  const { body } = await lab.adminApi.call('GET', '/audit?limit=20');
  const entry = body.entries.find(
    (one: { action: string; details: { how?: string } }) =>
      one.action === 'session.started' && one.details.how !== 'local',
  );
  return entry.details.amr as string[];
}

const ways: Record<string, (twoFactor: boolean) => Promise<string>> = {
  'VMS Cloud': (twoFactor) => answerPrompts(new Browser(), twoFactor),

  'VMS Local by Cloud Access': async (twoFactor) => {
    const browser = new Browser();
    const page = await browser.open(`${lab.gateway.url}/api/v1/auth/tplink/start`);
    const uid = new URL(page.url).searchParams.get('interaction');
    const early = await browser.post(at(`/api/v1/interactions/${uid}/finish`));
    expect(early.status).toBe(401);
    const asked = await answerPrompts(browser, twoFactor);
    const { json } = await browser.post(at(`/api/v1/interactions/${uid}/finish`));
    await browser.open(json.redirectTo);
    const session = await browser.get(`${lab.gateway.url}/api/v1/auth/session`);
    expect(session.json.user).toMatchObject({ via: 'tplink', remote: false });
    expect(await lastProof()).toEqual(twoFactor ? ['pwd', 'otp'] : ['pwd']);
    return asked;
  },

  'VIGI App': async (twoFactor) => (await signInAsApp(twoFactor)).asked,

  'VIGI App to VMS Local': async (twoFactor) => {
    const { token, asked } = await signInAsApp(twoFactor);
    expect(await enterThroughTunnel(token)).toEqual(twoFactor ? ['pwd', 'otp'] : ['pwd']);
    return `${asked}: inherited`;
  },

  'Config Tool adds a device': async (twoFactor) => {
    const { gatewayId } = lab.gateway;
    const tool = await lab.owner();
    const ask = (body: object) => tool.post<{ elevation: string }>('/elevations', { gatewayId, ...body });
    if (!twoFactor) {
      await expect(ask({ password: lab.people.owner.password })).rejects.toMatchObject({
        code: 'second_factor_enrolment_required',
      });
      await expect(ask({ code: '000000' })).rejects.toMatchObject({ code: 'second_factor_enrolment_required' });
      return 'refused: 2FA has to be on';
    }
    await expect(ask({})).rejects.toMatchObject({ code: 'wrong_code' });
    await expect(ask({ code: await wrongCode() })).rejects.toMatchObject({ code: 'wrong_code' });
    const code = await lab.code();
    await ask({ code });
    await expect(ask({ code })).rejects.toMatchObject({ code: 'wrong_code' });
    await lab.adopt();
    const { body } = await lab.adminApi.call('GET', '/cameras');
    expect(body.cameras).toMatchObject([{ adoptedBy: 'pairing' }]);
    return 'password, code, and a fresh code for adding';
  },

  'VMS PC Client': async (twoFactor) => {
    const client = new URLSearchParams({ client_id: 'vigil-terminal', scope: 'openid offline_access' });
    const begun = (await (await fetch(at('/oidc/device/auth'), { method: 'POST', body: client })).json()) as {
      device_code: string;
      user_code: string;
    };
    const redeem = async () =>
      (await (
        await fetch(at('/oidc/token'), {
          method: 'POST',
          body: new URLSearchParams({
            client_id: 'vigil-terminal',
            grant_type: 'urn:ietf:params:oauth:grant-type:device_code',
            device_code: begun.device_code,
          }),
        })
      ).json()) as { access_token?: string; error?: string };
    const browser = new Browser();
    const userCode = begun.user_code;
    expect((await browser.post(at('/api/v1/device/approve'), { userCode })).status).toBe(401);
    expect((await redeem()).error).toBe('authorization_pending');
    const asked = await answerPrompts(browser, twoFactor);
    expect((await browser.post(at('/api/v1/device/approve'), { userCode })).status).toBe(204);
    const { access_token: token } = await redeem();
    const session = await fetch(at('/api/v1/session'), { headers: { authorization: `Bearer ${token}` } });
    const proved = ((await session.json()) as { session: { amr: string[] } }).session.amr;
    expect(proved).toEqual(twoFactor ? ['pwd', 'otp'] : ['pwd']);
    return `${asked} in the browser that allows it`;
  },
};

test.each(Object.keys(ways))('%s asks for the password alone while two-factor authentication is off', async (way) => {
  note(way, false, await ways[way]!(false));
});

test('two-factor authentication is turned on with the code of an authenticator', async () => {
  await lab.enableTwoFactor();
  expect(isDigits(await lab.code())).toBe(true);
});

test.each(Object.keys(ways))('%s asks for the code once two-factor authentication is on', async (way) => {
  note(way, true, await ways[way]!(true));
});

/** From a code prompt: have the link mailed, open it, give the password. */
async function turnOffByMail(challengeId: string): Promise<string> {
  const { owner } = lab.people;
  const browser = new Browser();
  expect((await browser.post(at('/api/v1/sign-in/lost-device'), { challengeId })).status).toBe(202);
  const mail = (await lab.cloud.mail(owner.email)).find(({ links }) =>
    links.some((link) => link.includes('/two-factor/off')),
  );
  const link = new URL(mail!.links.find((one) => one.includes('/two-factor/off'))!);
  const token = link.hash.slice(1);
  // Going there changes nothing: the code is still asked for.
  await browser.get(link.href);
  expect((await browser.post(at('/api/v1/sign-in'), owner)).json.status).toBe('code_required');
  expect((await browser.post(at('/api/v1/two-factor/off'), { token, password: 'wrong' })).status).toBe(401);
  expect((await browser.post(at('/api/v1/two-factor/off'), { token, password: owner.password })).status).toBe(204);
  expect((await browser.get(at('/api/v1/session'))).status).toBe(401);
  expect((await browser.post(at('/api/v1/sign-in'), owner)).json.status).toBe('signed_in');
  return 'password, mailed link, password';
}

test('without the app, two-factor authentication is switched off from the code prompt of the portal', async () => {
  const first = await new Browser().post(at('/api/v1/sign-in'), lab.people.owner);
  note('switched off from the portal’s prompt', true, await turnOffByMail(first.json.challengeId));
});

test('and from the code prompt of the App', async () => {
  await lab.enableTwoFactor();
  const { email: cloudUserName, password: cloudPassword } = lab.people.owner;
  const first = await tplink('login', { appType: 'VIGI_Android', cloudUserName, cloudPassword });
  expect(first.error_code).toBe(-20677);
  note('switched off from the App’s prompt', true, await turnOffByMail(first.result!.MFAProcessId!));
  expect((await tplink('login', { appType: 'VIGI_Android', cloudUserName, cloudPassword })).error_code).toBe(0);
});

test('the code of another authenticator opens nothing', async () => {
  const { secret } = await lab.enableTwoFactor();
  const other = `${secret.slice(0, -4)}${secret.slice(-4) === 'AAAA' ? 'BBBB' : 'AAAA'}`;
  const first = await new Browser().post(at('/api/v1/sign-in'), lab.people.owner);
  const code = generateSync({ secret: other, epoch: Math.floor(lab.clock.now() / 1000) });
  const refused = await new Browser().post(at('/api/v1/sign-in/code'), { challengeId: first.json.challengeId, code });
  expect(refused.json.code).toBe('wrong_code');
});
