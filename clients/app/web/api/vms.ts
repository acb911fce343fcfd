import { problemCall, problemOf, Refusal, tokenRanOut, withToken } from './cloud.ts';

export interface Camera {
  id: string;
  name: string;
  model: string | null;
  serial: string | null;
  state: string;
  stateDetail: string | null;
}

export interface CameraEvent {
  id: number;
  cameraId: string;
  cameraName: string;
  kind: string;
  active: boolean | null;
  occurredAt: string;
}

const opening = new Map<string, Promise<void>>();
/** How often each VMS Local was opened: who was refused before the last time only has to ask again. */
const openings = new Map<string, number>();

/** Open a VMS Local through the cloud: its session stays with the App's server, never in this page. */
export function openVms(gatewayId: string): Promise<void> {
  const running = opening.get(gatewayId);
  if (running) return running;
  const work = withToken((token) => problemCall(`/vms/${gatewayId}/open`, {}, token) as Promise<void>, tokenRanOut)
    .then(() => void openings.set(gatewayId, (openings.get(gatewayId) ?? 0) + 1))
    .finally(() => opening.delete(gatewayId));
  opening.set(gatewayId, work);
  return work;
}

export const closeVms = (gatewayId: string) => problemCall(`/vms/${gatewayId}/close`, {}).catch(() => undefined);

const notOpen = new Set(['vms_not_open', 'relay_session_required', 'sign_in_required']);

/** One request to a VMS Local; opened (again) where it is not. */
export async function vmsFetch(gatewayId: string, path: string, init: RequestInit = {}): Promise<Response> {
  const once = async () => {
    let response: Response;
    try {
      response = await fetch(`/vms/${gatewayId}${path}`, init);
    } catch (error) {
      if (init.signal?.aborted) throw error;
      throw new Refusal('unreachable', 'No connection. Check the network and try again.');
    }
    if (response.ok) return response;
    throw problemOf(await response.text(), response.status);
  };
  const before = openings.get(gatewayId);
  try {
    return await once();
  } catch (error) {
    if (!(error instanceof Refusal) || !notOpen.has(error.code)) throw error;
    // A second session would take the place of the first, and a feed's ticket of that one would open nothing.
    if (openings.get(gatewayId) === before) await openVms(gatewayId);
    return once();
  }
}

export const vmsGet = async <T>(gatewayId: string, path: string): Promise<T> =>
  (await vmsFetch(gatewayId, path)).json() as Promise<T>;

export async function vmsPost<T>(gatewayId: string, path: string, body: object): Promise<T> {
  const response = await vmsFetch(gatewayId, path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  const text = await response.text();
  return (text === '' ? undefined : JSON.parse(text)) as T;
}

interface FeedMessage {
  type: string;
  event?: CameraEvent;
  camera?: Camera;
  id?: string;
}

/** The live feed of one VMS Local until the signal fires; comes back by itself with growing pauses. */
export async function follow(
  gatewayId: string,
  onMessage: (message: FeedMessage) => void,
  onLive: (live: boolean) => void,
  signal: AbortSignal,
): Promise<void> {
  let waitMs = 500;
  let last: number | undefined;
  while (!signal.aborted) {
    try {
      const { ticket } = await vmsPost<{ ticket: string }>(gatewayId, '/api/v1/feed/ticket', {});
      // Left while the ticket was on its way: a socket now would have nobody to close it.
      if (signal.aborted) return;
      await new Promise<void>((resolve) => {
        const url = `${location.origin.replace(/^http/, 'ws')}/vms/${gatewayId}/api/v1/feed`;
        const socket = new WebSocket(url, ['vigil.feed.v1', `ticket.${ticket}`]);
        const leave = () => socket.close();
        signal.addEventListener('abort', leave, { once: true });
        socket.onmessage = ({ data }) => {
          const message = JSON.parse(String(data)) as FeedMessage & { lastEventId?: number };
          if (message.type === 'hello') {
            waitMs = 500;
            onLive(true);
            if (last !== undefined) socket.send(JSON.stringify({ type: 'resume', after: last }));
            else last = message.lastEventId ?? 0;
          }
          if (message.event) {
            if (last !== undefined && message.event.id <= last) return;
            last = message.event.id;
          }
          onMessage(message);
        };
        socket.onclose = () => {
          signal.removeEventListener('abort', leave);
          onLive(false);
          resolve();
        };
      });
    } catch (error) {
      if (error instanceof Refusal && error.code === 'session_over') return;
    }
    if (signal.aborted) return;
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    waitMs = Math.min(waitMs * 2, 15_000);
  }
}
