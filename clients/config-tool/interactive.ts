import { realClock, startInterval } from '../../core/runtime/clock.ts';
import { outputFor } from '../../core/runtime/program.ts';
import { bold, dim, inverse, type Screen } from '../terminal/screen.ts';
import type { Ask } from '../terminal/tp-link-id.ts';
import { type Choice, discover, nothingAnswered } from './choose.ts';
import { deviceTable, lookInside } from './commands.ts';
import type { Device } from './device.ts';

const refreshEveryMs = 4_000;

/** What can be done to the chosen devices, by key. */
export interface Action {
  key: string;
  label: string;
  run(choice: Pick<Choice, 'serial' | 'address'>): Promise<number>;
}

const idOf = ({ serial, host, httpsPort }: Device) => serial || `${host}:${httpsPort}`;

export interface TableView {
  devices: readonly Device[];
  at: number;
  chosen: ReadonlySet<string>;
  searching: boolean;
  message: string;
  actions: readonly Action[];
}

/** Before each device: whether the cursor is there, and whether it is chosen. */
const marksWidth = 6;

/** Words in as few lines as they fit into. */
function wrapped(words: readonly string[], columns: number): string[] {
  const lines: string[] = [];
  for (const word of words) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)}   ${word}`;
    if (lines.length > 0 && longer.length <= columns) lines[lines.length - 1] = longer;
    else lines.push(word);
  }
  return lines;
}

/** The table as lines: a mark for each chosen device, the keys below. */
export function drawTable(view: TableView, rows: number, columns: number): string[] {
  const { devices, at, chosen, actions } = view;
  const [top = '', rule = '', ...lines] = deviceTable(devices, columns - marksWidth).split('\n');
  const room = Math.max(3, rows - 12);
  const from = Math.max(0, Math.min(at - Math.floor(room / 2), lines.length - room));
  const shown = lines.slice(from, from + room).map((line, i) => {
    const mark = chosen.has(idOf(devices[from + i]!)) ? '[x]' : '[ ]';
    return from + i === at ? inverse(`▸ ${mark} ${line}`) : `  ${mark} ${line}`;
  });
  const count = `${devices.length} device${devices.length === 1 ? '' : 's'}, ${chosen.size} chosen${view.searching ? ', looking …' : ''}`;
  return [
    bold('Vigil Config Tool'),
    '',
    ...(devices.length === 0
      ? [view.searching ? '  Looking for devices …' : `  ${nothingAnswered()}`]
      : [dim(`      ${top}`), dim(`      ${rule}`), ...shown]),
    '',
    dim(lines.length > room ? `${count}; ${from + 1}–${Math.min(from + room, lines.length)} shown` : count),
    view.message,
    dim('↑↓ move   space choose   * all or none   i look inside (firmware)   q leave'),
    ...wrapped(
      actions.map(({ key, label }) => `${key} ${label}`),
      columns,
    ).map(dim),
  ];
}

/** Watch the LAN and work on what is chosen, until somebody leaves. */
export async function runTable(
  flags: Choice,
  { screen, ask, actions }: { screen: Screen; ask: Ask; actions: readonly Action[] },
): Promise<number> {
  const view = { devices: [] as Device[], at: 0, chosen: new Set<string>(), searching: true, message: '', actions };
  const inside = new Map<string, Device>();
  let busy = false;
  const draw = () => {
    if (!busy) screen.draw(drawTable(view, screen.rows, screen.columns));
  };
  const quiet = { json: false, say: () => undefined, note: () => undefined };
  const refresh = async () => {
    view.searching = true;
    draw();
    try {
      const found = await discover(flags, quiet);
      view.devices = found.map((device) => {
        const known = inside.get(idOf(device));
        return known?.firmware === undefined ? device : { ...device, firmware: known.firmware };
      });
      const present = new Set(view.devices.map(idOf));
      for (const id of [...view.chosen]) if (!present.has(id)) view.chosen.delete(id);
      view.at = Math.max(0, Math.min(view.at, view.devices.length - 1));
    } catch (error) {
      view.message = `✗ ${(error as Error).message}`;
    }
    view.searching = false;
    draw();
  };
  /** Leave the table for questions and a report, then wait for a key. */
  const aside = async (work: () => Promise<unknown>) => {
    busy = true;
    try {
      await screen.aside(async () => {
        try {
          await work();
        } catch (error) {
          process.stdout.write(`✗ ${(error as Error).message}\n`);
        }
      });
    } finally {
      busy = false;
    }
  };

  draw();
  await refresh();
  using _refreshing = startInterval(realClock, refreshEveryMs, () => (busy ? undefined : refresh()));
  for (;;) {
    const key = await screen.key();
    const device = view.devices[view.at];
    if (key === 'q' || key === 'ctrl-c' || key === 'escape') return 0;
    if (key === 'up' || key === 'down')
      view.at = Math.max(0, Math.min(view.at + (key === 'up' ? -1 : 1), view.devices.length - 1));
    else if (key === 'space' && device) {
      const id = idOf(device);
      if (!view.chosen.delete(id)) view.chosen.add(id);
      view.at = Math.min(view.at + 1, view.devices.length - 1);
    } else if (key === '*') {
      const all = view.devices.map(idOf);
      view.chosen = view.chosen.size === all.length ? new Set() : new Set(all);
    } else if (key === 'i') {
      await aside(async () => {
        const password = await ask.password('Admin password of the cameras', '--camera-password');
        for (const seen of await lookInside(view.devices, password)) inside.set(idOf(seen), seen);
        const odd = [...inside.values()].filter(({ status }) => status === 'Wrong password' || status === 'Locked');
        view.message = odd.length === 0 ? '' : `✗ ${odd.map((one) => `${idOf(one)}: ${one.status}`).join(', ')}`;
      });
      await refresh();
    } else {
      const action = actions.find((one) => one.key === key);
      const meant = view.devices.filter((one) => view.chosen.has(idOf(one)));
      const targets = meant.length > 0 ? meant : device ? [device] : [];
      if (action && targets.length > 0) {
        const serial = targets.flatMap((one) => (one.serial ? [one.serial] : []));
        const address = targets.flatMap((one) => (one.serial ? [] : [`${one.host}:${one.httpsPort}`]));
        await aside(async () => {
          outputFor(false).note(`${action.label}: ${targets.map(idOf).join(', ')}\n`);
          const code = await action.run({
            ...(serial.length > 0 ? { serial } : {}),
            ...(address.length > 0 ? { address } : {}),
          });
          view.message = code === 0 ? `✓ ${action.label}: done` : `✗ ${action.label}: not all of it worked`;
        });
        view.chosen = new Set();
        await refresh();
      }
    }
    draw();
  }
}
