import { realClock } from '../../../core/runtime/clock.ts';
import { seededRandom } from '../../../core/runtime/random.ts';
import { type FuzzTarget, type FuzzTargetMaker, patienceMs } from './target.ts';

export interface TrialOptions {
  /** What all inputs derive from. */
  seed: string;
  /** Number of the first input, and how many. */
  first: number;
  count: number;
  /** Called every second or so. */
  onProgress?(done: number, rssBytes: number): void;
}

export interface Finding {
  /** `soap:1234`: with the seed, the same input again. */
  input: string;
  what: string;
}

export interface Trial {
  name: string;
  inputs: number;
  findings: Finding[];
  longestMs: number;
  /** Memory after a tenth of the inputs, and at the end. */
  warmBytes: number;
  endBytes: number;
}

/** How often a late answer is looked after, and what the inputs beside it may cost meanwhile. */
const lookMs = 500;
const allowanceMs = 500;
const longestWaitMs = 30_000;
/** Inputs on their way at once. */
const atOnce = 16;
/** After as many findings the rest would say nothing new. */
const mostFindings = 20;
/** A program may hold what it remembers of its clients, bounded; beyond this it grows. */
const growthBytes = 96 << 20;

/** The input of a number, the same on every run. */
export const inputOf = (target: FuzzTarget, name: string, seed: string, index: number): Buffer =>
  target.input(seededRandom(`${seed} ${name} ${index}`));

/** Send so many inputs; what goes wrong is told with the number that brings it back. */
export async function runTrial(maker: FuzzTargetMaker, options: TrialOptions): Promise<Trial> {
  const { seed, first, count, onProgress } = options;
  await using target = await maker.open();
  const findings: Finding[] = [];
  let next = first;
  let done = 0;
  let longestMs = 0;
  let warmBytes = 0;
  const last = first + count;
  const found = (index: number | undefined, what: string) =>
    findings.push({ input: index === undefined ? maker.name : `${maker.name}:${index}`, what });
  const over = () => findings.length >= mostFindings;

  async function work() {
    while (next < last && !over()) {
      const index = next++;
      const startedAt = performance.now();
      try {
        const what = await within(target, target.send(inputOf(target, maker.name, seed, index)));
        if (what !== undefined) found(index, what);
      } catch (error) {
        found(index, (error as Error).message);
      }
      longestMs = Math.max(longestMs, performance.now() - startedAt);
      if (++done === Math.ceil(count / 10)) warmBytes = target.child.rssBytes();
    }
  }

  const ended = new AbortController();
  /** A good request beside the bad ones: whoever blocks everybody is caught here. */
  async function watch() {
    while (!ended.signal.aborted) {
      try {
        await within(target, target.ping());
      } catch (error) {
        found(
          undefined,
          `a good request while inputs up to ${next - 1} were on their way: ${(error as Error).message}`,
        );
        return;
      }
      onProgress?.(done, target.child.rssBytes());
      await realClock.sleep(1000, ended.signal).catch(() => undefined);
    }
  }
  const watching = watch();
  await Promise.all(Array.from({ length: atOnce }, work));
  ended.abort();
  await watching;
  await within(target, target.ping()).catch((error: Error) =>
    found(undefined, `a good request at the end: ${error.message}`),
  );

  const endBytes = target.child.alive ? target.child.rssBytes() : 0;
  if (!target.child.alive) found(undefined, 'the program ended');
  if (endBytes - warmBytes > growthBytes)
    found(undefined, `memory grew by ${Math.round((endBytes - warmBytes) / 2 ** 20)} MiB`);
  for (const line of target.child.complaints()) found(undefined, `it logged: ${line.slice(0, 600)}`);
  return { name: maker.name, inputs: done, findings, longestMs, warmBytes, endBytes };
}

/**
 * Rejects when the program hangs: a second of its CPU time has gone by without the answer, or half a minute in which it
 * did not even try. Counted so, a busy machine is not taken for a program that hangs.
 */
async function within<T>({ child }: FuzzTarget, work: Promise<T>): Promise<T> {
  const answered = new AbortController();
  const cpuAt = child.alive ? child.cpuMs() : 0;
  const hanging = async () => {
    for (let waitedMs = 0; ; waitedMs += lookMs) {
      await realClock.sleep(lookMs, answered.signal);
      if (!child.alive) throw new Error('the program ended');
      const spentMs = child.cpuMs() - cpuAt;
      if (spentMs > patienceMs + allowanceMs) throw new Error(`no answer after ${Math.round(spentMs)} ms of CPU time`);
      if (waitedMs > longestWaitMs) throw new Error(`no answer within ${longestWaitMs / 1000} s`);
    }
  };
  try {
    return await Promise.race([work, hanging()]);
  } finally {
    answered.abort();
  }
}
