import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { formatLabelSecret } from '../../core/pairing/label-secret.ts';
import { startLab } from '../lab/index.ts';

const filesBelow = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const path = join(folder, name);
    return statSync(path).isDirectory() ? filesBelow(path) : [path];
  });

test('after account, binding, pairing and remote sign-in no file of cloud or gateway holds a secret of theirs in clear', async () => {
  await using lab = await startLab({ cameras: [{ name: 'door', profile: 'c340' }], adopt: false });
  const { secret, recoveryCodes } = await lab.enableTwoFactor();
  await lab.bind();
  await lab.adopt();
  const owner = await lab.owner();
  const { openUrl, ticket } = await owner.post<{ openUrl: string; ticket: string }>(
    `/gateways/${lab.gateway.gatewayId}/open`,
    {},
  );
  const opened = await fetch(openUrl, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ticket }),
  });
  const cookies = opened.headers.getSetCookie().map((line) => line.split(';')[0]!.split(/=(.*)/s)[1]!);
  expect(cookies).toHaveLength(2);
  const onLan = await fetch(`${lab.gateway.url}/api/v1/auth/sign-in`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', origin: lab.gateway.url },
    body: JSON.stringify(lab.people.admin),
  });
  const label = formatLabelSecret(lab.camera('door').camera.identity.labelSecret);
  const account = lab.camera('door').camera.state.users.find(({ username }) => username.startsWith('vms_'));
  const secrets: Record<string, string> = {
    'owner’s password': lab.people.owner.password,
    'admin’s password': lab.people.admin.password,
    'camera’s password': lab.people.camera.password,
    'the gateway’s password at the camera': account!.password,
    'TOTP secret': secret,
    'recovery code': recoveryCodes[0]!,
    'recovery code, bare': recoveryCodes[1]!.replaceAll('-', ''),
    'label secret': label,
    'label secret, bare': label.replaceAll('-', ''),
    'relay ticket': ticket,
    'relay cookie': cookies[0]!,
    'gateway’s cookie, sealed': cookies[1]!,
    'session at the gateway': onLan.headers.getSetCookie()[0]!.split(';')[0]!.split('=')[1]!,
    'mailbox password': lab.cloud.mailboxPassword,
  };
  for (const [name, one] of Object.entries(secrets)) expect(one.length, name).toBeGreaterThan(7);
  const folders = ['cloud', 'gateway'].map((part) => join(lab.dataDir, part));
  const files = folders.flatMap(filesBelow);
  expect(files.some((path) => path.endsWith('.sqlite'))).toBe(true);
  const dump = Buffer.concat(files.map((path) => readFileSync(path))).toString('latin1');
  expect(dump).toContain(lab.people.owner.email);
  expect(Object.entries(secrets).flatMap(([name, one]) => (dump.includes(one) ? [name] : []))).toEqual([]);
});
