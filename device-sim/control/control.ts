import { timingSafeEqual } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { z } from 'zod';
import { formatProblem, problemType } from '../../core/http/problem.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { listen } from '../../core/runtime/listen.ts';
import { alarmServerSettings, setAlarmServer } from '../alarm-server/settings.ts';
import { setDetection } from '../detection.ts';
import { errorStatus, SimError } from '../errors.ts';
import { faultSpec } from '../faults/fault.ts';
import { describeFault } from '../faults/fault-book.ts';
import type { FleetCamera } from '../fleet-camera.ts';
import { setOpenApi } from '../open-api/switch.ts';
import { maxBodyBytes, readBody } from '../read-body.ts';
import { stateOf } from '../ready.ts';

/** Where a test suite of any language handles the fleet (DESIGN §3, door 13). */
export interface Control {
  url: string;
  token: string;
}

/** What the control API needs of the fleet. */
export interface ControlledFleet {
  readonly cameras: readonly FleetCamera[];
  camera(name: string): FleetCamera;
}

const triggerBody = z.union([
  z.strictObject({ kind: z.string().max(40), active: z.boolean() }),
  z.strictObject({ kind: z.string().max(40), durationMs: z.number().int().min(1).max(86_400_000).optional() }),
]);
const powerCutBody = z.strictObject({ offMs: z.number().int().min(0).max(86_400_000).optional() });
const networkBody = z.strictObject({ connected: z.boolean() });
const clockBody = z.strictObject({ offsetMs: z.number().int().min(-3_153_600_000_000).max(3_153_600_000_000) });
const detectionBody = z.strictObject({
  kind: z.string().max(40),
  enabled: z.boolean().optional(),
  sensitivity: z.number().int().min(0).max(100).optional(),
});
const enabledBody = z.strictObject({ enabled: z.boolean() });
const clearFaultsBody = z.strictObject({ id: z.number().int().optional() });
const alarmServerBody = z.strictObject({ server: alarmServerSettings.nullable() });
const driftBody = z.strictObject({ ppm: z.number().int().min(-100_000).max(100_000) });
const emptyBody = z.strictObject({});

type Work = (one: FleetCamera, body: unknown, query: URLSearchParams) => Promise<object> | object;

/** `POST …/cameras/:name/<verb>` */
const verbs: Record<string, Work> = {
  trigger(one, given) {
    const { kind, ...how } = take(triggerBody, given);
    one.trigger(kind, 'active' in how ? how : how.durationMs === undefined ? {} : { durationMs: how.durationMs });
    return summary(one);
  },
  async 'power-cut'(one, given) {
    await one.powerCut(take(powerCutBody, given).offMs);
    return summary(one);
  },
  async reboot(one, given) {
    take(emptyBody, given);
    await one.reboot();
    return summary(one);
  },
  network(one, given) {
    one.network(take(networkBody, given).connected);
    return summary(one);
  },
  clock(one, given) {
    one.camera.state.clockOffsetMs = take(clockBody, given).offsetMs;
    one.camera.save();
    return summary(one);
  },
  'alarm-server'(one, given) {
    const { server } = take(alarmServerBody, given);
    setAlarmServer(one.camera, server ?? undefined);
    one.camera.save();
    return summary(one);
  },
  fault(one, given) {
    return { fault: describeFault(one.faults.add(take(faultSpec, given))) };
  },
  drift(one, given) {
    one.drift(take(driftBody, given).ppm);
    return summary(one);
  },
  'lose-subscriptions'(one, given) {
    take(emptyBody, given);
    one.loseSubscriptions();
    return summary(one);
  },
  'clear-faults'(one, given) {
    const { id } = take(clearFaultsBody, given);
    if (id === undefined) one.faults.clear();
    else if (!one.faults.remove(id)) throw new SimError('not_found', `${one.name} has no fault ${id}`);
    return { faults: one.faults.list().map(describeFault) };
  },
  'open-api'(one, given) {
    const { enabled } = take(enabledBody, given);
    if (!one.camera.profile.openApi) throw new SimError('not_offered', `${one.name} has no OpenAPI`);
    setOpenApi(one.camera, enabled);
    one.camera.save();
    return summary(one);
  },
  detection(one, given) {
    const { kind, ...change } = take(detectionBody, given);
    if (!one.camera.kinds.includes(kind)) throw new SimError('kind_unknown', `${one.name} sees no "${kind}"`);
    setDetection(one.camera.state, kind, change);
    one.camera.save();
    return summary(one);
  },
};

