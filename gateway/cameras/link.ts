import type { OnvifEvent } from '../../core/onvif/event.ts';
import { type Backoff, delays } from '../../core/runtime/backoff.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { DeviceAddress } from '../onvif/address.ts';
import type { Credentials } from '../onvif/client.ts';
import { isOnvifError, type OnvifError, type OnvifFailure } from '../onvif/errors.ts';
import { type PullPoint, runPullPoint } from '../onvif/pull-point.ts';
import { type CameraSession, openSession } from './session.ts';
import { type Standing, standingOf, type Ways } from './standing.ts';

export interface LinkOptions {
  address: DeviceAddress;
  credentials: Credentials;
  paired: boolean;
  /** The camera has refused this password before: do not ask. */
  refused: boolean;
  /** Its MQTT connection stands already. */
  mqtt: boolean;
  /** A session that was opened just now. */
  session?: CameraSession;
  onStanding(standing: Standing): void;
  onSession(session: CameraSession): void;
  onAlive(): void;
  onClock(offsetMs: number): void;
  onRefused(): void;
  onEvent(event: OnvifEvent): Promise<void>;
}

/** Keeps one camera reachable: opens ONVIF, pulls events where MQTT does not bring them, retries what may heal. */
export interface Link extends Disposable {
  readonly standing: Standing;
  /** The session that stands, for snapshots. */
  readonly session: CameraSession | undefined;
  /** A paired camera's MQTT connection came or went. */
  setMqtt(online: boolean): void;
  /** Ask the camera to say again how its properties stand. */
  synchronize(): void;
}

const reconnect: Backoff = { firstMs: 1_000, factor: 2, capMs: 60_000, jitter: 0.3 };
const resubscribe: Backoff = { firstMs: 500, factor: 3, capMs: 300_000, jitter: 0.3 };
/** A connection that stood this long was a good one: the next retries begin early again. */
const steadyMs = 30_000;
const healthEveryMs = 60_000;
/** Locked accounts are asked again after this, and only where the password was right before. */
const lockedWaitMs = 31 * 60_000;
const uninitializedWaitMs = 60_000;
/** A paired camera has this long to come back by MQTT before events are pulled instead. */
const mqttGraceMs = 15_000;

