import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { formatProblem, problemType } from '../../core/http/problem.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { errorStatus, SimError } from '../errors.ts';
import { faultGrammar } from '../faults/fault.ts';
import { labelOf } from '../label.ts';
import { maxBodyBytes, readBody } from '../read-body.ts';
import type { ControlledFleet } from './controlled-fleet.ts';
import type { Guard } from './guard.ts';
import { health } from './health.ts';
import { playScenario } from './scenarios.ts';
import { summary } from './summary.ts';
import { verbs } from './verbs.ts';
import { type View, views } from './views.ts';

export const controlPath = '/control/v1';

const cameraPath = /^\/cameras(?:\/([a-z0-9-]{1,40})(?:\/([a-z-]{1,40})(?:\/([\w-]{1,40}))?)?)?$/;
const scenarioPath = /^\/scenarios(?:\/(\d{1,9}))?$/;

/** The control API (DESIGN §3, door 13) behind whatever listens: the control port, the fleet console. */
export function createControlApi(fleet: ControlledFleet, guard: Guard, deps: Pick<RuntimeDeps, 'log'>) {
  async function answer(request: IncomingMessage): Promise<View> {
    guard(request);
    const url = new URL(request.url ?? '/', 'http://control');
    const path = url.pathname.startsWith(`${controlPath}/`) ? url.pathname.slice(controlPath.length) : '';
    const nothing = () => new SimError('not_found', `there is nothing at ${url.pathname}`);

    const [scenarios, run] = scenarioPath.exec(path) ?? [];
    if (scenarios !== undefined) return scenarioAnswer(request, run, nothing);
    if (path === '/health') {
      only(request, 'GET');
      return health(fleet);
    }
    if (path === '/labels') {
      only(request, 'GET');
      return { labels: fleet.cameras.map(({ camera }) => labelOf(camera)) };
    }
    if (path === '/fault-grammar') {
      only(request, 'GET');
      return faultGrammar();
    }
    const [cameras, name, word, rest] = cameraPath.exec(path) ?? [];
    if (cameras === undefined) throw nothing();
    if (name === undefined) {
      only(request, 'GET');
      return { cameras: fleet.cameras.map(summary) };
    }
    const one = fleet.camera(name);
    if (word === undefined) {
      only(request, 'GET');
      return summary(one);
    }
    // `ptz` is both: what it is asked by, and what it is told by.
    const wantsView = request.method === 'GET' || !Object.hasOwn(verbs, word);
    const view = wantsView && Object.hasOwn(views, word) ? views[word] : undefined;
    if (view && (rest === undefined || word === 'received')) {
      only(request, 'GET');
      return view(one, url.searchParams, rest);
    }
    const verb = rest === undefined && Object.hasOwn(verbs, word) ? verbs[word] : undefined;
    if (!verb) throw nothing();
    only(request, 'POST');
    return verb(one, await jsonBody(request), fleet);
  }

  async function scenarioAnswer(request: IncomingMessage, run: string | undefined, nothing: () => SimError) {
    if (run === undefined) {
      only(request, 'GET', 'POST');
      return request.method === 'GET'
        ? { scenarios: fleet.scenarios.list() }
        : playScenario(fleet, await scenarioBody(request));
    }
    only(request, 'DELETE');
    if (!fleet.scenarios.stop(Number(run))) throw nothing();
    return { scenarios: fleet.scenarios.list() };
  }

  return (request: IncomingMessage, response: ServerResponse): void => {
    answer(request).then(
      (view) => send(request, response, view),
      (error: unknown) => {
        if (error instanceof SimError) {
          const status = errorStatus[error.code];
          if (status === 401) response.setHeader('www-authenticate', 'Bearer');
          sendProblem(response, formatProblem(status, error.code, error.message, error.details));
        } else {
          deps.log.error({ reason: (error as Error).stack }, 'the control API failed');
          sendProblem(response, formatProblem(500, 'internal', 'the control API failed'));
        }
      },
    );
  };
}

function only(request: IncomingMessage, ...methods: string[]) {
  if (!methods.includes(request.method ?? ''))
    throw new SimError('method_not_allowed', `use ${methods.join(' or ')} here`, { allow: methods });
}

async function textBody(request: IncomingMessage): Promise<string> {
  const text = await readBody(request);
  if (text === undefined) throw new SimError('body_too_large', `at most ${maxBodyBytes} bytes`);
  return text;
}

/** JSON with the YAML inside, or the file as it is. */
const scenarioBody = async (request: IncomingMessage): Promise<unknown> =>
  /\byaml\b/i.test(request.headers['content-type'] ?? '') ? { yaml: await textBody(request) } : jsonBody(request);

async function jsonBody(request: IncomingMessage): Promise<unknown> {
  const text = await textBody(request);
  if (text.trim() === '') return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new SimError('body_invalid', 'the body is no JSON');
  }
}

function send(request: IncomingMessage, response: ServerResponse, view: View) {
  const [type, bytes] =
    'bytes' in view && view.bytes instanceof Buffer
      ? [String((view as { type: string }).type), view.bytes]
      : ['application/json', Buffer.from(JSON.stringify(view))];
  const headers: Record<string, string | number> = { 'content-type': type, 'cache-control': 'no-store' };
  // Whoever watches a large fleet asks again and again, and most of the time nothing changed.
  if (request.method === 'GET' && type === 'application/json') {
    const tag = `"${createHash('sha1').update(bytes).digest('base64url')}"`;
    headers['etag'] = tag;
    headers['cache-control'] = 'no-cache';
    if (request.headers['if-none-match'] === tag) {
      response.writeHead(304, headers).end();
      return;
    }
  }
  response.writeHead(200, { ...headers, 'content-length': bytes.length });
  response.end(bytes);
}

function sendProblem(response: ServerResponse, problem: ReturnType<typeof formatProblem>) {
  const text = JSON.stringify(problem);
  response.writeHead(problem.status, {
    'content-type': problemType,
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    ...(problem.status === 413 ? { connection: 'close' } : {}),
  });
  response.end(text);
}
