import type { IncomingHttpHeaders } from 'node:http';
import { WebSocket } from 'ws';
import { UsageError } from '../../core/runtime/settings.ts';
import { ProblemError } from './http.ts';
import { type Ask, lookup, readBytes, readJson, send } from './request.ts';

/** A camera as a VMS Local lists it. */
export interface VmsCamera {
  id: string;
  name: string;
  model: string | null;
  serial: string | null;
  mac: string | null;
  firmware: string | null;
  address: { host: string; port: number };
  state: string;
  stateDetail: string | null;
}

export interface VmsEvent {
  id: number;
  cameraId: string;
  cameraName: string;
  kind: string;
  active: boolean | null;
  occurredAt: string;
}

export interface EventSearch {
  limit: number;
  camera?: string;
  kind?: string;
}

export interface Move {
  pan?: number;
  tilt?: number;
  zoom?: number;
  seconds?: number;
}

/** One VMS Local as somebody who is signed in there; dispose it to sign out. */
export interface Vms extends AsyncDisposable {
  readonly name: string;
  cameras(): Promise<VmsCamera[]>;
  events(search: EventSearch): Promise<VmsEvent[]>;
  /** Events as they happen, those after `after` first where it is given. Settles when the connection ends, with why. */
  follow(
    options: { after?: number; onHello?(newestId: number): void; signal: AbortSignal },
    onEvent: (event: VmsEvent) => void,
  ): Promise<'gone' | 'session-ended'>;
  snapshot(cameraId: string): Promise<Buffer>;
  /** Take a camera out of the list; a paired one is unpaired. For administrators. */
  remove(cameraId: string): Promise<void>;
  /** Live video until the signal fires. */
  live(
    cameraId: string,
    options: { stream: 'main' | 'sub'; format: 'mp4' | 'h264'; signal: AbortSignal },
  ): Promise<AsyncIterable<Buffer>>;
  presets(cameraId: string): Promise<{ token: string; name: string }[]>;
  move(cameraId: string, move: Move): Promise<void>;
  stop(cameraId: string): Promise<void>;
  goTo(cameraId: string, preset: string): Promise<void>;
}

const largestPictureBytes = 16 << 20;
const signOutWithinMs = 2_000;

/** `name=value` of each cookie an answer sets. */
export const cookiesOf = (headers: IncomingHttpHeaders): string =>
  (headers['set-cookie'] ?? []).map((line) => line.split(';')[0]).join('; ');

/** `base` is everything before `/api/v1`; `cookie` carries the session there. */
export function createVms({ name, base, cookie }: { name: string; base: string; cookie: string }): Vms {
  const what = `VMS Local "${name}"`;
  const root = base.replace(/\/+$/, '');
  const ask = (path: string, more: Partial<Ask> = {}) =>
    send(`${root}/api/v1${path}`, { what, ...more, headers: { cookie, ...more.headers } });
  const json = async <T>(path: string, more: Partial<Ask> = {}) => (await readJson(await ask(path, more), what)) as T;
  const camera = (id: string) => `/cameras/${encodeURIComponent(id)}`;

  return {
    name,
    cameras: async () => (await json<{ cameras: VmsCamera[] }>('/cameras')).cameras,
    async events(search) {
      const query = new URLSearchParams(Object.entries(search).map(([key, value]) => [key, String(value)]));
      return (await json<{ events: VmsEvent[] }>(`/events?${query}`)).events;
    },

    async follow({ after, onHello, signal }, onEvent) {
      const { ticket } = await json<{ ticket: string }>('/feed/ticket', { method: 'POST', json: {}, signal });
      const socket = new WebSocket(
        `${root.replace(/^http/, 'ws')}/api/v1/feed`,
        ['vigil.feed.v1', `ticket.${ticket}`],
        { headers: { cookie }, lookup, handshakeTimeout: 15_000, maxPayload: 1 << 20 },
      );
      return new Promise((resolve) => {
        let ended = false;
        const leave = () => socket.terminate();
        signal.addEventListener('abort', leave, { once: true });
        if (signal.aborted) leave();
        socket.on('error', () => undefined);
        socket.on('message', (data) => {
          let message: { type?: string; event?: VmsEvent; lastEventId?: number };
          try {
            message = JSON.parse(String(data)) as typeof message;
          } catch {
            return socket.terminate();
          }
          if (message.type === 'hello') {
            onHello?.(message.lastEventId ?? 0);
            if (after !== undefined) socket.send(JSON.stringify({ type: 'resume', after }));
          }
          if (message.type === 'event' && message.event) onEvent(message.event);
          if (message.type === 'session-ended') ended = true;
        });
        socket.on('close', () => {
          signal.removeEventListener('abort', leave);
          resolve(ended ? 'session-ended' : 'gone');
        });
      });
    },

    remove: async (cameraId) => json(camera(cameraId), { method: 'DELETE' }),

    async snapshot(cameraId) {
      const answered = await ask(`${camera(cameraId)}/snapshot`, {
        headers: { accept: 'image/jpeg, application/json' },
      });
      if (answered.status >= 300) await readJson(answered, what);
      const picture = await readBytes(answered, largestPictureBytes, what);
      if (picture[0] !== 0xff || picture[1] !== 0xd8) throw new UsageError(`${what} sent something that is no picture`);
      return picture;
    },

    async live(cameraId, { stream, format, signal }) {
      const answered = await ask(`${camera(cameraId)}/live?stream=${stream}&format=${format}`, { signal });
      if (answered.status >= 300) await readJson(answered, what);
      return answered.body;
    },

    presets: async (cameraId) =>
      (await json<{ presets: { token: string; name: string }[] }>(`${camera(cameraId)}/ptz`)).presets,
    move: async (cameraId, move) => json(`${camera(cameraId)}/ptz/move`, { method: 'POST', json: move }),
    stop: async (cameraId) => json(`${camera(cameraId)}/ptz/stop`, { method: 'POST', json: {} }),
    goTo: async (cameraId, preset) => json(`${camera(cameraId)}/ptz/goto`, { method: 'POST', json: { preset } }),

    async [Symbol.asyncDispose]() {
      // The session would end by itself; saying so spares the owner a row in the list.
      await ask('/auth/sign-out', { method: 'POST', json: {}, withinMs: signOutWithinMs }).then(
        ({ body }) => body.resume(),
        () => undefined,
      );
    },
  };
}

/** Sign in at a VMS Local with a local account. Throws UsageError in plain words when refused. */
export async function openLocally(url: string, account: { username: string; password: string }): Promise<Vms> {
  const what = 'VMS Local';
  const root = url.replace(/\/+$/, '');
  const { name } = (await readJson(await send(`${root}/api/v1/status`, { what }), what)) as { name: string };
  const answered = await send(`${root}/api/v1/auth/sign-in`, { what, method: 'POST', json: account });
  try {
    await readJson(answered, what);
  } catch (error) {
    if (!(error instanceof ProblemError)) throw error;
    if (error.code === 'wrong_credentials')
      throw new UsageError(`${name} does not know this user name and password; a TP-Link ID is no local account`);
    throw new UsageError(`${name}: ${error.message}`);
  }
  return createVms({ name, base: root, cookie: cookiesOf(answered.headers) });
}
