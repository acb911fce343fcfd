import { type Backoff, delays } from '../../core/runtime/backoff.ts';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Output } from '../../core/runtime/program.ts';
import type { Random } from '../../core/runtime/random.ts';
import { ProblemError } from '../terminal/http.ts';
import type { Vms, VmsEvent } from '../terminal/vms.ts';
import { findCamera, type House } from './house.ts';

const reconnect: Backoff = { firstMs: 500, factor: 2, capMs: 30_000, jitter: 0.3 };

const clockText = (iso: string) => {
  const at = new Date(iso);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}`;
};
const kindWord = (kind: string) => kind.replaceAll('-', ' ');
const phase = (active: boolean | null) => (active === null ? '' : active ? ' begins' : ' ends');

/** One event as a line for people: when, where, what. */
export const eventLine = (vms: string, event: VmsEvent) =>
  `${clockText(event.occurredAt)}  ${vms}  ${event.cameraName}: ${kindWord(event.kind)}${phase(event.active)}`;

const sayEvent = (output: Output, vms: Vms, event: VmsEvent) =>
  output.say({ type: 'event', vms: vms.name, ...event }, eventLine(vms.name, event));

export interface EventFlags {
  limit: number;
  camera?: string;
  kind?: string;
  follow: boolean;
}

/** `events`: the newest, oldest of them first; with `follow` also what comes, until the signal fires. */
export async function showEvents(
  house: House,
  flags: EventFlags,
  output: Output,
  deps: { clock: Clock; random: Random; signal: AbortSignal },
): Promise<number> {
  const only = flags.camera === undefined ? undefined : await findCamera(house, flags.camera);
  const places = only ? [only.vms] : house.all;
  for (const { name, reason } of only ? [] : house.missing) output.note(`VMS Local "${name}": ${reason}.`);
  const search = {
    limit: flags.limit,
    ...(only ? { camera: only.camera.id } : {}),
    ...(flags.kind === undefined ? {} : { kind: flags.kind }),
  };
  const past = await Promise.all(
    places.map(async (vms) => ({ vms, events: flags.limit > 0 ? await vms.events(search) : [] })),
  );
  const newest = past
    .flatMap(({ vms, events }) => events.map((event) => ({ vms, event })))
    .sort((a, b) => a.event.occurredAt.localeCompare(b.event.occurredAt))
    .slice(-flags.limit);
  for (const { vms, event } of flags.limit > 0 ? newest : []) sayEvent(output, vms, event);
  if (!flags.follow) {
    if (newest.length === 0) output.note('No events yet.');
    return 0;
  }
  output.note('Waiting for events; Ctrl-C ends.');
  const fits = (event: VmsEvent) =>
    (!only || event.cameraId === only.camera.id) && (flags.kind === undefined || event.kind === flags.kind);
  const ended = await Promise.all(
    past.map(({ vms, events }) =>
      followOne(
        vms,
        events[0]?.id ?? (flags.limit > 0 ? 0 : undefined),
        (event) => fits(event) && sayEvent(output, vms, event),
        output,
        deps,
      ),
    ),
  );
  return ended.every(Boolean) ? 0 : 1;
}

/** Follow one VMS Local, over lost connections too: nothing is missed, nothing comes twice. False when it is over. */
export async function followOne(
  vms: Vms,
  after: number | undefined,
  onEvent: (event: VmsEvent) => void,
  output: Pick<Output, 'note'>,
  { clock, random, signal }: { clock: Clock; random: Random; signal: AbortSignal },
): Promise<boolean> {
  let last = after;
  let waits = delays(reconnect, random);
  while (!signal.aborted) {
    let reason = 'the connection was lost';
    try {
      const onHello = (newest: number) => {
        last ??= newest;
      };
      const end = await vms.follow({ ...(last === undefined ? {} : { after: last }), onHello, signal }, (event) => {
        if (last !== undefined && event.id <= last) return;
        last = event.id;
        waits = delays(reconnect, random);
        onEvent(event);
      });
      if (end === 'session-ended') {
        output.note(`${vms.name}: the session has ended; sign in again with \`pc-client sign-in\`.`);
        return false;
      }
    } catch (error) {
      if (signal.aborted) break;
      if (error instanceof ProblemError && error.status < 500 && error.status !== 429) {
        output.note(`${vms.name}: ${error.message}`);
        return false;
      }
      reason = (error as Error).message;
    }
    if (signal.aborted) break;
    const waitMs = waits.next().value;
    output.note(`${vms.name}: ${reason}; trying again in ${(waitMs / 1000).toFixed(1)} s.`);
    await clock.sleep(waitMs, signal).catch(() => undefined);
  }
  return true;
}
