import { join } from 'node:path';
import { type Clock, startInterval } from '../../core/runtime/clock.ts';
import type { Output } from '../../core/runtime/program.ts';
import type { Random } from '../../core/runtime/random.ts';
import { bold, dim, inverse, type Screen } from '../terminal/screen.ts';
import { formatTable } from '../terminal/table.ts';
import { deviceHead, deviceRow } from './devices.ts';
import { eventLine, followOne } from './events.ts';
import { camerasOf, type Found, type House } from './house.ts';
import { checkPush, turnCamera } from './ptz.ts';
import { saveClip, saveSnapshot } from './save.ts';

const refreshEveryMs = 3_000;
const mostEvents = 200;
const clipFor = '10s';
const push = { for: '400ms', speed: '0.6' };

const turns: Record<string, string> = { left: 'left', right: 'right', up: 'up', down: 'down', '+': 'in', '-': 'out' };
const listKeys = '↑↓ choose   s snapshot   c clip 10 s   p turn the camera   r refresh   q leave';
const turnKeys = '←→↑↓ turn   + - zoom   esc back to the list';

interface View {
  title: string;
  found: readonly Found[];
  selected: number;
  events: readonly string[];
  house: House;
  turning: boolean;
  message: string;
}

/** The whole picture as lines: devices, what happened last, and the keys. */
export function drawView(view: View, rows: number): string[] {
  const { found, selected, events, house, message } = view;
  const [head = '', rule = '', ...lines] = formatTable(deviceHead, found.map(deviceRow)).split('\n');
  const room = Math.max(3, Math.min(lines.length, rows - 12));
  const from = Math.max(0, Math.min(selected - Math.floor(room / 2), lines.length - room));
  const shown = lines
    .slice(from, from + room)
    .map((line, i) => (from + i === selected ? inverse(`▸ ${line}`) : `  ${line}`));
  const missing = house.missing.map(({ name, reason }) => dim(`  VMS Local "${name}": ${reason}`));
  const above = [
    bold(view.title),
    '',
    ...(found.length === 0
      ? ['  No cameras yet: add them with `vigil config-tool add`.']
      : [dim(`  ${head}`), dim(`  ${rule}`), ...shown]),
    ...(lines.length > room ? [dim(`  ${from + 1}–${from + room} of ${lines.length}`)] : []),
    ...missing,
    '',
    bold('Latest events'),
  ];
  const left = Math.max(1, rows - above.length - 4);
  const latest = events.slice(0, left).map((line) => `  ${line}`);
  return [
    ...above,
    ...(latest.length > 0 ? latest : [dim('  Nothing has happened since you came.')]),
    '',
    message,
    dim(view.turning ? turnKeys : listKeys),
  ];
}

/** Watch a house in the terminal until somebody leaves. */
export async function watchHouse(
  house: House,
  { title, folder, screen }: { title: string; folder: string; screen: Screen },
  deps: { clock: Clock; random: Random },
): Promise<void> {
  const { clock } = deps;
  const stop = new AbortController();
  const view: View = { title, found: [], selected: 0, events: [], house, turning: false, message: '' };
  const draw = () => screen.draw(drawView(view, screen.rows));
  const quiet: Output = {
    json: false,
    say(_object, text) {
      view.message = text;
      draw();
    },
    note: (text) => quiet.say({}, text),
  };
  const refresh = async () => {
    try {
      view.found = await camerasOf(house);
      view.selected = Math.max(0, Math.min(view.selected, view.found.length - 1));
    } catch (error) {
      view.message = `✗ ${(error as Error).message}`;
    }
    draw();
  };
  const attempt = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (error) {
      quiet.say({}, `✗ ${(error as Error).message}`);
    }
  };
  const fileFor = ({ camera }: Found, ending: string) => {
    const name = camera.name.replace(/[^\p{L}\p{N}_-]+/gu, '-').slice(0, 40) || 'camera';
    return join(folder, `${name}-${new Date(clock.now()).toISOString().slice(0, 19).replaceAll(':', '-')}.${ending}`);
  };

  draw();
  await refresh();
  using _refreshing = startInterval(clock, refreshEveryMs, refresh);
  for (const vms of house.all) {
    void followOne(
      vms,
      undefined,
      (event) => {
        view.events = [eventLine(vms.name, event), ...view.events].slice(0, mostEvents);
        draw();
      },
      quiet,
      { ...deps, signal: stop.signal },
    );
  }
  let clip: Promise<void> | undefined;
  for (;;) {
    const key = await screen.key();
    const camera = view.found[view.selected];
    if (key === 'ctrl-c' || (key === 'q' && !view.turning)) break;
    if (view.turning) {
      const direction = turns[key ?? ''];
      if (key === 'escape' || key === 'q') view.turning = false;
      else if (direction && camera) {
        checkPush(direction, push.for, push.speed);
        await attempt(() => turnCamera(camera, { action: direction, ...push }, quiet, clock));
      }
    } else if (key === 'up' || key === 'down') {
      view.selected = Math.max(0, Math.min(view.selected + (key === 'up' ? -1 : 1), view.found.length - 1));
    } else if (key === 'r') await refresh();
    else if (camera && key === 's') await attempt(() => saveSnapshot(camera, fileFor(camera, 'jpg'), quiet));
    else if (camera && key === 'p') {
      await attempt(async () => {
        await camera.vms.presets(camera.camera.id);
        view.turning = true;
        view.message = `Turning ${camera.camera.name}`;
      });
    } else if (camera && key === 'c') {
      if (clip) view.message = 'One clip at a time: the present one is still being recorded.';
      else {
        const flags = { for: clipFor, out: fileFor(camera, 'mp4'), stream: 'main' };
        clip = attempt(() => saveClip(camera, flags, quiet, { clock, signal: stop.signal })).finally(() => {
          clip = undefined;
        });
      }
    }
    draw();
  }
  stop.abort();
  await clip;
}
