import { expect, test } from 'vitest';
import { assertionClaims, logoutClaims } from '../../cloud-mock/api/asyncapi.ts';
import { tunnelClose, tunnelProtocol } from '../../core/tunnel/tunnel.ts';
import { register, signIn, startTestCloud } from './cloud.ts';
import { createFakeGateway, until } from './gateway.ts';

test('the description of messages is whole: every reference leads somewhere, and its figures are those of the tunnel', async () => {
  await using cloud = await startTestCloud();
  const { body } = await cloud.agent().get('/api/v1/asyncapi.json').expect(200);
  expect(body.asyncapi).toBe('3.0.0');
  expect(body.servers.portal).toMatchObject({ host: new URL(cloud.url).host, protocol: 'ws' });
  const references = [...JSON.stringify(body).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path!);
  expect(references.length).toBeGreaterThan(8);
  for (const path of references)
    expect([
      path,
      path.split('/').reduce<unknown>((at, name) => (at as Record<string, unknown>)?.[name], body),
    ]).toEqual([path, expect.any(Object)]);
  expect(body.channels.tunnel['x-close-codes'].map(({ code }: { code: number }) => code)).toEqual(
    Object.values(tunnelClose),
  );
  expect(JSON.stringify(body.channels.tunnel.bindings)).toContain(tunnelProtocol);
});

test('what the cloud says to a VMS Local is what is described', async () => {
  await using cloud = await startTestCloud();
  const owner = await signIn(cloud, await register(cloud));
  using gateway = await createFakeGateway(cloud);
  await gateway.bind(owner);
  await gateway.dial();
  const { openUrl, ticket } = (await owner.post(`/api/v1/gateways/${gateway.id}/open`).expect(200)).body;
  await fetch(openUrl, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ ticket }),
  });
  await owner.post('/api/v1/sign-out').expect(204);
  await until(() => gateway.logouts.length > 0, 'the logout token');
  expect(assertionClaims.parse(gateway.assertions[0])).toEqual(gateway.assertions[0]);
  expect(logoutClaims.parse(gateway.logouts[0])).toEqual(gateway.logouts[0]);
});
