import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { startApp } from '../../clients/app/server.ts';
import { startCloud } from '../../cloud-mock/index.ts';
import { realClock } from '../../core/runtime/clock.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { startAll } from '../../core/runtime/start-all.ts';

const owner = { email: 'owner@vigil.test', password: 'Owner-of-the-lab-1', name: 'Owner' };
const wrongTries = 4;

/** The App before a cloud that takes few wrong passwords from one address. */
const startHouse = (trustedProxies: string[]) =>
  startAll(async (own) => {
    const dataDir = mkdtempSync(join(tmpdir(), 'vigil-phones-'));
    own({ [Symbol.dispose]: () => rmSync(dataDir, { recursive: true, force: true }) });
    const deps = { clock: realClock, random: secureRandom, log: silentLog };
    const limits = { wrongPasswordsPerAddress: wrongTries, wrongPasswordsPerAccount: wrongTries };
    const at = { host: '127.0.0.1', port: 0 };
    const cloud = own(
      await startCloud({ ...at, relayPort: 0, dataDir, firstAccount: owner, limits, trustedProxies }, deps),
    );
    const app = own(await startApp({ ...at, cloudUrl: cloud.url, findDevices: async () => [] }, deps));
    /** Sign in from a phone of this address; the cloud's error code. */
    const signIn = (phone: string, password: string, headers: Record<string, string> = {}) =>
      new Promise<number>((resolve, reject) => {
        const call = request(
          `${app.url}/cloud/api/v2/account/login`,
          { method: 'POST', localAddress: phone, headers: { 'content-type': 'application/json', ...headers } },
          async (answer) => {
            let text = '';
            for await (const part of answer) text += String(part);
            resolve((JSON.parse(text) as { error_code: number }).error_code);
          },
        );
        call.on('error', reject);
        call.end(JSON.stringify({ cloudUserName: owner.email, cloudPassword: password }));
      });
    return { signIn };
  });

test('a phone that guesses passwords shuts out itself, not the other phones of the same App', async () => {
  await using house = await startHouse(['127.0.0.1']);
  for (let tries = 0; tries < wrongTries; tries++)
    expect(await house.signIn('127.0.0.2', `guess ${tries} of somebody`)).toBeLessThan(0);
  const shutOut = await house.signIn('127.0.0.2', owner.password);
  expect(shutOut).toBeLessThan(0);
  // Whatever it says of itself: the App's server says where it comes from.
  expect(await house.signIn('127.0.0.2', owner.password, { 'x-forwarded-for': '127.0.0.9' })).toBe(shutOut);
  expect(await house.signIn('127.0.0.3', owner.password)).toBe(0);
});

test('a cloud that was not told of the App believes no address it is told', async () => {
  await using house = await startHouse([]);
  for (let tries = 0; tries < wrongTries; tries++) await house.signIn('127.0.0.2', `guess ${tries} of somebody`);
  expect(await house.signIn('127.0.0.3', owner.password)).toBeLessThan(0);
});
