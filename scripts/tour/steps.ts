import { once } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import { addCameras } from '../../clients/config-tool/add.ts';
import { findDevices } from '../../clients/config-tool/discover.ts';
import { activate } from '../../clients/config-tool/local-api.ts';
import { apiClient } from '../../clients/terminal/http.ts';
import { createAuthenticator, scanQr } from './authenticator.ts';
import type { Story } from './story.ts';
import { createWebClient, expectStatus } from './web-client.ts';

/** One step of the story: what a person reads, and what is done. What it returns is said beside the tick. */
export interface Step {
  title: string;
  run(story: Story): Promise<string | undefined>;
}

const cloudApi = ({ world }: Story, path: string) => `${world.cloudUrl}/api/v1${path}`;
const gatewayApi = ({ world }: Story, path: string) => `${world.gatewayUrl}/api/v1${path}`;

function must(condition: unknown, otherwise: string): asserts condition {
  if (!condition) throw new Error(otherwise);
}

/** The next code that was not used yet: waits for the next time step where the present one is spent. */
async function freshCode(story: Story): Promise<string> {
  const { authenticator, world } = story;
  must(authenticator, 'there is no authenticator yet');
  if (authenticator.code() === story.lastCode) await world.waitForNextCode(story.note);
  story.lastCode = authenticator.code();
  return story.lastCode;
}

/** Sign in at the cloud with password and a fresh code, as a new visitor. */
async function signInWithCode(story: Story): Promise<void> {
  story.cloud = createWebClient();
  const { email, password } = story;
  const first = expectStatus(await story.cloud.post(cloudApi(story, '/sign-in'), { email, password }), 200, 'password');
  must(first.body.status === 'code_required', 'the cloud did not ask for a code');
  const code = await freshCode(story);
  expectStatus(
    await story.cloud.post(cloudApi(story, '/sign-in/code'), { challengeId: first.body.challengeId, code }),
    200,
    'code',
  );
}

const signUp: Step = {
  title: 'A TP-Link ID is made and signs in',
  async run(story) {
    const { email, password } = story;
    expectStatus(
      await story.cloud.post(cloudApi(story, '/sign-up'), { email, name: 'Tour', password }),
      201,
      'sign-up',
    );
    const answer = expectStatus(
      await story.cloud.post(cloudApi(story, '/sign-in'), { email, password }),
      200,
      'sign-in',
    );
    must(answer.body.status === 'signed_in', 'a code was asked for though 2FA is off');
    return email;
  },
};

const enrol: Step = {
  title: 'Two-factor authentication: password, QR read from its pixels, 6-digit code',
  async run(story) {
    const { password } = story;
    const begun = expectStatus(
      await story.cloud.post(cloudApi(story, '/two-factor/enrolment'), { password }),
      200,
      'enrolment',
    );
    story.authenticator = createAuthenticator(await scanQr(begun.body.uri), story.clock);
    const code = story.authenticator.code();
    story.lastCode = code;
    const { enrolmentId } = begun.body;
    const done = expectStatus(
      await story.cloud.post(cloudApi(story, '/two-factor/enrolment/confirm'), { enrolmentId, code }),
      200,
      'code',
    );
    return `${done.body.recoveryCodes.length} recovery codes`;
  },
};

const codeAsked: Step = {
  title: 'Signing in again asks for the code; a wrong one and a used one are refused alike, a fresh one passes',
  async run(story) {
    const { email, password, authenticator } = story;
    must(authenticator, 'there is no authenticator');
    await story.cloud.post(cloudApi(story, '/sign-out'));
    const visitor = createWebClient();
    const first = expectStatus(await visitor.post(cloudApi(story, '/sign-in'), { email, password }), 200, 'password');
    must(first.body.status === 'code_required', 'no code was asked for');
    const { challengeId } = first.body;
    const submit = (code: string) => visitor.post(cloudApi(story, '/sign-in/code'), { challengeId, code });
    const wrong = expectStatus(await submit(authenticator.wrongCode()), 401, 'a wrong code');
    const used = expectStatus(await submit(story.lastCode!), 401, 'the used code');
    must(wrong.body.code === used.body.code && wrong.body.detail === used.body.detail, 'the two refusals differ');
    await signInWithCode(story);
    return undefined;
  },
};

const setUpGateway: Step = {
  title: 'VMS Local gets its first admin by the set-up code',
  async run(story) {
    const { world, adminPassword } = story;
    must(
      world.setupCode,
      'this VMS Local has an admin already: start `up` with --fresh, or run the tour without a running `up`',
    );
    const body = { setupCode: world.setupCode, username: 'admin', password: adminPassword };
    expectStatus(await story.gateway.post(gatewayApi(story, '/setup'), body), 201, 'set-up');
    expectStatus(await createWebClient().post(gatewayApi(story, '/setup'), body), 409, 'a second set-up');
    return undefined;
  },
};

