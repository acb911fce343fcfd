import type { Program } from '../core/runtime/program.ts';
import { setting } from '../core/runtime/settings.ts';
import { steps } from './tour/steps.ts';
import { newStory } from './tour/story.ts';
import { labWorld, runningWorld } from './tour/world.ts';
import { readUpState } from './up/data-dir.ts';

const fields = {
  cameras: setting.count('cameras of a lab of its own', 4, { min: 1, max: 64 }),
  own: setting.toggle('start a lab of its own even where `up` runs'),
};

export const program: Program<typeof fields> = {
  name: 'tour',
  summary:
    'Play the whole story: account, two-factor authentication, Cloud Access, pairing, motion, remote sign-in. A tick for each step.',
  fields,
  examples:
    'Plays against a running `up` of the same --data-dir, or starts a lab of its own. Exit code 1 when a step fails.',
  async run(settings, { clock, random }, output) {
    const up = settings.own ? undefined : readUpState(settings.dataDir);
    // A lab in this process, gone at the end; loaded only where it is wanted.
    const lab = up
      ? undefined
      : await (await import('../test/lab/index.ts')).startLab({
          cameras: settings.cameras,
          discovery: true,
          setUp: false,
        });
    try {
      const world = up ? runningWorld(up, clock) : labWorld(lab!);
      const story = newStory(world, { clock: lab?.clock ?? clock, random }, (text) => output.note(`    ${text}`));
      output.note(up ? `Playing on the running \`up\` at ${world.gatewayUrl}` : 'Playing on a lab of its own');
      const startedAt = performance.now();
      let failed = 0;
      for (const [index, step] of steps.entries()) {
        const stepAt = performance.now();
        const name = step.title;
        let said: string | undefined;
        let error: string | undefined;
        try {
          said = await step.run(story);
        } catch (caught) {
          error = (caught as Error).message;
          failed += 1;
        }
        const tookMs = Math.round(performance.now() - stepAt);
        output.say(
          {
            type: 'step',
            step: index + 1,
            title: name,
            ok: error === undefined,
            ...(said ? { said } : {}),
            ...(error ? { error } : {}),
            tookMs,
          },
          `${error === undefined ? '✓' : '✗'} ${name}${said ? ` · ${said}` : ''}${error ? `\n    ${error}` : ''}`,
        );
        if (error !== undefined) break;
      }
      const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
      output.say(
        { type: 'done', ok: failed === 0, steps: steps.length },
        failed === 0
          ? `\nAll ${steps.length} steps in ${seconds} s.`
          : '\nThe story stopped here: later steps build on this one.',
      );
      if (up && failed === 0) {
        output.say(
          {
            type: 'credentials',
            admin: 'admin',
            adminPassword: story.adminPassword,
            account: story.email,
            password: story.password,
            cameraPassword: story.cameraPassword,
          },
          [
            '',
            'Yours to keep using:',
            `  VMS Local         admin / ${story.adminPassword}`,
            `  TP-Link ID        ${story.email} / ${story.password}`,
            `  Cameras           admin / ${story.cameraPassword}`,
          ].join('\n'),
        );
      }
      return failed > 0 ? 1 : 0;
    } finally {
      await lab?.[Symbol.asyncDispose]();
    }
  },
};