/** `GET …/cameras/:name/<view>` */
const views: Record<string, Work> = {
  faults: (one) => ({ faults: one.faults.list().map(describeFault) }),
  received(one, _body, query) {
    return { received: one.received(query.get('what') ?? undefined) };
  },
  state(one) {
    const { camera } = one;
    const { users, pairing, eventBrokers, extra: _behaviours, ...plain } = camera.state;
    return {
      ...summary(one),
      ...plain,
      users: users.map(({ username, level }) => ({ username, level })),
      pairing: pairing && {
        gatewayId: pairing.gatewayId,
        gatewayHost: pairing.gatewayHost,
        expiresAt: pairing.expiresAt,
      },
      eventBrokers: eventBrokers.map(({ password: _secret, ...broker }) => ({
        ...broker,
        status: camera.eventBrokerStatus(broker.address),
      })),
      properties: camera.events.properties(),
    };
  },
};

const summary = (one: FleetCamera) => ({
  name: one.name,
  model: one.camera.profile.model,
  serial: one.camera.identity.serial,
  state: stateOf(one.camera),
  powered: one.powered,
  connected: one.connected,
  linked: one.linked,
  connections: one.connections,
  viewers: one.viewers,
  bootCount: one.camera.state.bootCount,
  kinds: one.camera.kinds,
  active: [...one.camera.active],
});

const path = /^\/control\/v1\/cameras(?:\/([a-z0-9-]{1,40})(?:\/([a-z-]{1,40}))?)?$/;

/** Listens on the loopback interface only, on any free port, for whoever has the token. */
export async function startControl(fleet: ControlledFleet, deps: RuntimeDeps): Promise<Control & AsyncDisposable> {
  const token = deps.random.bytes(24).toString('base64url');
  const wanted = Buffer.from(`Bearer ${token}`);

  const answer = async (request: IncomingMessage): Promise<object> => {
    const given = Buffer.from(request.headers.authorization ?? '');
    if (given.length !== wanted.length || !timingSafeEqual(given, wanted))
      throw new SimError('not_authorized', 'send the token that was printed at the start as "Authorization: Bearer …"');
    const url = new URL(request.url ?? '/', 'http://control');
    const [whole, name, word] = path.exec(url.pathname) ?? [];
    if (!whole) throw new SimError('not_found', `there is nothing at ${url.pathname}`);
    if (name === undefined) {
      only(request, 'GET');
      return { cameras: fleet.cameras.map(summary) };
    }
    const one = fleet.camera(name);
    if (word === undefined) {
      only(request, 'GET');
      return summary(one);
    }
    const verb = Object.hasOwn(verbs, word) ? verbs[word] : undefined;
    const view = Object.hasOwn(views, word) ? views[word] : undefined;
    if (view) {
      only(request, 'GET');
      return view(one, undefined, url.searchParams);
    }
    if (!verb) throw new SimError('not_found', `there is nothing at ${url.pathname}`);
    only(request, 'POST');
    return verb(one, await jsonBody(request), url.searchParams);
  };

  const server = createServer((request, response) => {
    answer(request).then(
      (body) => send(response, 200, 'application/json', body),
      (error: unknown) => {
        if (error instanceof SimError) {
          const status = errorStatus[error.code];
          if (status === 401) response.setHeader('www-authenticate', 'Bearer');
          send(response, status, problemType, formatProblem(status, error.code, error.message, error.details));
        } else {
          deps.log.error({ reason: (error as Error).stack }, 'the control API failed');
          send(response, 500, problemType, formatProblem(500, 'internal', 'the control API failed'));
        }
      },
    );
  });
  const listening = await listen(server, 0, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${listening.port}/control/v1`,
    token,
    [Symbol.asyncDispose]: () => listening[Symbol.asyncDispose](),
  };
}

function only(request: IncomingMessage, method: string) {
  if (request.method !== method) throw new SimError('method_not_allowed', `use ${method} here`, { allow: [method] });
}

async function jsonBody(request: IncomingMessage): Promise<unknown> {
  const text = await readBody(request);
  if (text === undefined) throw new SimError('body_too_large', `at most ${maxBodyBytes} bytes`);
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new SimError('body_invalid', 'the body is no JSON');
  }
}

function take<T>(schema: z.ZodType<T>, given: unknown): T {
  const parsed = schema.safeParse(given);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new SimError('body_invalid', `${issue?.path.join('.') || 'the body'}: ${issue?.message ?? 'not valid'}`);
}

function send(response: ServerResponse, status: number, type: string, body: object) {
  const text = JSON.stringify(body);
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(status === 413 ? { connection: 'close' } : {}),
  });
  response.end(text);
}
