import type { Camera, Scene } from '../camera.ts';
import { figureByChance, figureOfKind } from '../motion/figure.ts';
import { type History, turnMs } from './history.ts';
import type { KeptRecordings } from './recordings.ts';

type Ptz = Scene['ptz'];
const home: Ptz = { pan: 0, tilt: 0, zoom: 0 };
/** Between two looks the lens is told where it was so often. */
const lookStepMs = 500;

/** What was before the lens at a time. */
export interface Footage {
  sceneAt(at: number): Scene;
  /** Times at which the lens was somewhere else than before, [from, to). */
  looks(from: number, to: number): { at: number; ptz: Ptz }[];
  /** When something moved, within [from, to). */
  moving(from: number, to: number): { from: number; to: number }[];
}

/** `channel`: 0 for a camera's own lens. */
export function createFootage(
  kept: () => KeptRecordings,
  history: History,
  now: () => number,
  channel: number,
): Footage {
  const passingsHere = () => kept().passings.filter(([, , of = 0]) => of === channel);

  const mix = (a: Ptz, b: Ptz, share: number): Ptz => ({
    pan: a.pan + (b.pan - a.pan) * share,
    tilt: a.tilt + (b.tilt - a.tilt) * share,
    zoom: a.zoom + (b.zoom - a.zoom) * share,
  });

  function madeUpPtz(at: number): Ptz {
    for (const look of history.looks(at - turnMs, at + 1)) {
      const share = at < look.to ? Math.min(1, (at - look.from) / turnMs) : Math.max(0, 1 - (at - look.to) / turnMs);
      if (share > 0) return mix(home, look, share);
    }
    return home;
  }

  function ptzAt(at: number): Ptz {
    if (at < kept().installedAt) return madeUpPtz(at);
    const look = kept().looks.findLast(([from]) => from <= at);
    return look ? { pan: look[1], tilt: look[2], zoom: look[3] } : home;
  }

  return {
    sceneAt(at) {
      const { installedAt } = kept();
      const ptz = ptzAt(at);
      if (at < installedAt) {
        const passing = history.passings(at, at + 1)[0];
        if (!passing) return { motion: false, motionSince: 0, ptz };
        const figure = passing.kinds.map(figureOfKind).find((one) => one !== undefined);
        return { motion: true, motionSince: passing.from, figure: figure ?? figureByChance(passing.from), ptz };
      }
      const passing = passingsHere().findLast(([from, to]) => from <= at && at < (to ?? Number.POSITIVE_INFINITY));
      if (!passing) return { motion: false, motionSince: 0, ptz };
      const [from, , , figure = figureByChance(from)] = passing;
      return { motion: true, motionSince: from, figure, ptz };
    },

    looks(from, to) {
      const { installedAt, looks } = kept();
      const made: { at: number; ptz: Ptz }[] = [];
      const end = Math.min(to, installedAt);
      for (const look of history.looks(from - turnMs, end))
        for (const begin of [look.from, look.to])
          for (let at = begin; at <= begin + turnMs; at += lookStepMs)
            if (at >= from && at < end) made.push({ at, ptz: madeUpPtz(at) });
      const real = looks
        .filter(([at]) => at >= Math.max(from, installedAt) && at < to)
        .map(([at, pan, tilt, zoom]) => ({ at, ptz: { pan, tilt, zoom } }));
      return [...made, ...real];
    },

    moving(from, to) {
      const { installedAt } = kept();
      return [
        ...history.passings(from, Math.min(to, installedAt)),
        ...passingsHere()
          .map(([begin, end]) => ({ from: begin, to: end ?? now() }))
          .filter((one) => one.to > from && one.from < to),
      ].map((one) => ({ from: Math.max(from, one.from), to: Math.min(to, one.to) }));
    },
  };
}

/** The camera as it was: its clock stands at `at()`, its scene is what was before the lens then. */
export function cameraThen(camera: Camera, footage: Footage, at: () => number): Camera {
  return Object.create(camera, {
    clock: { value: { now: at, sleep: camera.clock.sleep } },
    scene: {
      get() {
        const scene = footage.sceneAt(at());
        // Scenes count by the fleet's clock.
        return { ...scene, motionSince: scene.motionSince - camera.state.clockOffsetMs };
      },
    },
  });
}
