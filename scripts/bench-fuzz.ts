import type { Program } from '../core/runtime/program.ts';
import { hint, setting, UsageError } from '../core/runtime/settings.ts';
import { brokerTarget } from './bench/fuzz/broker-target.ts';
import { cameraTargets } from './bench/fuzz/camera-targets.ts';
import type { FuzzTargetMaker } from './bench/fuzz/target.ts';
import { inputOf, runTrial, type Trial } from './bench/fuzz/trial.ts';

export const fuzzTargets: readonly FuzzTargetMaker[] = [...cameraTargets, brokerTarget];

const fields = {
  inputs: setting.count('how many inputs in all', 1_000_000, { min: 1 }),
  only: setting.list(`send to this only (${fuzzTargets.map(({ name }) => name).join(', ')})`, 'TARGET'),
  seed: setting.text('what all inputs derive from: the same seed sends the same', 'TEXT', 'vigil'),
  replay: setting.optionalText('send one input again, print it, and say what became of it', 'TARGET:NUMBER'),
};

const find = (name: string): FuzzTargetMaker => {
  const found = fuzzTargets.find((one) => one.name === name);
  if (found) return found;
  const names = fuzzTargets.map((one) => one.name);
  throw new UsageError(`there is no target "${name}"${hint(name, names) || `; there are ${names.join(', ')}`}`);
};

/** `vigil bench fuzz`: broken input to every door, and whether the programs bear it. */
export const program: Program<typeof fields> = {
  name: 'bench fuzz',
  summary: 'Send broken input to cameras and broker; a crash, a hang, growth or an inner fault is a finding',
  fields,
  examples: [
    'Targets:',
    ...fuzzTargets.map(({ name, title }) => `  ${name.padEnd(11)}${title}`),
    '',
    'Examples:',
    '  npm run -s vigil -- bench fuzz --inputs 20000',
    '  npm run -s vigil -- bench fuzz --replay soap:1234',
  ].join('\n'),
  async run({ inputs, only, seed, replay }, _deps, output) {
    if (replay !== undefined) {
      const [, name, number] = /^([a-z]+):(\d{1,9})$/.exec(replay) ?? [];
      if (name === undefined) throw new UsageError(`--replay: "${replay}" names no input: write soap:1234`);
      return again(find(name), seed, Number(number));
    }
    const targets = only.length > 0 ? only.map(find) : fuzzTargets;
    const trials: Trial[] = [];
    for (const maker of targets) {
      output.note(`${maker.title} …`);
      let told = 0;
      const trial = await runTrial(maker, {
        seed,
        first: 0,
        count: Math.ceil(inputs / targets.length),
        onProgress(done, rssBytes) {
          if (done < told + 20_000) return;
          told = done;
          output.note(`  ${done.toLocaleString('en-US')} inputs, ${Math.round(rssBytes / 2 ** 20)} MiB`);
        },
      });
      trials.push(trial);
      output.say({ type: 'trial', ...trial }, formatTrial(maker, trial));
    }
    const findings = trials.flatMap((trial) => trial.findings);
    const total = trials.reduce((sum, trial) => sum + trial.inputs, 0).toLocaleString('en-US');
    output.say(
      {
        type: 'verdict',
        inputs: trials.reduce((sum, trial) => sum + trial.inputs, 0),
        findings: findings.length,
        seed,
      },
      findings.length === 0
        ? `\n${total} inputs of seed "${seed}": no crash, no hang, no growth, no inner fault.`
        : `\n${findings.length} findings in ${total} inputs of seed "${seed}"; bench fuzz --seed ${seed} --replay TARGET:NUMBER sends one again.`,
    );
    return findings.length === 0 ? 0 : 1;
  },
};

const mib = (bytes: number) => Math.round(bytes / 2 ** 20);

const formatTrial = (maker: FuzzTargetMaker, { inputs, findings, longestMs, warmBytes, endBytes }: Trial) =>
  [
    `${maker.title}: ${inputs.toLocaleString('en-US')} inputs, ${findings.length} findings, longest ${Math.round(longestMs)} ms, memory ${mib(warmBytes)} → ${mib(endBytes)} MiB`,
    ...findings.map(({ input, what }) => `  ✗ ${input}  ${what}`),
  ].join('\n');

async function again(maker: FuzzTargetMaker, seed: string, number: number): Promise<number> {
  await using target = await maker.open();
  const input = inputOf(target, maker.name, seed, number);
  process.stdout.write(`${input.toString('latin1')}\n`);
  const what = await target.send(input).catch((error: Error) => error.message);
  await target.ping();
  const complaints = target.child.complaints();
  process.stderr.write(`${what ?? 'dealt with'}\n${complaints.join('\n')}\n`);
  return what === undefined && complaints.length === 0 ? 0 : 1;
}
