import type { Camera } from '../camera.ts';

/** The camera whose picture an encoder takes: of a recorder that of its channel. */
export function filmedBy(camera: Camera, encoderToken: string | undefined): Camera {
  const at = camera.state.videoEncoders.findIndex((one) => one.token === encoderToken);
  return camera.channels[(camera.profile.streams[at]?.channel ?? 0) - 1] ?? camera;
}
