import type { Scene } from './camera.ts';

/** A calm scene with the lens at home; `onLook` hears whenever a lens is turned that can be. */
export function createScene(onLook?: () => void): Scene {
  const at = { pan: 0, tilt: 0, zoom: 0 };
  if (!onLook) return { motion: false, motionSince: 0, figure: undefined, ptz: at };
  const axis = (name: keyof typeof at) => ({
    enumerable: true,
    get: () => at[name],
    set(value: number) {
      if (value === at[name]) return;
      at[name] = value;
      onLook();
    },
  });
  const ptz = Object.defineProperties({} as Scene['ptz'], { pan: axis('pan'), tilt: axis('tilt'), zoom: axis('zoom') });
  return { motion: false, motionSince: 0, figure: undefined, ptz };
}
