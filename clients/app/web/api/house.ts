import { useSyncExternalStore } from 'react';
import { type Gateway, listGateways, Refusal } from './cloud.ts';
import { tell } from './notify.ts';
import { sessionStore } from './session.ts';
import { type Camera, type CameraEvent, closeVms, follow, vmsGet } from './vms.ts';

/** One VMS Local as the App shows it. */
export interface Place extends Gateway {
  cameras: Camera[];
  live: boolean;
  /** Why it cannot be opened now. */
  problem?: string;
}

export interface PlacedEvent extends CameraEvent {
  gatewayId: string;
  place: string;
}

export interface House {
  places: Place[];
  events: PlacedEvent[];
  loading: boolean;
  problem?: string;
}

const empty: House = { places: [], events: [], loading: true, problem: undefined };
const mostEvents = 300;
let house = empty;
let stop = new AbortController();
let running = false;
const listeners = new Set<() => void>();

function change(patch: Partial<House>) {
  house = { ...house, ...patch };
  for (const listener of listeners) listener();
}
const changePlace = (id: string, patch: Partial<Place> | ((place: Place) => Partial<Place>)) =>
  change({
    places: house.places.map((place) =>
      place.id === id ? { ...place, ...(typeof patch === 'function' ? patch(place) : patch) } : place,
    ),
  });

const byName = (a: { name: string }, b: { name: string }) => a.name.localeCompare(b.name, undefined, { numeric: true });

function take(place: Place, events: CameraEvent[]) {
  const known = new Set(house.events.map(({ gatewayId, id }) => `${gatewayId} ${id}`));
  const fresh = events
    .filter(({ id }) => !known.has(`${place.id} ${id}`))
    .map((event) => ({ ...event, gatewayId: place.id, place: place.name }));
  const all = [...house.events, ...fresh].sort((a, b) => b.occurredAt.localeCompare(a.occurredAt) || b.id - a.id);
  change({ events: all.slice(0, mostEvents) });
}

async function openPlace(place: Place, signal: AbortSignal) {
  try {
    const { cameras } = await vmsGet<{ cameras: Camera[] }>(place.id, '/api/v1/cameras');
    changePlace(place.id, { cameras: cameras.sort(byName), problem: undefined });
    const { events } = await vmsGet<{ events: CameraEvent[] }>(place.id, '/api/v1/events?limit=50').catch(() => ({
      events: [],
    }));
    take(place, events);
  } catch (error) {
    changePlace(place.id, { problem: (error as Error).message });
    return;
  }
  void follow(
    place.id,
    ({ event, camera, type, id }) => {
      if (event) {
        take(place, [event]);
        tell(place.name, event);
      }
      if (camera)
        changePlace(place.id, ({ cameras }) => ({
          cameras: [...cameras.filter((one) => one.id !== camera.id), camera].sort(byName),
        }));
      if (type === 'camera-removed')
        changePlace(place.id, ({ cameras }) => ({ cameras: cameras.filter((one) => one.id !== id) }));
    },
    (live) => changePlace(place.id, { live }),
    signal,
  );
}

/** Load everything the account may see, and listen from now on. */
export async function startHouse(): Promise<void> {
  if (running) return;
  running = true;
  stop.abort();
  stop = new AbortController();
  const { signal } = stop;
  change({ ...empty });
  try {
    const gateways = await listGateways();
    if (signal.aborted) return;
    change({ places: gateways.sort(byName).map((one) => ({ ...one, cameras: [], live: false })), loading: false });
    await Promise.all(house.places.filter(({ online }) => online).map((place) => openPlace(place, signal)));
  } catch (error) {
    change({ loading: false, problem: error instanceof Refusal ? error.message : 'Something went wrong.' });
  }
}

export async function reloadHouse(): Promise<void> {
  running = false;
  await startHouse();
}

/** Leave every VMS Local and forget what was seen. */
export async function leaveHouse(): Promise<void> {
  stop.abort();
  running = false;
  const { places } = house;
  change({ ...empty });
  await Promise.all(places.map(({ id }) => closeVms(id)));
}

// Signed out in another window, or the session ended: nothing of it stays on the screen.
sessionStore.subscribe(() => {
  if (!sessionStore.get() && running) void leaveHouse();
});

const subscribe = (listener: () => void) => {
  listeners.add(listener);
  return () => void listeners.delete(listener);
};
export const useHouse = () => useSyncExternalStore(subscribe, () => house);
