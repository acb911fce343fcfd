import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { type Listening, listen } from '../../core/runtime/listen.ts';
import { disposeAll, type Owned } from '../../core/runtime/start-all.ts';
import { mustUnderstand, parseEnvelope } from '../../core/soap/envelope.ts';
import { SoapFault } from '../../core/soap/fault.ts';
import { namespaces } from '../../core/soap/namespaces.ts';
import type { XmlElement } from '../../core/soap/xml.ts';
import { createDigestAuth, type DigestAuth } from '../auth/digest.ts';
import { createTokenAuth } from '../auth/username-token.ts';
import { wayOf } from '../auth/ways.ts';
import { standardBehaviors } from '../behaviors/index.ts';
import type { Camera, CameraUser } from '../camera.ts';
import { httpMessageOf, pathOf } from '../wire/http-message.ts';
import { mayUse } from './access.ts';
import { addressFilterAllows } from './address-filter.ts';
import { Arguments } from './arguments.ts';
import { createAuthFailures } from './auth-failures.ts';
import {
  type Behavior,
  createTable,
  type OnvifContext,
  type Operation,
  type OperationTable,
  type TableEntry,
} from './behavior.ts';
import { CallInProgress, plainAddress } from './call.ts';
import { Exchange } from './exchange.ts';
import { hashingAlgorithms } from './hashing.ts';
import { refuse } from './http-answer.ts';
import { readBody, refusalOf } from './http-body.ts';
import { onvifServerOptions } from './http-limits.ts';
import { createSignIn } from './sign-in.ts';

/** The operations every camera has; built once and shared, since it holds no state. */
export const standardTable: OperationTable = createTable(standardBehaviors);

export interface OnvifOptions {
  /** Asked before the standard ones: to override an operation and keep the rest. */
  behaviors?: readonly Behavior[];
  /** Sign-in shared with the camera's other HTTP doors (snapshot); made here when absent. */
  digest?: DigestAuth;
  /** Opens one more HTTP port for `handle` (quirk `subscription-ports`); a server of our own when absent. */
  openDoor?(): Promise<Listening>;
}

/** ONVIF of one camera on `node:http`. It opens nothing; dispose it when the camera goes. */
export interface OnvifHandler extends AsyncDisposable {
  /** Is this path ours? */
  serves(path: string): boolean;
  handle(request: IncomingMessage, response: ServerResponse): void;
  /** HTTP digest by the camera's users, for other doors of the same camera. */
  readonly digest: DigestAuth;
  readonly context: OnvifContext;
}

