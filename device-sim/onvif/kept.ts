import type { Camera } from '../camera.ts';

/** One behaviour's part of what survives a restart. */
export interface Kept<T> {
  /** As it stands; the initial value until something was written. Not to be changed in place. */
  read(camera: Camera): T;
  write(camera: Camera, value: T): void;
}

/** A value of `camera.state.extra` under `key`: plain JSON, `initial` while nothing was set. */
export const kept = <T>(key: string, initial: (camera: Camera) => T): Kept<T> => ({
  read: (camera) => (Object.hasOwn(camera.state.extra, key) ? (camera.state.extra[key] as T) : initial(camera)),
  write(camera, value) {
    camera.state.extra[key] = value;
    camera.save();
  },
});
