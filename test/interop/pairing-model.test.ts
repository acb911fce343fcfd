import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { has, output } from '../lab/foreign.ts';

const model = readFileSync(new URL('../../gateway/pairing/pairing.pml', import.meta.url), 'utf8');

/** Spin's verdict over every reachable state of a model. */
async function verify(text: string) {
  const dir = mkdtempSync(join(tmpdir(), 'vigil-spin-'));
  try {
    writeFileSync(join(dir, 'pairing.pml'), text);
    const steps = 'cd "$1" && spin -a pairing.pml >/dev/null && gcc -O1 -DSAFETY -o pan pan.c && ./pan -m100000';
    const report = await output('sh', ['-c', steps, 'sh', dir], 110_000);
    return {
      errors: Number(/errors: (\d+)/.exec(report)?.[1]),
      states: Number(/(\d+) states, stored/.exec(report)?.[1]),
      truncated: /max search depth too small|out of memory/.test(report),
      /** Lines of the model that no order of events reaches. */
      unreached: [...report.matchAll(/pairing\.pml:(\d+), state \d+, "(?!-end-)(.*)"/g)].map(([, line, what]) => [
        line,
        what,
      ]),
    };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

describe.skipIf(!has('spin', 'spin') || !has('gcc', 'gcc'))('the model of pairing, by Spin', () => {
  test('in every order of connections, crashes and timers a ticket buys one certificate for its own camera, and both sides agree in the end', async () => {
    const { errors, states, truncated, unreached } = await verify(model);
    console.log(`pairing model: ${states} states, ${errors} errors`);
    expect({ errors, truncated, unreached }).toEqual({ errors: 0, truncated: false, unreached: [] });
    expect(states).toBeGreaterThan(100_000);
  }, 120_000);

  test.each([
    [
      'a certificate that never arrived is not taken back',
      '&& !used -> current = 0',
      '&& !used && false -> current = 0',
    ],
    [
      'a camera does not ask after a certificate that is refused',
      'kept != current -> kept = 0',
      'kept != current && false -> kept = 0',
    ],
    ['proofs are not looked at', 'holder == me && who == camera && !GONE', 'holder == me'],
    [
      'a ticket that has bought a certificate can be claimed again',
      'ARROW(claim, open, claimed, HANDLED && who != other && tries < TRIES)',
      '(ticket == open || ticket == issued) && HANDLED && who != other && tries < TRIES -> ticket = claimed',
    ],
  ])(
    'the model notices when %s',
    async (_what, good, bad) => {
      expect(model).toContain(good);
      expect((await verify(model.replace(good, bad))).errors).toBeGreaterThan(0);
    },
    120_000,
  );
});