export function createOnvifHandler(camera: Camera, deps: RuntimeDeps, options: OnvifOptions = {}): OnvifHandler {
  const behaviors = [...standardBehaviors, ...(options.behaviors ?? [])];
  const table = options.behaviors ? createTable(behaviors) : standardTable;
  const digest =
    options.digest ??
    createDigestAuth({
      realm: camera.profile.realm,
      algorithms: () => hashingAlgorithms(camera).filter((algorithm) => camera.takes(wayOf[algorithm])),
      clock: deps.clock,
      random: deps.random,
    });
  const failed = createAuthFailures(camera);
  const signIn = createSignIn(camera, digest, createTokenAuth({ clock: camera.clock }), failed);
  const made = new Map<unknown, object>();
  const owned: Owned[] = [];
  const context: OnvifContext = {
    camera,
    deps,
    table,
    openDoor: options.openDoor ?? (() => listen(createServer(onvifServerOptions, handle), 0, camera.address.host)),
    get<T extends object>(make: (context: OnvifContext) => T): T {
      let one = made.get(make) as T | undefined;
      if (one === undefined) {
        one = make(context);
        made.set(make, one);
        if (Symbol.asyncDispose in one || Symbol.dispose in one) owned.push(one as unknown as Owned);
      }
      return one;
    },
    peek: <T extends object>(make: (context: OnvifContext) => T) => made.get(make) as T | undefined,
  };

  for (const behavior of behaviors) behavior.start?.(context);

  function handle(request: IncomingMessage, response: ServerResponse) {
    const beganAt = deps.clock.now();
    const peer = plainAddress(request.socket.remoteAddress);
    if (!addressFilterAllows(camera, peer)) {
      request.socket.destroy();
      return;
    }
    const refusal = refusalOf(request);
    if (refusal) {
      camera.received(
        { protocol: 'onvif', what: `${request.method} ${pathOf(request)}`, peer, outcome: String(refusal.status) },
        () => ({ request: httpMessageOf(request) }),
      );
      refuse(request, response, refusal.status, refusal.reason);
      return;
    }
    readBody(request, (body) => {
      if ('refused' in body) {
        // Some clients (libcurl) keep their body back until they have a challenge to answer.
        const asksForChallenge = body.empty && request.headers.authorization === undefined;
        const challenges = asksForChallenge && !camera.quirk('fault-instead-of-challenge') ? digest.challenge() : [];
        const status = challenges.length > 0 ? 401 : body.refused;
        camera.received({ protocol: 'onvif', what: `POST ${pathOf(request)}`, peer, outcome: String(status) }, () => ({
          request: httpMessageOf(request),
        }));
        refuse(request, response, status, body.reason, challengeHeaders(challenges));
      } else {
        const { text, bytes } = body;
        dispatch(new Exchange(camera, request, response, peer, text, deps.clock, beganAt), text, bytes);
      }
    });
  }

  function dispatch(exchange: Exchange, text: string, bytes: Buffer) {
    try {
      const { header, body } = parseEnvelope(text);
      exchange.header = header;
      exchange.entry = table.find(body.ns, body.name);
      // A name cut out of the message would keep all of it for as long as the timeline tells of it.
      exchange.what = exchange.entry?.name ?? body.name;
      const entry = known(exchange.entry, table, camera, body);
      for (const block of header) checkUnderstood(block);
      const user = entry.access === 'PRE_AUTH' ? undefined : authorize(exchange, entry, bytes);
      if (user === 'challenged') return;
      const call = new CallInProgress(user, exchange, header, context);
      const result = entry.operation(camera, new Arguments(body, body.ns), call);
      if (result instanceof Promise) {
        result.then((content) => exchange.answer(entry, content)).catch((error: unknown) => exchange.fail(error));
      } else exchange.answer(entry, result);
    } catch (error) {
      exchange.fail(error);
    }
  }

  /** Who may go on. `challenged`: the 401 is sent. Throws the fault that needs no challenge. */
  function authorize(exchange: Exchange, { access }: TableEntry, body: Buffer): CameraUser | 'challenged' {
    const { request, peer, header } = exchange;
    const { method = 'POST', url: target = '/', headers } = request;
    const result = signIn({ authorization: headers.authorization, method, target, body, header, peer });
    if ('refused' in result) {
      if (result.refused === 'fault' || camera.quirk('fault-instead-of-challenge'))
        throw new SoapFault(['ter:NotAuthorized'], result.reason);
      const challenges = digest.challenge({ stale: result.stale === true });
      // No HTTP sign-in to be offered: a fault says it, as where only tokens are taken (Core §5.9.1).
      if (challenges.length === 0) throw new SoapFault(['ter:NotAuthorized'], result.reason);
      exchange.fail(new SoapFault(['ter:NotAuthorized'], result.reason, { status: 401 }), challengeHeaders(challenges));
      return 'challenged';
    }
    if (mayUse(result.user, access)) return result.user;
    throw new SoapFault(['ter:NotAuthorized'], `a user of level ${result.user.level} may not do this`);
  }

  return {
    serves: (path) => path.startsWith('/onvif/') || table.services.some((service) => service.path(camera) === path),
    handle,
    digest,
    context,
    [Symbol.asyncDispose]: () => disposeAll(owned),
  };
}

/** The entry of a body element that this camera has; throws the fault that says what it has not. */
function known(entry: TableEntry | undefined, table: OperationTable, camera: Camera, body: XmlElement): DoneEntry {
  if (isDone(entry) && entry.service.offered(camera)) return entry;
  if (entry) throw new SoapFault(['ter:ActionNotSupported'], `${body.name} is not implemented`);
  if (table.knowsNamespace(body.ns)) throw new SoapFault(['ter:UnknownAction'], `there is no action ${body.name}`);
  if (body.ns.startsWith('http://www.onvif.org/')) {
    throw new SoapFault(['ter:ActionNotSupported'], `there is no service ${body.ns}`);
  }
  throw new SoapFault(['ter:Namespace'], `"${body.ns}" is no namespace of a service`);
}

type DoneEntry = TableEntry & { operation: Operation };
const isDone = (entry: TableEntry | undefined): entry is DoneEntry => entry?.operation !== undefined;

const understood: ReadonlySet<string> = new Set([namespaces.wsse, namespaces.wsa, namespaces.a]);

function checkUnderstood(block: XmlElement) {
  if (understood.has(block.ns) || !mustUnderstand(block)) return;
  throw new SoapFault([], `the header ${block.name} is not understood`, { code: 'MustUnderstand' });
}

const challengeHeaders = (challenges: readonly string[]) => challenges.flatMap((one) => ['WWW-Authenticate', one]);
