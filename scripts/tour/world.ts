import type { Lab } from '../../test/lab/index.ts';
import type { UpState } from '../up/data-dir.ts';
import { stepMs } from './authenticator.ts';

/** Where the story is played: a running `up`, or a lab of the tour's own. */
export interface World {
  cloudUrl: string;
  gatewayUrl: string;
  /** Absent once VMS Local has an admin. */
  setupCode: string | undefined;
  cameras: { name: string; serial: string; labelSecret: string }[];
  /** Network interface the cameras answer discovery on; all when absent. */
  interfaceName: string | undefined;
  /** Let something happen before a camera. */
  /** Until the camera does not see this any more: what goes on already has no beginning to tell. */
  quiet(camera: string, kind: string): Promise<void>;
  trigger(camera: string, kind: string): Promise<void>;
  /** Settles when an authenticator shows another code than now. */
  waitForNextCode(note: (text: string) => void): Promise<void>;
}

interface SimReady {
  cameras: { name: string; serial: string; labelSecret: string }[];
  control?: { url: string; token: string };
}

/** How long somebody who walks by on their own may keep a camera busy. */
const quietWithinMs = 60_000;

/** Ask the fleet's control API about one camera. */
const cameraBy = (control: { url: string; token: string }) => async (camera: string, order?: object) => {
  const response = await fetch(`${control.url}/cameras/${camera}${order ? '/trigger' : ''}`, {
    ...(order ? { method: 'POST', body: JSON.stringify(order) } : {}),
    headers: { 'content-type': 'application/json', authorization: `Bearer ${control.token}` },
  });
  if (!response.ok) throw new Error(`the control API of the cameras answered ${response.status}`);
  return (await response.json()) as { active: string[] };
};

/** The world of a running `up`: codes come in real time, a new one every 30 s. */
export function runningWorld(up: UpState, clock: { now(): number; sleep(ms: number): Promise<void> }): World {
  const sim = up.sim as unknown as SimReady;
  if (!sim.control) throw new Error('the cameras of this `up` have no control API');
  const ask = cameraBy(sim.control);
  return {
    cloudUrl: String(up.cloud['url']),
    gatewayUrl: String(up.gateway['url']),
    setupCode: up.gateway['setupCode'] as string | undefined,
    cameras: sim.cameras,
    interfaceName: undefined,
    async quiet(camera, kind) {
      const since = clock.now();
      while ((await ask(camera)).active.includes(kind) && clock.now() - since < quietWithinMs) await clock.sleep(250);
    },
    async trigger(camera, kind) {
      await ask(camera, { kind, durationMs: 3000 });
    },
    async waitForNextCode(note) {
      const waitMs = stepMs - (clock.now() % stepMs) + 50;
      note(`waiting ${Math.ceil(waitMs / 1000)} s for the authenticator's next code`);
      await clock.sleep(waitMs);
    },
  };
}

/** The world of a lab in this process: its clock can be moved on, so nobody waits for the next code. */
export const labWorld = (lab: Lab): World => ({
  cloudUrl: lab.cloud.url,
  gatewayUrl: lab.gateway.url,
  setupCode: lab.gateway.setupCode,
  cameras: lab.fleet.ready().cameras,
  interfaceName: 'lo',
  quiet: async () => undefined,
  trigger: async (camera, kind) => lab.fleet.camera(camera).trigger(kind, { durationMs: 3000 }),
  waitForNextCode: () => lab.clock.advance(stepMs),
});