const bind: Step = {
  title: 'Cloud Access binds VMS Local to the TP-Link ID',
  async run(story) {
    const asked = expectStatus(await story.gateway.post(gatewayApi(story, '/cloud-access/bind'), {}), 202, 'bind');
    const { userCode } = asked.body;
    expectStatus(await story.cloud.post(cloudApi(story, '/bindings/approve'), { userCode }), 200, 'approval');
    for (let tries = 0; tries < 100; tries++) {
      const { body } = await story.gateway.get(gatewayApi(story, '/cloud-access'));
      if (body.state === 'bound' && body.online) break;
      must(tries < 99, `Cloud Access is ${body.state}, online: ${body.online}`);
      await delay(100);
    }
    const status = await story.gateway.get(gatewayApi(story, '/status'));
    story.gatewayId = status.body.gatewayId;
    return story.gatewayId;
  },
};

const discover: Step = {
  title: 'The Config Tool discovers the cameras, uninitialised',
  async run(story) {
    const { world } = story;
    const found = await findDevices({ waitMs: 1500, interfaceName: world.interfaceName, addresses: [] });
    const ours = new Set(world.cameras.map(({ serial }) => serial));
    story.devices = found.filter(({ serial }) => ours.has(serial));
    must(story.devices.length === ours.size, `${story.devices.length} of ${ours.size} cameras answered`);
    const waiting = story.devices.filter(({ status }) => status === 'Uninitialized');
    must(waiting.length === ours.size, `${ours.size - waiting.length} are initialised already`);
    return `${waiting.length} cameras`;
  },
};

const activateAll: Step = {
  title: 'Each camera gets its admin password, and refuses a second activation',
  async run(story) {
    const settings = { password: story.cameraPassword, region: 'EU', timeZone: 'UTC0' };
    for (const device of story.devices) await activate(device, settings);
    const [first] = story.devices;
    const again =
      first && (await activate(first, { ...settings, password: 'another-password' }).catch(() => 'refused'));
    must(again === 'refused' || !first, 'a second activation was accepted');
    return undefined;
  },
};

const noCodeNoPairing: Step = {
  title: 'Adding a camera without a fresh code is refused',
  async run(story) {
    const { gatewayId, authenticator } = story;
    must(authenticator, 'there is no authenticator');
    const elevate = (code: string) => story.cloud.post(cloudApi(story, '/elevations'), { gatewayId, code });
    expectStatus(await elevate(authenticator.wrongCode()), 401, 'a wrong code');
    expectStatus(await elevate(story.lastCode!), 401, 'a used code');
    const forged = { elevation: 'A'.repeat(43), devices: ticketOrders(story) };
    expectStatus(
      await createWebClient().post(gatewayApi(story, '/pairing/tickets'), forged),
      401,
      'a made-up elevation',
    );
    return undefined;
  },
};

const ticketOrders = ({ devices, world }: Story) =>
  devices.map(({ serial, host, httpsPort }) => ({
    serial,
    labelSecret: world.cameras.find((camera) => camera.serial === serial)?.labelSecret,
    camera: { host, httpsPort },
  }));

const pair: Step = {
  title: 'With a fresh code each camera proves its label secret, gets its certificate and is Online',
  async run(story) {
    const code = await freshCode(story);
    const { gatewayId, world, devices, cameraPassword } = story;
    const elevated = expectStatus(
      await story.cloud.post(cloudApi(story, '/elevations'), { gatewayId, code }),
      201,
      'elevation',
    );
    story.elevation = elevated.body.elevation;
    const secrets = new Map(world.cameras.map(({ serial, labelSecret }) => [serial, labelSecret]));
    const tookMs: number[] = [];
    const refused: string[] = [];
    await addCameras(
      apiClient(world.gatewayUrl, 'VMS Local'),
      {
        elevation: story.elevation!,
        candidates: devices.map((device) => ({
          device,
          serial: device.serial,
          labelSecret: secrets.get(device.serial)!,
        })),
        cameraPassword: async () => cameraPassword,
      },
      { now: () => performance.now(), sleep: (ms) => delay(ms) },
      (progress) => {
        if (progress.outcome === 'added') tookMs.push(progress.tookMs ?? 0);
        else if (progress.outcome) refused.push(`${progress.serial}: ${progress.outcome.refused}`);
      },
    );
    must(refused.length === 0, refused.join('; '));
    return `slowest ${(Math.max(...tookMs) / 1000).toFixed(1)} s`;
  },
};

const elevationOnce: Step = {
  title: 'The same elevation a second time is refused',
  async run(story) {
    const again = { elevation: story.elevation, devices: ticketOrders(story) };
    expectStatus(await createWebClient().post(gatewayApi(story, '/pairing/tickets'), again), 401, 'a spent elevation');
    return undefined;
  },
};

