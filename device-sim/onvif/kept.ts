import type { Camera } from '../camera.ts';

/** One behaviour's part of what survives a restart; `C` is what its initial value asks of a camera. */
export interface Kept<T, C = Camera> {
  /** As it stands; the initial value until something was written. Not to be changed in place. */
  read(camera: C): T;
  write(camera: Camera, value: T): void;
}

type Stateful = Pick<Camera, 'state'>;

/** A value of `camera.state.extra` under `key`: plain JSON, `initial` while nothing was set. */
export const kept = <T, C extends Stateful = Camera>(key: string, initial: (camera: C) => T): Kept<T, C> => ({
  read: (camera) => (Object.hasOwn(camera.state.extra, key) ? (camera.state.extra[key] as T) : initial(camera)),
  write(camera, value) {
    camera.state.extra[key] = value;
    camera.save();
  },
});