export function startLink(options: LinkOptions, deps: RuntimeDeps): Link {
  const { paired, onStanding } = options;
  const { clock, random, log } = deps;
  const stop = new AbortController();
  const ways: Ways = {
    paired,
    mqtt: options.mqtt,
    onvif: options.session ? 'up' : options.refused ? 'refused' : 'unknown',
    pull: 'off',
  };
  let session = options.session;
  let pullPoint: PullPoint | undefined;
  /** Has the present subscription answered a pull? */
  let answered = false;
  let standing = standingOf(ways);
  let mqttChanged = new AbortController();

  function change(patch: Partial<Ways>) {
    Object.assign(ways, patch);
    const next = standingOf(ways);
    const same = (Object.keys(next) as (keyof Standing)[]).every((key) => next[key] === standing[key]);
    standing = next;
    if (!same) onStanding(next);
  }

  async function run(signal: AbortSignal) {
    let waits = delays(reconnect, random);
    let accepted = options.session !== undefined;
    for (;;) {
      const since = clock.now();
      try {
        session ??= await openSession(options.address, options.credentials, deps, signal);
        accepted = true;
        options.onSession(session);
        options.onClock(session.client.clockOffsetMs ?? 0);
        options.onAlive();
        change({ onvif: 'up' });
        await hold(session, signal);
      } catch (error) {
        if (signal.aborted) return;
        if (!isOnvifError(error)) log.error({ err: error }, 'a camera link failed by our own fault');
        session = undefined;
        pullPoint = undefined;
        const failure = isOnvifError(error) ? error.failure : 'answer_invalid';
        change({ ...downBy(failure, error), pull: 'off' });
        if (failure === 'refused') {
          log.info({}, 'the camera refused the password; it is not asked again');
          options.onRefused();
          return;
        }
        if (failure === 'locked' && !accepted) return;
        if (clock.now() - since >= steadyMs) waits = delays(reconnect, random);
        await clock.sleep(waitFor(failure, waits), signal);
      }
    }
  }

  /** While ONVIF stands: pull events unless they come by MQTT. Ends only by throwing. */
  async function hold({ client }: CameraSession, signal: AbortSignal): Promise<never> {
    let waits = delays(resubscribe, random);
    for (;;) {
      const mqttChange = mqttChanged.signal;
      const either = AbortSignal.any([signal, mqttChange]);
      if (paired && ways.mqtt) {
        change({ pull: 'off' });
        await restful(clock.sleep(healthEveryMs, either), signal);
        if (!mqttChange.aborted) {
          options.onClock(await client.readClock(signal));
          options.onAlive();
        }
        continue;
      }
      if (paired && !(await restful(clock.sleep(mqttGraceMs, either), signal))) continue;
      const since = clock.now();
      try {
        await pull(client, either);
      } catch (error) {
        pullPoint = undefined;
        signal.throwIfAborted();
        if (mqttChange.aborted) continue;
        if (!(await isOnlyTheSubscription(error, client, signal))) throw error;
        const { message } = error as OnvifError;
        if (clock.now() - since >= steadyMs) waits = delays(resubscribe, random);
        const worked = answered && ways.pull === 'up';
        log.info({ reason: message }, worked ? 'the event subscription was lost' : 'no event subscription');
        // One that had worked is made anew without much ado; one that brings nothing is a state of its own.
        change(worked ? { pull: 'off' } : { pull: 'failed', pullReason: message });
        await restful(clock.sleep(waits.next().value, either), signal);
      }
    }
  }

  /** Does the camera itself still answer? Some open a port for each subscription that nobody reaches. */
  async function isOnlyTheSubscription(error: unknown, client: CameraSession['client'], signal: AbortSignal) {
    if (isOnvifError(error, 'fault', 'unsupported', 'answer_invalid')) return true;
    if (!isOnvifError(error, 'unreachable', 'timeout')) return false;
    return client.readClock(signal).then(
      () => true,
      () => false,
    );
  }

  async function pull(client: CameraSession['client'], signal: AbortSignal): Promise<never> {
    let checkedAt = clock.now();
    answered = false;
    return runPullPoint(
      {
        client,
        signal,
        clock,
        random,
        onSubscribed: () => change({ pull: 'up' }),
        onAnswer() {
          answered = true;
          options.onAlive();
          if (clock.now() - checkedAt < healthEveryMs * 10) return;
          checkedAt = clock.now();
          // The pull itself tells whether the camera is there; a failed measurement changes nothing.
          client.readClock(signal).then(options.onClock, () => undefined);
        },
        async onEvents(events) {
          for (const event of await Promise.allSettled(events.map((one) => options.onEvent(one))))
            if (event.status === 'rejected') log.error({ err: event.reason }, 'an event could not be stored');
        },
      },
      (made) => {
        pullPoint = made;
      },
    );
  }

  onStanding(standing);
  if (!options.refused || session) {
    run(stop.signal).catch((error: unknown) => {
      if (!stop.signal.aborted) log.error({ err: error }, 'a camera link ended by our own fault');
    });
  }

  return {
    get standing() {
      return standing;
    },
    get session() {
      return session;
    },
    setMqtt(online) {
      if (ways.mqtt === online) return;
      mqttChanged.abort();
      mqttChanged = new AbortController();
      change({ mqtt: online });
    },
    synchronize() {
      pullPoint
        ?.synchronize()
        .catch((error: Error) => log.debug({ reason: error.message }, 'no synchronisation point'));
    },
    [Symbol.dispose]() {
      stop.abort(new Error('the link has ended'));
    },
  };
}

/** True when it slept through; false when it was woken by something else than the end. */
async function restful(sleep: Promise<void>, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep;
    return true;
  } catch (error) {
    signal.throwIfAborted();
    if ((error as Error)?.name !== 'AbortError') throw error;
    return false;
  }
}

const downBy = (failure: OnvifFailure, error: unknown): Pick<Ways, 'onvif' | 'reason'> => ({
  onvif: failure === 'refused' || failure === 'locked' || failure === 'uninitialized' ? failure : 'down',
  reason: (error as OnvifError).message,
});

function waitFor(failure: OnvifFailure, waits: Generator<number, never>): number {
  if (failure === 'locked') return lockedWaitMs;
  if (failure === 'uninitialized') return uninitializedWaitMs;
  return waits.next().value;
}
