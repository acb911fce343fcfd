import { type Backoff, delays } from '../../core/runtime/backoff.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Bus, CameraView } from '../bus.ts';

const pauseMs = 1000;
const retryPlan: Backoff = { firstMs: 1000, factor: 2, capMs: 60_000, jitter: 0.3 };

/** A camera as the cloud lists it: what it is and how it stands, no address and no credentials. */
export type ReportedCamera = Pick<CameraView, 'id' | 'name' | 'model' | 'serial' | 'mac' | 'firmware' | 'state'> & {
  /** Only of one that is not seen now: else every report would differ from the last. */
  lastSeenAt: string | null;
};

const report = ({ id, name, model, serial, mac, firmware, state, lastSeenAt }: CameraView): ReportedCamera => ({
  id,
  name,
  model,
  serial,
  mac,
  firmware,
  state,
  lastSeenAt: state === 'online' || state === 'degraded' ? null : lastSeenAt,
});

/**
 * Tell the cloud which cameras there are: at once, and after what changed, at most once a second and never twice the same.
 * Runs until `signal`; a cloud that does not take it is told again later.
 */
export async function reportCameras(
  parts: RuntimeDeps & {
    bus: Bus;
    cameras(): CameraView[];
    send(cameras: ReportedCamera[]): Promise<unknown>;
    signal: AbortSignal;
  },
): Promise<void> {
  const { bus, clock, random, log, signal } = parts;
  let changed = true;
  let wake = () => {};
  const note = () => {
    changed = true;
    wake();
  };
  using _changes = bus.subscribe('camera', note);
  using _removals = bus.subscribe('camera-removed', note);
  signal.addEventListener('abort', note, { once: true });
  let sent = '';
  let waits = delays(retryPlan, random);
  while (!signal.aborted) {
    if (!changed) {
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      continue;
    }
    changed = false;
    const cameras = parts.cameras().map(report);
    const text = JSON.stringify(cameras);
    if (text === sent) continue;
    let waitMs = pauseMs;
    try {
      await parts.send(cameras);
      sent = text;
      waits = delays(retryPlan, random);
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: error }, 'the cloud did not take the list of cameras; telling it again');
      changed = true;
      waitMs = waits.next().value;
    }
    await clock.sleep(waitMs, signal).catch(() => undefined);
  }
}
