import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Cloud, startCloud } from '../../cloud-mock/index.ts';
import { type Log, silentLog } from '../../core/runtime/log.ts';
import { secureRandom, seededRandom } from '../../core/runtime/random.ts';
import { startAll } from '../../core/runtime/start-all.ts';
import { type CameraWish, type Fleet, type FleetCamera, startFleet } from '../../device-sim/index.ts';
import { type Gateway, startGateway } from '../../gateway/index.ts';
import { createLabClock, type LabClock } from './clock.ts';
import { createVerbs, type LabVerbs } from './people.ts';
import { formatTimeline, whenTestFails } from './timeline.ts';

export { parseScenario } from '../../device-sim/index.ts';

export interface LabOptions {
  /** How many cameras, or each by name and profile. */
  cameras?: number | CameraWish[];
  /** `manual` stands still until `lab.clock.advance`. */
  clock?: 'real' | 'manual';
  /** Cameras come activated, with `lab.people.camera.password`. */
  initialized?: boolean;
  /** Standard ONVIF behaviour, all quirks off. */
  strict?: boolean;
  /** Answer WS-Discovery on the loopback interface. */
  discovery?: boolean;
  /** Make the gateway's first admin, so that `lab.signIn` works. Default: yes. */
  setUp?: boolean;
  /**
   * Switch the owner's second factor on, bind the gateway by Cloud Access and pair every camera. Default: yes, unless
   * `setUp` is off.
   */
  adopt?: boolean;
  /** What cloud, gateway and cameras write of their doings. Default: nowhere. */
  log?: Log;
  /** Cloud and cameras have their control APIs, the cameras their pages and files below `dataDir`, as with `vigil up`. */
  control?: boolean;
  /** What identities and chance derive from; chance itself without. */
  seed?: string;
}

/** Names and passwords of a lab: made for it, worth nothing outside. */
export interface LabPeople {
  owner: { email: string; password: string };
  admin: { username: string; password: string };
  camera: { username: string; password: string };
}

/** What supertest's agent and others like it offer. */
interface Poster {
  // biome-ignore lint/suspicious/noExplicitAny: supertest's own chain
  post(path: string): any;
}

export interface LabCamera extends FleetCamera {
  /** As `POST /api/v1/cameras` of the gateway takes it. */
  readonly address: { address: string };
}

/** Cloud, gateway and cameras in this process, on free ports of the loopback interface. */
export interface Lab extends LabVerbs {
  cloud: Cloud;
  gateway: Gateway;
  fleet: Fleet;
  clock: LabClock;
  people: LabPeople;
  camera(name: string): LabCamera;
  /** Sign an agent in at the gateway as the admin; resolves to the same agent. */
  signIn<A extends Poster>(agent: A, who: 'admin'): Promise<A>;
  dataDir: string;
  /** What all cameras received so far, a line each; vitest prints it when the test fails. */
  timeline(): string;
}

/** Start a lab; dispose it (`await using`) to end everything and remove its files. */
export function startLab(options: LabOptions = {}): Promise<Lab & AsyncDisposable> {
  return startAll(async (own) => {
    const dataDir = await mkdtemp(join(tmpdir(), 'vigil-lab-'));
    own({ [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true, force: true }) });
    const clock = createLabClock(options.clock ?? 'real');
    const random = options.seed === undefined ? secureRandom : seededRandom(options.seed);
    const deps = { clock, random, log: options.log ?? silentLog };
    const people: LabPeople = {
      owner: { email: 'owner@vigil.test', password: 'Owner-of-the-lab-1' },
      admin: { username: 'admin', password: 'Admin-of-the-lab-1' },
      camera: { username: 'admin', password: 'Camera-of-the-lab-1' },
    };
    const host = '127.0.0.1';

    const cloud = own(
      await startCloud(
        {
          host,
          port: 0,
          relayPort: 0,
          dataDir: join(dataDir, 'cloud'),
          firstAccount: { ...people.owner, name: 'Owner' },
          control: options.control ?? false,
        },
        deps,
      ),
    );
    const gateway = own(
      await startGateway(
        {
          host,
          port: 0,
          mqttPort: 0,
          mqttsPort: 0,
          pairingPort: 0,
          dataDir: join(dataDir, 'gateway'),
          cloudUrl: cloud.url,
          name: 'Lab',
          discoveryInterface: 'lo',
        },
        deps,
      ),
    );
    const wishes = options.cameras ?? 1;
    const fleet = own(
      await startFleet(
        {
          host,
          basePort: 0,
          count: typeof wishes === 'number' ? wishes : wishes.length,
          ...(typeof wishes === 'number' ? {} : { cameras: wishes }),
          profiles: [],
          initialized: options.initialized ?? false,
          password: people.camera.password,
          strict: options.strict ?? false,
          discovery: options.discovery ?? false,
          interfaceName: 'lo',
          ...(options.seed === undefined ? {} : { seed: options.seed }),
          control: options.control ?? false,
          ...(options.control ? { consolePort: 0, dataDir: join(dataDir, 'sim') } : {}),
          traffic: 'off',
        },
        deps,
      ),
    );

    const lab: Lab = {
      ...createVerbs({ cloud, gateway, fleet, clock, people }),
      cloud,
      gateway,
      fleet,
      clock,
      people,
      dataDir,
      timeline: () => formatTimeline(fleet.cameras),
      camera(name) {
        const one = fleet.camera(name);
        const { host: at, ports } = one.camera.address;
        return Object.assign(Object.create(one) as FleetCamera, {
          address: { address: `${at}:${ports.http}` },
        });
      },
      async signIn(agent, who) {
        await agent.post('/api/v1/auth/sign-in').set('origin', gateway.url).send(people[who]).expect(200);
        return agent;
      },
    };
    await whenTestFails(() => process.stderr.write(`${lab.timeline()}\n`));
    if (options.setUp ?? true) {
      const answer = await fetch(`${gateway.url}/api/v1/setup`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', origin: gateway.url },
        body: JSON.stringify({ setupCode: gateway.setupCode, ...people.admin }),
      });
      if (answer.status !== 201)
        throw new Error(`the gateway's set-up answered ${answer.status} ${await answer.text()}`);
    }
    if (options.adopt ?? options.setUp ?? true) {
      await lab.enableTwoFactor();
      await lab.bind();
      await lab.adopt();
    }
    return lab;
  });
}
