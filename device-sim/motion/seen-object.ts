import type { Camera } from '../camera.ts';
import type { Box } from '../onvif/geometry.ts';
import type { Point } from '../onvif/polygon.ts';
import { boxOf, movementOf } from '../video/shown.ts';
import type { Figure } from './figure.ts';

/** The thing before the lens as analytics see it, in ONVIF's coordinates; the metadata track shows the same. */
export interface SeenObject {
  /** ObjectId of events and metadata. */
  id: number;
  class: Figure;
  box: Box;
  /** Centre of gravity: what lines and fields are compared with. */
  centre: Point;
}

const aspect = 16 / 9;

/** What moves at that instant of the camera's clock; undefined while nothing does. */
export function seenObject(camera: Pick<Camera, 'state' | 'scene'>, at: number): SeenObject | undefined {
  const movement = movementOf(camera, at);
  if (!movement) return undefined;
  const [left, top, right, bottom] = boxOf(movement, aspect);
  const across = (share: number) => 2 * share - 1;
  const up = (share: number) => 1 - 2 * share;
  return {
    id: movement.id % 2 ** 31,
    class: movement.kind,
    box: { left: across(left), top: up(top), right: across(right), bottom: up(bottom) },
    centre: { x: across((left + right) / 2), y: up((top + bottom) / 2) },
  };
}
