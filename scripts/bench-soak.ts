import { mkdtempSync, rmSync } from 'node:fs';
import { Agent } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { z } from 'zod';
import { parseDuration } from '../core/runtime/clock.ts';
import type { Program } from '../core/runtime/program.ts';
import { type Field, setting, UsageError } from '../core/runtime/settings.ts';
import { startProgram } from './bench/child.ts';
import { pullEvents } from './bench/load/pull-point.ts';
import { type RtspViewer, watchRtsp } from './bench/load/rtsp-viewer.ts';
import { median } from './bench/row.ts';
import { simArguments } from './bench/rows/idle-camera.ts';

const fields = {
  cameras: setting.count('how many cameras', 200, { min: 1, max: 5000 }),
  viewers: setting.count('how many of them are watched', 20),
  subscribers: setting.count('how many of them are listened to by a pull point', 20),
  for: {
    schema: z
      .string()
      .transform((text, context) => {
        try {
          return parseDuration(text);
        } catch (error) {
          context.addIssue((error as Error).message);
          return z.NEVER;
        }
      })
      .optional(),
    help: 'how long (default 30m)',
    value: 'TIME',
  } as Field<number | undefined>,
};

interface Listed {
  name: string;
  onvifUrl: string;
  rtspUrls: string[];
  username: string;
  password: string;
}

const minuteMs = 60_000;
const stayAliveMs = 20_000;
/** Memory is judged from here on: before it a fleet still warms up. */
const judgedFromMs = 10 * minuteMs;
/** What the last quarter may have more than the second one. */
const growth = { share: 0.05, bytes: 8 << 20 };
const mostTold = 20;

/** `vigil bench soak`: a fleet under steady use for a long time. */
export const program: Program<typeof fields> = {
  name: 'bench soak',
  summary: 'Watch and listen to a busy fleet for a long time: no error, and memory stays flat',
  fields,
  examples: 'Example:\n  npm run -s vigil -- bench soak --cameras 200 --viewers 20 --subscribers 20 --for 30m',
  async run({ cameras, viewers, subscribers, for: forMs = 30 * minuteMs }, { clock, random }, output) {
    if (process.platform !== 'linux') throw new UsageError('the soak reads memory in /proc: it runs on Linux only');
    const folder = mkdtempSync(join(tmpdir(), 'vigil-soak-'));
    const stop = new AbortController();
    const agent = new Agent({ keepAlive: true });
    const watching: RtspViewer[] = [];
    const errors: string[] = [];
    const wrong = (what: string) => {
      errors.push(what);
      if (errors.length <= mostTold) output.note(`  ✗ ${what}`);
    };
    let events = 0;
    try {
      await using sim = await startProgram(
        'sim',
        ...simArguments(cameras, folder, '--no-discovery', '--traffic', 'busy', '--log-level', 'error'),
      );
      const all = sim.ready.cameras as Listed[];
      const watched = all.slice(0, viewers);
      for (const one of watched) watching.push(await watchRtsp(one.rtspUrls[1] ?? one.rtspUrls[0]!, one));
      const listening = all.slice(-subscribers || all.length).map((one) =>
        pullEvents({
          ...one,
          agent,
          clock,
          random,
          signal: stop.signal,
          onEvents(count) {
            events += count;
          },
        }).catch((error: Error) => wrong(`${one.name} as pull point: ${error.message}`)),
      );

      const startedAt = clock.now();
      const memory: number[] = [];
      const lineMs = Math.min(minuteMs, forMs / 4);
      let frames = watching.map((viewer) => viewer.frames);
      let cpuMs = sim.cpuMs();
      for (let line = 1; clock.now() - startedAt < forMs; line++) {
        while (clock.now() - startedAt < Math.min(line * lineMs, forMs)) {
          await clock.sleep(Math.max(1, Math.min(stayAliveMs, startedAt + line * lineMs - clock.now())));
          for (const viewer of watching) viewer.stayAlive();
        }
        if (!sim.alive) throw new Error(`sim ended: ${sim.complaints().slice(-5).join(' ')}`);
        const passed = watching.map((viewer, n) => viewer.frames - frames[n]!);
        frames = watching.map((viewer) => viewer.frames);
        watching.forEach((viewer, n) => {
          if (viewer.closed) wrong(`${watched[n]!.name}: the stream was closed`);
          else if (passed[n] === 0) wrong(`${watched[n]!.name}: no picture since the last line`);
        });
        memory.push(sim.rssBytes());
        const share = (sim.cpuMs() - cpuMs) / lineMs;
        cpuMs = sim.cpuMs();
        const seconds = Math.round((clock.now() - startedAt) / 1000);
        const pictures = passed.reduce((sum, count) => sum + count, 0);
        output.say(
          { type: 'line', seconds, rssBytes: memory.at(-1), pictures, events, cpuShare: share, errors: errors.length },
          `${String(seconds).padStart(5)} s  ${mib(memory.at(-1)!)} MiB  ${pictures} pictures  ${events} events  CPU ${Math.round(share * 100)} %  ${errors.length} errors`,
        );
      }
      stop.abort();
      await Promise.all(listening);
      for (const complaint of sim.complaints()) wrong(`sim logged: ${complaint.slice(0, 300)}`);
      const verdict = judge(memory, forMs);
      const ok = errors.length === 0 && verdict.flat !== false;
      output.say(
        { type: 'verdict', ok, errors: errors.slice(0, mostTold), events, ...verdict },
        `\n${ok ? '✓' : '✗'} ${cameras} cameras, ${watched.length} viewers, ${listening.length} subscribers: ${errors.length} errors, ${verdict.text}`,
      );
      return ok ? 0 : 1;
    } finally {
      stop.abort();
      for (const viewer of watching) viewer[Symbol.dispose]();
      agent.destroy();
      rmSync(folder, { recursive: true, force: true });
    }
  },
};

const mib = (bytes: number) => Math.round(bytes / 2 ** 20);

/** Flat when the last quarter's memory is hardly more than the second quarter's. */
function judge(memory: readonly number[], forMs: number): { flat: boolean | undefined; text: string } {
  if (forMs < judgedFromMs)
    return { flat: undefined, text: `memory ${mib(memory.at(-1)!)} MiB (too short to tell whether it is flat)` };
  const quarter = Math.floor(memory.length / 4);
  const before = median(memory.slice(quarter, 2 * quarter));
  const after = median(memory.slice(-quarter));
  const flat = after - before <= Math.max(growth.bytes, growth.share * before);
  return {
    flat,
    text: `memory ${flat ? 'flat' : 'grew'}: ${mib(before)} MiB in the second quarter, ${mib(after)} MiB in the last`,
  };
}
