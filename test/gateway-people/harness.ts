import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import request from 'supertest';
import { expect } from 'vitest';
import { WebSocket } from 'ws';
import { type ManualClock, manualClock, realClock } from '../../core/runtime/clock.ts';
import { silentLog } from '../../core/runtime/log.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { type Gateway, type GatewayConfig, startGateway } from '../../gateway/index.ts';
import { type FakeCloud, startFakeCloud } from './fake-cloud.ts';

export type Agent = ReturnType<typeof request.agent>;
export const adminPassword = 'correct horse battery';

export interface House extends AsyncDisposable {
  gateway: Gateway & AsyncDisposable;
  clock: ManualClock;
  dataDir: string;
  /** Ends the gateway and starts it again on the same folder. */
  restart(more?: Partial<GatewayConfig>): Promise<void>;
  start(more?: Partial<GatewayConfig>): Promise<Gateway & AsyncDisposable>;
  agent(): Agent;
  /** Signed in as the first administrator, who is made when there is none. */
  admin(): Promise<Agent>;
}

/** A gateway on free ports and a folder of its own; the clock stands still until moved. */
export async function startHouse(
  config: Partial<GatewayConfig> = {},
  clock = manualClock(realClock.now()),
): Promise<House> {
  const dataDir = mkdtempSync(join(tmpdir(), 'vigil-gateway-'));
  const start = (more: Partial<GatewayConfig> = {}) =>
    startGateway(
      {
        host: '127.0.0.1',
        port: 0,
        mqttPort: 0,
        mqttsPort: 0,
        pairingPort: 0,
        name: 'Shop',
        dataDir,
        ...config,
        ...more,
      },
      { clock, random: secureRandom, log: silentLog },
    );
  const house: House = {
    gateway: await start(),
    clock,
    dataDir,
    start,
    async restart(more) {
      await house.gateway[Symbol.asyncDispose]();
      house.gateway = await start(more);
    },
    agent: () => request.agent(house.gateway.url),
    async admin() {
      const agent = house.agent();
      const { setupCode } = house.gateway;
      const made = setupCode
        ? await agent.post('/api/v1/setup').send({ setupCode, username: 'admin', password: adminPassword })
        : undefined;
      if (made?.status !== 201)
        await agent.post('/api/v1/auth/sign-in').send({ username: 'admin', password: adminPassword }).expect(200);
      return agent;
    },
    async [Symbol.asyncDispose]() {
      await house.gateway[Symbol.asyncDispose]();
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  return house;
}

export interface BoundHouse extends House {
  cloud: FakeCloud;
}

/** The same with a cloud it is bound to, tunnel up. */
export async function startBoundHouse(
  config: Partial<GatewayConfig> = {},
): Promise<BoundHouse & { adminAgent: Agent }> {
  const clock = manualClock(realClock.now());
  const cloud = await startFakeCloud(clock);
  const house = await startHouse({ cloudUrl: cloud.url, ...config }, clock);
  const adminAgent = await house.admin();
  await adminAgent.post('/api/v1/cloud-access/bind').send({}).expect(202);
  cloud.state.approval = 'approved';
  const dialled = cloud.nextDialIn();
  await clock.advance('3s');
  await dialled;
  await until(async () => house.gateway.tunnel.online);
  return Object.assign(house, {
    cloud,
    adminAgent,
    [Symbol.asyncDispose]: chain(house[Symbol.asyncDispose], () => cloud[Symbol.asyncDispose]()),
  });
}

const chain = (first: () => PromiseLike<void>, then: () => Promise<void>) => async () => {
  await first();
  await then();
};

/** Wait for something that real sockets bring about. */
export async function until(check: () => Promise<boolean> | boolean, what = 'it'): Promise<void> {
  for (let tries = 0; tries < 2000; tries++) {
    if (await check()) return;
    await realClock.sleep(2);
  }
  throw new Error(`${what} did not happen`);
}

/** A feed as a program opens it, collecting what it hears. */
export async function openFeed(house: House, agent: Agent, options: { origin?: string } = {}) {
  const { body } = await agent.post('/api/v1/feed/ticket').expect(200);
  return connectFeed(house.gateway.url, (body as { ticket: string }).ticket, options);
}

export async function connectFeed(url: string, ticket: string, { origin }: { origin?: string } = {}) {
  const ws = new WebSocket(`${url.replace(/^http/, 'ws')}/api/v1/feed`, ['vigil.feed.v1', `ticket.${ticket}`], {
    rejectUnauthorized: false,
    ...(origin ? { origin } : {}),
  });
  const messages: { type: string; [more: string]: unknown }[] = [];
  ws.on('message', (data) => messages.push(JSON.parse(String(data))));
  const closed = new Promise<number>((resolve) => ws.on('close', (code) => resolve(code)));
  await new Promise<void>((resolve, reject) => {
    ws.on('open', () => resolve());
    ws.on('error', reject);
  });
  return {
    ws,
    messages,
    closed,
    heard: async (type: string) => {
      await until(() => messages.some((one) => one.type === type), `a ${type} message`);
      return messages.find((one) => one.type === type)!;
    },
    [Symbol.dispose]: () => ws.terminate(),
  };
}

export const codeOf = (response: { body: unknown }) => (response.body as { code?: string }).code;
export const expectProblem = (response: request.Response, status: number, code: string) => {
  expect(response.body).toMatchObject({ status, code });
  expect(response.status).toBe(status);
  expect(response.headers['content-type']).toContain('application/problem+json');
};
