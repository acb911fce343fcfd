import { formatXsDuration } from '../../core/onvif/duration.ts';
import type { Random } from '../../core/runtime/random.ts';
import { Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import type { OnvifContext } from './behavior.ts';
import { kept } from './kept.ts';
import { positionMarkup } from './media/ptz.ts';
import { createPtzHead, type PtzPosition } from './ptz-head.ts';
import { home, positionOf, presets } from './ptz-presets.ts';

/** A stop of a tour: a preset, the home position, or a place of its own (PTZ Service §5.8). */
export interface TourSpot {
  at: { preset: string } | { home: true } | { position: PtzPosition };
  speed?: { panTilt: number; zoom: number };
  stayMs: number;
}

export interface Tour {
  token: string;
  name: string;
  autoStart: boolean;
  /** Rounds; absent: on and on. */
  rounds?: number;
  /** The whole tour ends after this; absent: it does not. */
  durationMs?: number;
  direction: 'Forward' | 'Backward';
  randomOrder: boolean;
  spots: TourSpot[];
}

export const tours = kept<Tour[]>('ptz.tours', () => []);
export const maxTours = 4;
export const tourOperations = ['Start', 'Stop', 'Pause'] as const;
export const stayRangeMs = [1000, 600_000] as const;
export type TourState = 'Idle' | 'Touring' | 'Paused';

/** What a node says of the tours it can do. */
export const tourSupport = xml`<tt:Extension><tt:SupportedPresetTour><tt:MaximumNumberOfPresetTours>${maxTours}</tt:MaximumNumberOfPresetTours>${tourOperations.map((one) => xml`<tt:PTZPresetTourOperation>${one}</tt:PTZPresetTourOperation>`)}</tt:SupportedPresetTour></tt:Extension>`;

/** The tour under way; whoever else moves the head ends it. */
export interface TourPlayer extends Disposable {
  stateOf(token: string): { state: TourState; spot?: TourSpot };
  start(tour: Tour): void;
  /** It stays where it is; `start` goes on from there. */
  pause(token: string): void;
  stop(token: string): void;
}

interface Running {
  tour: Tour;
  /** Spots in the order of this round. */
  order: TourSpot[];
  next: number;
  round: number;
  startedAt: number;
  spot?: TourSpot;
  /** What `head.commands` was after our own move. */
  commands: number;
  paused: boolean;
  stop: AbortController;
}

/** How often an arriving head is looked at. */
const lookEveryMs = 100;

export function createTourPlayer(context: OnvifContext): TourPlayer {
  const { camera, deps } = context;
  const head = context.get(createPtzHead);
  let running: Running | undefined;

  const placeOf = ({ at }: TourSpot): Partial<PtzPosition> | undefined => {
    if ('position' in at) return at.position;
    const place = 'home' in at ? home.read(camera) : presets.read(camera).find(({ token }) => token === at.preset);
    return place && positionOf(camera, place);
  };
  const ours = (one: Running) => running === one && !one.stop.signal.aborted && head.commands === one.commands;

  async function walk(one: Running) {
    const { tour } = one;
    const over = () => tour.durationMs !== undefined && deps.clock.now() - one.startedAt >= tour.durationMs;
    while (ours(one) && !over()) {
      if (one.next >= one.order.length) {
        one.round += 1;
        if (tour.rounds !== undefined && one.round >= tour.rounds) break;
        one.order = orderOf(tour, deps.random);
        one.next = 0;
      }
      const spot = one.order[one.next]!;
      one.next += 1;
      const place = placeOf(spot);
      // A preset that was removed meanwhile is passed by; the stay keeps a tour of such spots from spinning.
      if (place) {
        one.spot = spot;
        head.moveTo(place, spot.speed ?? { panTilt: 1, zoom: 1 });
        one.commands = head.commands;
        while (ours(one) && (head.moving.panTilt || head.moving.zoom))
          await deps.clock.sleep(lookEveryMs, one.stop.signal);
      }
      if (ours(one)) await deps.clock.sleep(spot.stayMs, one.stop.signal);
    }
    if (running === one) running = undefined;
  }

  function go(one: Running) {
    one.paused = false;
    one.stop = new AbortController();
    one.commands = head.commands;
    const { signal } = one.stop;
    walk(one).catch((error: unknown) => {
      if (!signal.aborted) camera.log.error({ err: error }, 'a tour broke off');
    });
  }

  function end() {
    running?.stop.abort();
    running = undefined;
  }

  return {
    stateOf(token) {
      if (running?.tour.token !== token) return { state: 'Idle' };
      if (running.paused) return { state: 'Paused', ...(running.spot ? { spot: running.spot } : {}) };
      if (head.commands !== running.commands) return { state: 'Idle' };
      return { state: 'Touring', ...(running.spot ? { spot: running.spot } : {}) };
    },
    start(tour) {
      if (running?.tour.token === tour.token && running.paused) return go(running);
      end();
      running = {
        tour,
        order: orderOf(tour, deps.random),
        next: 0,
        round: 0,
        startedAt: deps.clock.now(),
        commands: head.commands,
        paused: false,
        stop: new AbortController(),
      };
      go(running);
    },
    pause(token) {
      if (running?.tour.token !== token || running.paused || head.commands !== running.commands) return;
      running.stop.abort();
      running.paused = true;
      head.stop(true, true);
    },
    stop(token) {
      if (running?.tour.token !== token) return;
      end();
      head.stop(true, true);
    },
    [Symbol.dispose]: end,
  };
}

function orderOf({ spots, direction, randomOrder }: Tour, random: Random): TourSpot[] {
  const order = direction === 'Forward' ? [...spots] : spots.toReversed();
  if (!randomOrder) return order;
  for (let at = order.length - 1; at > 0; at--) {
    const other = random.int(at + 1);
    [order[at], order[other]] = [order[other]!, order[at]!];
  }
  return order;
}

export const spotMarkup = (camera: Camera, tag: string, { at, speed, stayMs }: TourSpot): Xml => {
  const place =
    'preset' in at
      ? xml`<tt:PresetToken>${at.preset}</tt:PresetToken>`
      : 'home' in at
        ? xml`<tt:Home>true</tt:Home>`
        : xml`<tt:PTZPosition>${positionMarkup(camera, at.position)}</tt:PTZPosition>`;
  return xml`${new Xml(`<${tag}>`)}<tt:PresetDetail>${place}</tt:PresetDetail>${speed && xml`<tt:Speed><tt:PanTilt x="${speed.panTilt}" y="${speed.panTilt}"/>${camera.profile.zoom === true && xml`<tt:Zoom x="${speed.zoom}"/>`}</tt:Speed>`}<tt:StayTime>${formatXsDuration(stayMs)}</tt:StayTime>${new Xml(`</${tag}>`)}`;
};
