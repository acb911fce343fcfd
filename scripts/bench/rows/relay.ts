import { Agent, request } from 'node:http';
import { listen } from '../../../core/runtime/listen.ts';
import { disposeAll, type Owned } from '../../../core/runtime/start-all.ts';
import { type Child, startProgram, startWorker } from '../child.ts';
import { ask, dialIn } from '../load/tunnelled-gateway.ts';
import { type Bench, median, percentile, type Row, short } from '../row.ts';

const password = 'Bench-of-the-relay-1';
const perSecond = 50;
/** The cloud lets one account look up so many codes in ten minutes. */
const gatewaysPerAccount = 25;

/** One request over a connection that is kept; resolves to its milliseconds, rejects on anything but 200. */
const once = (agent: Agent, url: string, cookie = '') =>
  new Promise<number>((resolve, reject) => {
    const askedAt = performance.now();
    request(url, { agent, headers: cookie ? { cookie } : {} }, (answer) => {
      answer.resume();
      answer.once('error', reject);
      answer.once('end', () =>
        answer.statusCode === 200 ? resolve(performance.now() - askedAt) : reject(new Error(`${answer.statusCode}`)),
      );
    })
      .once('error', reject)
      .end();
  });

const kept = () => new Agent({ keepAlive: true, maxSockets: 4 });

/** Where a gateway is asked. */
interface Place {
  base: string;
  cookie: string;
  agent: Agent;
}

/** Ask all places so often a second each; settles when the last is answered. */
async function offer(bench: Bench, server: Child, places: readonly Place[], perSecond: number, seconds: number) {
  const times: number[] = [];
  let lost = 0;
  const waiting = new Set<Promise<void>>();
  const cpuBefore = { server: server.cpuMs(), own: process.cpuUsage() };
  const startedAt = performance.now();
  for (let turn = 0; turn < seconds * perSecond; turn++) {
    for (const { agent, base, cookie } of places) {
      const one: Promise<void> = once(agent, base, cookie)
        .then(
          (ms) => void times.push(ms),
          () => void lost++,
        )
        .finally(() => waiting.delete(one));
      waiting.add(one);
    }
    await bench.deps.clock.sleep(Math.max(0, startedAt + (turn + 1) * (1000 / perSecond) - performance.now()));
  }
  const offeredForMs = performance.now() - startedAt;
  await Promise.all(waiting);
  const answeredAfterMs = performance.now() - startedAt;
  const own = process.cpuUsage(cpuBefore.own);
  return {
    asked: times.length + lost,
    lost,
    rate: (times.length * 1000) / answeredAfterMs,
    lateMs: answeredAfterMs - offeredForMs,
    p99Ms: percentile(times, 0.99),
    /** Of a core, for one request. */
    serverMs: (server.cpuMs() - cpuBefore.server) / times.length,
    ownMs: (own.user + own.system) / 1000 / times.length,
    inTime: lost === 0 && answeredAfterMs - offeredForMs <= 1000,
  };
}

/** Ends what it was given, last first. */
function owner() {
  const all: Owned[] = [];
  return {
    own<T extends Owned>(one: T): T {
      all.push(one);
      return one;
    },
    [Symbol.asyncDispose]: () => disposeAll(all),
  };
}

