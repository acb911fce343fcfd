import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import { pushes } from '../open-api/methods.ts';
import { dialFrom } from '../pairing/dial-from.ts';
import type { SimCamera } from '../sim-camera.ts';
import { alarmBody, alarmName, formatPush, localTimes } from './body.ts';
import { alarmServerOf } from './settings.ts';

export interface AlarmPushOptions {
  camera: SimCamera;
  /** A still picture of this instant. */
  still(): Buffer;
}

/** While something moves a push comes every so often (1 to 7 seconds were seen). */
const againMs: [least: number, most: number] = [2000, 6000];
const timeoutMs = 5000;

/**
 * Pushes alarms by HTTP while something goes on: a connection for each, few headers, no second try, as the cameras do it.
 * Nothing runs while nothing goes on.
 */
export function startAlarmPush({ camera, still }: AlarmPushOptions, deps: RuntimeDeps): Disposable {
  const stop = new AbortController();
  let going = false;
  let due = false;

  const push = () => {
    const settings = alarmServerOf(camera);
    const kinds = [...camera.active].filter((kind) => alarmName(kind) !== undefined && pushes(camera, kind));
    if (!settings || kinds.length === 0) return;
    const url = new URL(settings.url);
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
    const ip = camera.address.host;
    const body = alarmBody(camera, { kinds, form: settings.form, ip });
    const { type, bytes } = formatPush(body, localTimes(camera).compact, settings.image ? still() : undefined);
    const sent = send(url, {
      method: 'POST',
      agent: false,
      // Cameras do not check whom they speak to.
      rejectUnauthorized: false,
      localAddress: dialFrom(camera),
      signal: stop.signal,
      timeout: timeoutMs,
      headers: { 'content-type': type, 'content-length': bytes.length, connection: 'close' },
    });
    sent.on('response', (response) => response.resume());
    sent.on('timeout', () => sent.destroy());
    sent.on('error', (error) => camera.log.debug({ reason: error.message }, 'alarm not pushed'));
    sent.end(bytes);
  };
  const keepPushing = async () => {
    if (going) return;
    going = true;
    try {
      while (camera.active.size > 0) {
        push();
        await deps.clock.sleep(againMs[0] + deps.random.int(againMs[1] - againMs[0]), stop.signal);
      }
    } catch (error) {
      if (!stop.signal.aborted) throw error;
    } finally {
      going = false;
    }
  };
  const watching = camera.watch((_kind, active) => {
    if (!active || due || !alarmServerOf(camera)) return;
    // Kinds that begin together go out as one alarm.
    due = true;
    queueMicrotask(() => {
      due = false;
      if (going) push();
      else void keepPushing();
    });
  });
  return {
    [Symbol.dispose]() {
      watching[Symbol.dispose]();
      stop.abort();
    },
  };
}