/** The live feed as a browser has it. */
async function openFeed(story: Story): Promise<WebSocket> {
  const { ticket } = expectStatus(await story.gateway.post(gatewayApi(story, '/feed/ticket')), 200, 'feed ticket').body;
  const url = gatewayApi(story, '/feed').replace(/^http/, 'ws');
  const feed = new WebSocket(url, ['vigil.feed.v1', `ticket.${ticket}`], {
    origin: new URL(story.world.gatewayUrl).origin,
  });
  await once(feed, 'open');
  return feed;
}

/** Settles when the feed tells of motion at a camera. */
function motionOf(feed: WebSocket, cameraId: string, name: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = () => {
      clearTimeout(late);
      feed.off('message', listen);
    };
    const late = setTimeout(() => {
      end();
      reject(new Error(`no motion of ${name} within 5 s`));
    }, 5000);
    const listen = (data: Buffer) => {
      const { type, event } = JSON.parse(String(data));
      if (type !== 'event' || event.cameraId !== cameraId || event.kind !== 'motion' || !event.active) return;
      end();
      resolve();
    };
    feed.on('message', listen);
  });
}

const motion: Step = {
  title: 'Motion before each camera is seen in VMS Local',
  async run(story) {
    const feed = await openFeed(story);
    const delays: number[] = [];
    try {
      const { body } = await story.gateway.get(gatewayApi(story, '/cameras'));
      for (const { serial, name } of story.world.cameras) {
        const { id } = (body.cameras as { serial: string; id: string }[]).find((camera) => camera.serial === serial)!;
        await story.world.quiet(name, 'motion');
        const startedAt = performance.now();
        await Promise.all([motionOf(feed, id, name), story.world.trigger(name, 'motion')]);
        delays.push(performance.now() - startedAt);
      }
    } finally {
      feed.terminate();
    }
    const median = delays.sort((a, b) => a - b)[Math.floor(delays.length / 2)] ?? 0;
    return `median ${median.toFixed(0)} ms from the trigger to the live feed`;
  },
};

const remote: Step = {
  title: 'Remote sign-in through Cloud Access asks for the code; with it VMS Local opens through the tunnel',
  async run(story) {
    const { email, password, gatewayId } = story;
    const stranger = createWebClient();
    const first = await stranger.post(cloudApi(story, '/sign-in'), { email, password });
    must(first.body.status === 'code_required', 'no code was asked for');
    expectStatus(await stranger.post(cloudApi(story, `/gateways/${gatewayId}/open`)), 401, 'opening without the code');
    const { openUrl, ticket } = expectStatus(
      await story.cloud.post(cloudApi(story, `/gateways/${gatewayId}/open`)),
      200,
      'open',
    ).body;
    const opened = await story.cloud.post(openUrl, { ticket });
    must(opened.status < 400, `the relay answered ${opened.status} ${opened.text.slice(0, 200)}`);
    const base = openUrl.replace(/_open$/, '');
    const session = expectStatus(
      await story.cloud.get(`${base}api/v1/auth/session`),
      200,
      'session through the tunnel',
    );
    must(session.body.user.remote === true, 'the session is not marked remote');
    return session.body.user.email;
  },
};

const offByMail: Step = {
  title: 'Lost phone: two-factor authentication is switched off by the mailed link and the password',
  async run(story) {
    const { email, password } = story;
    const visitor = createWebClient();
    const first = await visitor.post(cloudApi(story, '/sign-in'), { email, password });
    expectStatus(
      await visitor.post(cloudApi(story, '/sign-in/lost-device'), { challengeId: first.body.challengeId }),
      202,
      'asking for the mail',
    );
    let link: string | undefined;
    for (let tries = 0; tries < 50 && !link; tries++) {
      const { body } = await visitor.get(cloudApi(story, `/mailbox?to=${encodeURIComponent(email)}`));
      link = body?.messages
        ?.flatMap((mail: { links: string[] }) => mail.links)
        .find((url: string) => url.includes('/two-factor/off'));
      if (!link) await delay(100);
    }
    must(link, 'no mail with a link came');
    const token = new URL(link).hash.slice(1);
    expectStatus(
      await visitor.post(cloudApi(story, '/two-factor/off'), { token, password: 'not-the-password' }),
      401,
      'a wrong password',
    );
    expectStatus(
      await visitor.post(cloudApi(story, '/two-factor/off'), { token, password }),
      204,
      'the link with the password',
    );
    const { body } = await visitor.post(cloudApi(story, '/sign-in'), { email, password });
    must(body.status === 'signed_in', 'a code is still asked for');
    expectStatus(await story.cloud.get(cloudApi(story, '/session')), 401, 'the session from before');
    return undefined;
  },
};

export const steps: Step[] = [
  signUp,
  enrol,
  codeAsked,
  setUpGateway,
  bind,
  discover,
  activateAll,
  noCodeNoPairing,
  pair,
  elevationOnce,
  motion,
  remote,
  offByMail,
];
