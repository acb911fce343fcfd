import type { SimCamera } from '../sim-camera.ts';
import { formatJpeg } from '../video/jpeg/snapshot-coder.ts';
import type { PictureLibrary } from '../video/picture-library.ts';
import { shownOf, viewOf } from '../video/shown.ts';

/** A JPEG of what the camera shows this instant, in the size of its main stream or of its smallest. */
export function stillOf(camera: SimCamera, library: PictureLibrary, stream: 'main' | 'sub' = 'sub'): Buffer {
  const size = camera.state.videoEncoders.at(stream === 'main' ? 0 : -1)!;
  const frame = Math.floor(((camera.clock.now() - camera.state.clockOffsetMs) / 1000) * size.fps);
  const at = camera.clock.now();
  const shown = shownOf(camera, at, size, frame, viewOf(camera, at), library);
  return formatJpeg(library.stills.picture(size.width, size.height, shown));
}
