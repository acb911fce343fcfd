import { startTimer } from '../../core/runtime/clock.ts';
import type { Listening } from '../../core/runtime/listen.ts';
import type { OnvifContext } from './behavior.ts';
import { notificationFault, resourceUnknown } from './event-faults.ts';
import { Subscription, type Wanted } from './subscription.ts';

/** How long a closed door lets an answer out. */
const lastAnswerMs = 1000;

/** Notification producers (base notification) a camera serves at once. */
export const maxNotifiers = 4;

/** All subscriptions of one camera. */
export interface Subscriptions extends AsyncDisposable {
  open(kind: 'pull' | 'notify', wanted: Wanted, expiresAt: number, base: string): Promise<Subscription>;
  /** The one a request is for: by its path, or by the address it names. Throws ResourceUnknownFault. */
  find(path: string, to?: string): Subscription;
  /** Queue every property anew (Core §9.6). */
  synchronize(subscription: Subscription): void;
  /** End them all without a word, as cameras do that forget. */
  loseAll(): void;
  readonly count: number;
  /** Requests that wait for a message now. */
  readonly parked: number;
}

export function createSubscriptions(context: OnvifContext): Subscriptions {
  const { camera, deps } = context;
  const byPath = new Map<string, Subscription>();
  const doors = new Map<Subscription, Listening>();
  const closing = new Map<Listening, Disposable>();
  let hearing: Disposable | undefined;
  let number = 0;
  let over = false;

  const ofKind = (kind: Subscription['kind']) => [...byPath.values()].filter((one) => one.kind === kind);

  function forget(subscription: Subscription) {
    byPath.delete(subscription.path);
    const door = doors.get(subscription);
    doors.delete(subscription);
    if (door) closeSoon(door);
    if (byPath.size === 0) {
      hearing?.[Symbol.dispose]();
      hearing = undefined;
    }
  }

  /** Who is inside hears the last answer before the door falls shut. */
  function closeSoon(door: Listening) {
    closing.set(
      door,
      startTimer(deps.clock, lastAnswerMs, () => {
        closing.delete(door);
        void door[Symbol.asyncDispose]();
      }),
    );
  }

  function makeRoom(kind: Subscription['kind']) {
    const limit = kind === 'pull' ? camera.profile.maxPullPoints : maxNotifiers;
    const present = ofKind(kind);
    if (present.length < limit) return;
    if (!camera.quirk('slots-push-out')) {
      throw notificationFault(camera, 'SubscribeCreationFailedFault', `all ${limit} subscriptions are in use`);
    }
    present[0]!.end();
  }

  /** Others may have subscribed, or the camera may have gone down, while the port was opened. */
  async function settleDoor(door: Listening, kind: Subscription['kind']) {
    try {
      if (over) throw resourceUnknown(camera);
      makeRoom(kind);
    } catch (error) {
      await door[Symbol.asyncDispose]();
      throw error;
    }
  }

  return {
    get count() {
      return byPath.size;
    },

    get parked() {
      return [...byPath.values()].filter((one) => one.parked && one.kind === 'pull').length;
    },

    async open(kind, wanted, expiresAt, base) {
      makeRoom(kind);
      number += 1;
      let path = `/onvif/event/${camera.state.bootCount}-${number}`;
      let address = `${base}${path}`;
      let door: Listening | undefined;
      if (kind === 'pull' && camera.quirk('subscription-ports') && !camera.quirk('dead-subscription-port')) {
        door = await context.openDoor();
        await settleDoor(door, kind);
        const { port } = door;
        path = `/event-${port}_${port}`;
        address = `${base.replace(/:\d+$/, '')}:${port}${path}`;
      }
      if (camera.quirk('dead-subscription-port')) {
        // A port that was ours a moment ago: whoever asks there is refused.
        const gone = await context.openDoor();
        await gone[Symbol.asyncDispose]();
        address = `${base.replace(/:\d+$/, '')}:${gone.port}${path}`;
      }
      const heard = kind === 'pull' && camera.quirk('silent-pull-point') ? nothing(wanted) : wanted;
      const subscription = new Subscription(path, address, kind, heard, expiresAt, deps.clock, forget);
      byPath.set(path, subscription);
      if (door) doors.set(subscription, door);
      hearing ??= camera.events.subscribe((event) => {
        for (const one of byPath.values()) one.add(event);
      });
      for (const property of camera.events.properties()) subscription.add(property);
      return subscription;
    },

    find(path, to) {
      const found = byPath.get(path.split('?')[0]!) ?? (to === undefined ? undefined : byPath.get(pathOf(to)));
      if (!found) throw resourceUnknown(camera);
      return found;
    },

    synchronize(subscription) {
      for (const property of camera.events.properties()) subscription.add(property);
    },

    loseAll() {
      for (const subscription of [...byPath.values()]) subscription.end();
    },

    async [Symbol.asyncDispose]() {
      over = true;
      for (const subscription of [...byPath.values()]) subscription.end();
      const last = [...closing];
      closing.clear();
      for (const [, timer] of last) timer[Symbol.dispose]();
      await Promise.all(last.map(([door]) => door[Symbol.asyncDispose]()));
    },
  };
}

const nothing = (wanted: Wanted): Wanted => ({ ...wanted, contents: [() => false] });

function pathOf(address: string): string {
  try {
    return new URL(address).pathname;
  } catch {
    return address;
  }
}
