import type { ServerResponse } from 'node:http';
import { z } from 'zod';
import { startInterval } from '../../core/runtime/clock.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { openApiNames } from '../detection.ts';
import type { SimCamera } from '../sim-camera.ts';
import { OpenApiError, openApiCode } from './codes.ts';
import { pushes, pushInterval } from './methods.ts';

const boundary = 'vigi-message';
const enhanced = '_enhance';
const eventNames = new Set(Object.values(openApiNames).map(({ event }) => event));

const params = z.object({
  event_type: z.array(z.string().max(64)).min(1).max(64),
  heartbeat: z.coerce.number().int().min(1).max(3600).default(15),
});

/** Answer `subscribeMsg`: a `multipart/mixed` without end, one JSON a part. */
export function streamMessages(camera: SimCamera, given: unknown, response: ServerResponse, deps: RuntimeDeps): void {
  const parsed = params.safeParse(given);
  if (!parsed.success) throw new OpenApiError(openApiCode.parameter);
  const { event_type, heartbeat } = parsed.data;
  const wanted = new Set(event_type);
  for (const name of wanted) {
    const base = name.replace(enhanced, '');
    const known = name === 'all' || eventNames.has(base);
    // The enhanced form of an event is only told beside its plain one.
    if (!known || (name.endsWith(enhanced) && !wanted.has(base) && !wanted.has('all')))
      throw new OpenApiError(openApiCode.parameter);
  }
  const hears = (event: string) => wanted.has('all') || wanted.has(event);
  response.writeHead(200, { 'content-type': `multipart/mixed; boundary=${boundary}`, 'cache-control': 'no-store' });
  // The door's idle limit is for clients that say nothing; here it is we who talk.
  response.socket?.setTimeout(0);
  const send = (body: object) => {
    const text = JSON.stringify(body);
    response.write(
      `--${boundary}\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}\r\n`,
    );
  };
  const tell = (kind: string) => {
    const event = openApiNames[kind]?.event;
    if (event === undefined || !hears(event) || !pushes(camera, kind)) return false;
    send({ event_type: event, time: Math.floor(camera.clock.now() / 1000) });
    return true;
  };

  const repeats = new Map<string, Disposable>();
  const hush = (kind: string) => {
    repeats.get(kind)?.[Symbol.dispose]();
    repeats.delete(kind);
  };
  const begin = (kind: string) => {
    if (tell(kind))
      repeats.set(
        kind,
        startInterval(deps.clock, pushInterval.read(camera) * 1000, () => tell(kind)),
      );
  };
  const beats = startInterval(deps.clock, heartbeat * 1000, () => send({ Heartbeat: String(heartbeat * 2) }));
  const watching = camera.watch((kind, active) => {
    hush(kind);
    if (active) begin(kind);
  });
  for (const kind of camera.active) begin(kind);
  response.once('close', () => {
    beats[Symbol.dispose]();
    watching[Symbol.dispose]();
    for (const kind of [...repeats.keys()]) hush(kind);
  });
  response.flushHeaders();
}
