import { startProgram } from '../child.ts';
import { percentile, type Row, short } from '../row.ts';

export const signInRow: Row = {
  name: 'sign-in',
  title: 'Sign-in',
  method:
    'Four callers sign in to the TP-Link ID cloud without pause; sign-ins for a second of CPU of its process. ' +
    'Meanwhile another caller asks for `/healthz` every 20 ms: the p99 of its answers.',
  async run(bench) {
    using folder = bench.folder();
    await using cloud = await startProgram(
      'cloud',
      ...['--port', '0', '--relay-port', '0', '--data-dir', folder.path, '--first-account', 'owner@vigil.test'],
      ...['--log-level', 'silent'],
    );
    const { url, firstAccount } = cloud.ready as { url: string; firstAccount: { email: string; password: string } };
    const signIn = async () => {
      const answer = await fetch(`${url}/api/v1/sign-in`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...firstAccount, delivery: 'bearer' }),
      });
      await answer.arrayBuffer();
      if (answer.status !== 200) throw new Error(`the sign-in was answered ${answer.status}`);
    };
    await signIn();
    const seconds = bench.quick ? 3 : 10;
    const stopAt = performance.now() + seconds * 1000;
    const cpuBefore = cloud.cpuMs();
    let done = 0;
    const times: number[] = [];
    const callers = Array.from({ length: 4 }, async () => {
      while (performance.now() < stopAt) {
        await signIn();
        done += 1;
      }
    });
    const other = (async () => {
      while (performance.now() < stopAt) {
        const askedAt = performance.now();
        await (await fetch(`${url}/healthz`)).arrayBuffer();
        times.push(performance.now() - askedAt);
        await bench.deps.clock.sleep(20);
      }
    })();
    await Promise.all([...callers, other]);
    const aCore = (done * 1000) / (cloud.cpuMs() - cpuBefore);
    const p99 = percentile(times, 0.99);
    return [
      {
        what: 'sign-ins',
        target: '≥ 60 /s on a core',
        measured: `${short(aCore)} /s`,
        beside: `${short(done / seconds)} /s as it ran`,
        ok: aCore >= 60,
      },
      { what: 'p99 of other requests meanwhile', target: '≤ 50 ms', measured: `${short(p99)} ms`, ok: p99 <= 50 },
    ];
  },
};
