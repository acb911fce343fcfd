import { type Clock, parseDuration } from '../../core/runtime/clock.ts';
import type { Output } from '../../core/runtime/program.ts';
import { hint, UsageError } from '../../core/runtime/settings.ts';
import { formatTable } from '../terminal/table.ts';
import type { Move } from '../terminal/vms.ts';
import type { Found } from './house.ts';

const directions: Record<string, (speed: number) => Move> = {
  left: (speed) => ({ pan: -speed }),
  right: (speed) => ({ pan: speed }),
  up: (speed) => ({ tilt: speed }),
  down: (speed) => ({ tilt: -speed }),
  in: (speed) => ({ zoom: speed }),
  out: (speed) => ({ zoom: -speed }),
};
export const ptzWords = [...Object.keys(directions), 'stop', 'preset', 'presets'];

/** `ptz`: a push in one direction, a preset, or a stop. */
export async function turnCamera(
  { vms, camera }: Found,
  { action, preset, for: duration, speed }: { action: string; preset?: string; for: string; speed: string },
  output: Output,
  clock: Clock,
): Promise<number> {
  const done = (text: string) =>
    output.say(
      { type: 'done', camera: camera.name, action, ...(preset ? { preset } : {}) },
      `✓ ${camera.name}: ${text}`,
    );
  if (action === 'presets') {
    const presets = await vms.presets(camera.id);
    if (output.json) for (const one of presets) output.say({ type: 'preset', ...one }, '');
    else
      output.say(
        {},
        presets.length === 0
          ? `${camera.name} has no presets.`
          : formatTable(
              ['Preset', 'Name'],
              presets.map(({ token, name }) => [token, name]),
            ),
      );
  } else if (action === 'stop') {
    await vms.stop(camera.id);
    done('stopped');
  } else if (action === 'preset') {
    if (!preset) throw new UsageError('which preset? `ptz CAMERA preset NAME`; `ptz CAMERA presets` lists them');
    await vms.goTo(camera.id, preset);
    done(`on its way to preset ${preset}`);
  } else {
    const { move, forMs } = checkPush(action, duration, speed);
    await vms.move(camera.id, { ...move, seconds: Math.ceil(forMs / 1000) });
    await clock.sleep(forMs);
    await vms.stop(camera.id);
    done(`moved ${action}`);
  }
  return 0;
}

/** A push that makes sense, before a camera is asked. */
export function checkPush(action: string, duration: string, speedText: string): { move: Move; forMs: number } {
  const direction = Object.hasOwn(directions, action) ? directions[action] : undefined;
  if (!direction)
    throw new UsageError(`"${action}" is no direction${hint(action, ptzWords)}; there are ${ptzWords.join(', ')}`);
  const speed = Number(speedText);
  if (!(speed > 0 && speed <= 1)) throw new UsageError(`--speed "${speedText}" will not do: above 0, at most 1`);
  let forMs: number;
  try {
    forMs = parseDuration(/^\d+(\.\d+)?$/.test(duration) ? `${duration}s` : duration);
  } catch (error) {
    throw new UsageError(`--for: ${(error as Error).message}`);
  }
  if (!(forMs >= 50 && forMs <= 10_000)) throw new UsageError(`--for "${duration}" will not do: between 50ms and 10s`);
  return { move: direction(speed), forMs };
}