export const relayRow: Row = {
  name: 'relay',
  title: 'Relay of Cloud Access',
  method:
    'A cloud process of its own; gateways that answer a small JSON live in the measuring process and dial in. First one ' +
    'request after another, directly and through the relay, over kept connections, in turns: the medians. Then all gateways ' +
    'at once are asked 50 times a second each through the relay: what was answered, and by when; and the same through a ' +
    'bare `node:http` proxy to the same gateways, which knows no sessions, rights or tunnels. Clients and gateways share ' +
    'one process and the machine with the cloud, so each one’s CPU for a request is told.',
  async run(bench) {
    using folder = bench.folder();
    await using cloud = await startProgram(
      'cloud',
      ...['--port', '0', '--relay-port', '0', '--relay-ports', '0', '--data-dir', folder.path, '--log-level', 'silent'],
      ...['--trusted-proxies', '127.0.0.1'],
    );
    const { url, issuer } = cloud.ready as { url: string; issuer: string };
    const tunnels = bench.quick ? 20 : 200;
    await using owned = owner();
    await using proxy = await startWorker('bare-proxy');
    const places: Place[] = [];
    const barePlaces: Place[] = [];
    let token = '';
    let direct = '';
    for (let n = 0; n < tunnels; n++) {
      if (n % gatewaysPerAccount === 0) {
        const email = `bench${n}@vigil.test`;
        await ask(`${url}/api/v1/sign-up`, { email, name: 'Bench', password }, { from: `10.2.0.${n & 255}` });
        ({ token } = await ask<{ token: string }>(`${url}/api/v1/sign-in`, { email, password, delivery: 'bearer' }));
      }
      const gateway = owned.own(await dialIn({ url, issuer }, token, n));
      const { port } = owned.own(await listen(gateway.server, 0));
      direct ||= `http://127.0.0.1:${port}/`;
      const { openUrl, ticket } = await ask<{ openUrl: string; ticket: string }>(
        `${url}/api/v1/gateways/${gateway.id}/open`,
        {},
        { token },
      );
      const opened = await fetch(openUrl, {
        method: 'POST',
        redirect: 'manual',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ticket }),
      });
      const cookie = opened.headers.getSetCookie()[0]!.split(';')[0]!;
      const [agent, bareAgent] = [kept(), kept()];
      owned.own({ [Symbol.dispose]: () => [agent, bareAgent].forEach((one) => void one.destroy()) });
      places.push({ base: openUrl.replace(/_open$/, ''), cookie, agent });
      barePlaces.push({ base: `http://127.0.0.1:${proxy.ready.port}/${port}/`, cookie: '', agent: bareAgent });
    }
    bench.note(`${tunnels} tunnels stand`);

    const straight = new Agent({ keepAlive: true });
    owned.own({ [Symbol.dispose]: () => straight.destroy() });
    const took = { direct: [] as number[], relay: [] as number[] };
    for (let n = 0; n < (bench.quick ? 200 : 2400); n++) {
      took.direct.push(await once(straight, direct));
      // In turns: one session may ask for so much within a second and no more.
      const { agent, base, cookie } = places[n % places.length]!;
      took.relay.push(await once(agent, base, cookie));
    }
    const [directMs, relayMs] = [median(took.direct.slice(tunnels)), median(took.relay.slice(tunnels))];

    const seconds = bench.quick ? 2 : 5;
    const full = await offer(bench, cloud, places, perSecond, seconds);
    bench.note(`${short(full.rate)} /s answered at full load`);
    const bare = await offer(bench, proxy, barePlaces, perSecond, seconds);
    // From what was answered at once downwards, until all are in time.
    let steady = full;
    for (let each = Math.min(perSecond, full.rate / tunnels); !steady.inTime && each > 0.2; each *= 0.75)
      steady = await offer(bench, cloud, places, each, seconds);
    return [
      {
        what: 'a request through the relay against a direct one',
        target: 'stated',
        measured: `${short(relayMs / directMs)} ×`,
        beside: `${short(relayMs)} ms against ${short(directMs)} ms`,
      },
      {
        what: `${tunnels} tunnels, ${perSecond} requests/s each`,
        target: 'none lost, the last answered within 1 s',
        measured: `${full.lost} of ${full.asked.toLocaleString('en-US')} lost`,
        beside: `${short(full.rate)} /s answered, the last ${short(full.lateMs)} ms after the last was asked; p99 ${short(full.p99Ms)} ms; a bare proxy ${short(bare.rate)} /s, the last after ${short(bare.lateMs)} ms`,
        ok: full.inTime,
      },
      {
        what: 'requests/s of which none is lost and the last is answered within 1 s',
        target: 'stated',
        measured: steady.inTime ? `${short(steady.rate)} /s` : 'none found',
        beside: `p99 ${short(steady.p99Ms)} ms; for each ${short(steady.serverMs)} ms CPU of the cloud, ${short(steady.ownMs)} ms of clients and gateways`,
      },
      {
        what: 'CPU of the cloud for a relayed request',
        target: 'stated',
        measured: `${short(full.serverMs / bare.serverMs)} × a bare proxy`,
        beside: `${short(full.serverMs)} ms, so ${short(1000 / full.serverMs)} /s on a core; bare ${short(bare.serverMs)} ms; clients and gateways ${short(full.ownMs)} ms, ${short((100 * full.ownMs) / (full.ownMs + full.serverMs))} % of all`,
      },
    ];
  },
};
