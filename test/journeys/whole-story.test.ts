import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { realClock } from '../../core/runtime/clock.ts';
import { secureRandom } from '../../core/runtime/random.ts';
import { steps } from '../../scripts/tour/steps.ts';
import { newStory, type Story } from '../../scripts/tour/story.ts';
import { labWorld } from '../../scripts/tour/world.ts';
import { startLab } from '../lab/index.ts';

let lab: Awaited<ReturnType<typeof startLab>>;
let story: Story;

beforeAll(async () => {
  lab = await startLab({ cameras: 4, discovery: true, setUp: false });
  story = newStory(labWorld(lab), { clock: lab.clock, random: secureRandom });
});
afterAll(async () => {
  await lab?.[Symbol.asyncDispose]();
});

// The steps build on each other: this is the one place where tests have an order, because the story has.
describe.sequential('the whole story', () => {
  test.each(steps.map((step) => [step.title, step] as const))('%s', async (_, step) => {
    await step.run(story);
  });

  test('a camera that reboots is missed at once, and comes back Online by itself', async () => {
    const [first] = lab.fleet.cameras;
    const serial = first!.camera.identity.serial;
    const stateOf = async () => {
      const { body } = await story.gateway.get(`${lab.gateway.url}/api/v1/cameras`);
      return (body.cameras as { serial: string; state: string }[]).find((camera) => camera.serial === serial)?.state;
    };
    const comesTo = async (fits: (state: string) => boolean) => {
      const until = realClock.now() + 15_000;
      let state = (await stateOf())!;
      while (!fits(state) && realClock.now() < until) {
        await delay(20);
        state = (await stateOf())!;
      }
      return state;
    };
    await first!.reboot();
    // A short absence is Degraded (its MQTT connection is missing), a longer one Offline.
    expect(await comesTo((state) => state !== 'online')).toMatch(/degraded|offline|connecting/);
    await first!.up();
    expect(await comesTo((state) => state === 'online')).toBe('online');
  });
});
