import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { doors } from '../../clients/app/doors.ts';
import { startAppHouse } from './house.ts';

describe('the App’s server', () => {
  let house: Awaited<ReturnType<typeof startAppHouse>>;
  beforeAll(async () => {
    house = await startAppHouse({ cameras: 0, adopt: false });
    await house.lab.bind();
  });
  afterAll(async () => {
    await house?.[Symbol.asyncDispose]();
  });

  const ask = async (method: string, path: string, headers: Record<string, string> = {}, body: object = {}) => {
    const answer = await fetch(`${house.app.url}${path}`, {
      method,
      redirect: 'manual',
      headers: { 'content-type': 'application/json', ...headers },
      ...(method === 'GET' ? {} : { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, body: text.startsWith('{') ? JSON.parse(text) : text };
  };
  const signedIn = async () => {
    const { email, password } = house.lab.people.owner;
    const { body } = await ask(
      'POST',
      '/cloud/api/v2/account/login',
      {},
      { cloudUserName: email, cloudPassword: password },
    );
    return body.result.token as string;
  };

  test('every door answers as its row says, and nothing else is let through', async () => {
    const gateway = house.lab.gateway.gatewayId;
    expect(Object.keys(doors)).toEqual(['pages', 'cloud', 'vms', 'local']);
    // The cloud: chosen calls only.
    expect((await ask('POST', '/cloud/api/v2/common/helloCloud')).body).toMatchObject({ error_code: 0 });
    for (const [method, path] of [
      ['POST', '/cloud/api/v1/sign-in'],
      ['POST', '/cloud/api/v2/common/passthrough'],
      ['GET', '/cloud/api/v1/session'],
      ['POST', '/cloud/oidc/token'],
      ['GET', '/cloud/api/v1/mailbox'],
      ['POST', '/cloud/api/v2/account/../../v1/sign-in'],
      ['POST', '/cloud/api/v1/elevations?x=1'],
    ] as const)
      expect([path, (await ask(method, path)).status]).toEqual([path, 404]);
    // A VMS Local: only once it was opened for a live session.
    expect((await ask('GET', `/vms/${gateway}/api/v1/cameras`)).body).toMatchObject({ code: 'vms_not_open' });
    expect((await ask('POST', `/vms/${gateway}/open`)).body).toMatchObject({ code: 'sign_in_required' });
    expect((await ask('POST', `/vms/${gateway}/open`, { authorization: 'Bearer nonsense' })).status).toBe(401);
    for (const step of ['find', 'activate', 'pair'])
      expect((await ask('POST', `/vms/${gateway}/local/${step}`)).body).toMatchObject({ code: 'vms_not_open' });
    // Pages: files of the App, nothing beside them.
    for (const path of [
      '/../package.json',
      '/%2e%2e/package.json',
      '/assets/..%2f..%2f..%2fpackage.json',
      '/x.html',
      '/.vigil',
    ])
      expect([path, (await ask('GET', path)).status]).toEqual([path, 404]);
    expect((await ask('POST', '/')).status).toBe(405);
  });

  test('an opened VMS Local is reached with the handle of this browser alone, and left by name', async () => {
    const gateway = house.lab.gateway.gatewayId;
    const opened = await ask('POST', `/vms/${gateway}/open`, { authorization: `Bearer ${await signedIn()}` });
    expect(opened.status).toBe(204);
    const line = opened.headers.getSetCookie()[0]!;
    expect(line).toMatch(/HttpOnly/);
    expect(line).toMatch(/SameSite=Strict/);
    expect(line).toContain(`Path=/vms/${gateway}/`);
    const cookie = line.split(';')[0]!;
    expect((await ask('GET', `/vms/${gateway}/api/v1/cameras`, { cookie })).body).toEqual({ cameras: [] });
    // Its pages, other gateways and other handles stay away.
    expect((await ask('GET', `/vms/${gateway}/`, { cookie })).status).toBe(404);
    expect((await ask('GET', `/vms/gw_0123456789abcdef/api/v1/cameras`, { cookie })).status).toBe(401);
    expect((await ask('GET', `/vms/${gateway}/api/v1/cameras`, { cookie: `${cookie}x` })).status).toBe(401);
    const find = await ask('POST', `/vms/${gateway}/local/find`, { cookie }, { label: 'VIGIL1:nobody' });
    expect(find.body).toMatchObject({ code: 'body_invalid' });
    expect((await ask('POST', `/vms/${gateway}/close`, { cookie })).status).toBe(204);
    expect((await ask('GET', `/vms/${gateway}/api/v1/cameras`, { cookie })).status).toBe(401);
  });

  test('a page of another origin changes nothing here', async () => {
    for (const headers of [{ origin: 'http://evil.test' }, { 'sec-fetch-site': 'cross-site' }] as Record<
      string,
      string
    >[])
      expect((await ask('POST', '/cloud/api/v2/common/helloCloud', headers)).body).toMatchObject({
        code: 'origin_refused',
      });
    expect((await ask('POST', '/cloud/api/v2/common/helloCloud', { origin: house.app.url })).status).toBe(200);
  });
});
