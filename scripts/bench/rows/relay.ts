import { Agent, request } from 'node:http';
import { listen } from '../../../core/runtime/listen.ts';
import { disposeAll, type Owned } from '../../../core/runtime/start-all.ts';
import { startProgram } from '../child.ts';
import { ask, dialIn } from '../load/tunnelled-gateway.ts';
import { median, percentile, type Row, short } from '../row.ts';

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
    'at once are asked 50 times a second each through the relay: what was answered, and by when.',
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
    const places: { base: string; cookie: string; agent: Agent }[] = [];
    let token = '';
    let direct = '';
    for (let n = 0; n < tunnels; n++) {
      if (n % gatewaysPerAccount === 0) {
        const email = `bench${n}@vigil.test`;
        await ask(`${url}/api/v1/sign-up`, { email, name: 'Bench', password }, { from: `10.2.0.${n & 255}` });
        ({ token } = await ask<{ token: string }>(`${url}/api/v1/sign-in`, { email, password, delivery: 'bearer' }));
      }
      const gateway = owned.own(await dialIn({ url, issuer }, token, n));
      if (n === 0) {
        const listening = await listen(gateway.server, 0);
        owned.own(listening);
        direct = `http://127.0.0.1:${listening.port}/`;
      }
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
      const agent = new Agent({ keepAlive: true, maxSockets: 4 });
      owned.own({ [Symbol.dispose]: () => agent.destroy() });
      places.push({ base: openUrl.replace(/_open$/, ''), cookie, agent });
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

    const seconds = bench.quick ? 3 : 10;
    const times: number[] = [];
    let asked = 0;
    let lost = 0;
    const cpuBefore = cloud.cpuMs();
    const startedAt = performance.now();
    const waiting = new Set<Promise<void>>();
    for (let turn = 0; turn < seconds * perSecond; turn++) {
      for (const { agent, base, cookie } of places) {
        asked++;
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
    const offeredFor = performance.now() - startedAt;
    await Promise.all(waiting);
    const answeredAfter = performance.now() - startedAt;
    const rate = (times.length * 1000) / answeredAfter;
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
        measured: `${lost} of ${asked.toLocaleString('en-US')} lost`,
        beside: `${short(rate)} /s answered, the last ${short(answeredAfter - offeredFor)} ms after the last was asked; p99 ${short(percentile(times, 0.99))} ms; ${short((cloud.cpuMs() - cpuBefore) / times.length)} ms of the cloud's CPU each`,
        ok: lost === 0 && answeredAfter - offeredFor <= 1000,
      },
    ];
  },
};
