import { z } from 'zod';
import { SimError } from '../errors.ts';
import type { FleetCamera } from '../fleet-camera.ts';
import { ptzSettings } from '../onvif/media/ptz.ts';
import {
  dropPreset,
  freePresetToken,
  home,
  keepPreset,
  maxPresets,
  positionOf,
  presets,
} from '../onvif/ptz-presets.ts';

const speed = z.number().min(-1).max(1);

/** One order to the head; a drive ends by itself, so that a page that is closed does not leave it turning. */
export const ptzBody = z.union([
  z.strictObject({
    drive: z.strictObject({ x: speed.optional(), y: speed.optional(), zoom: speed.optional() }),
    timeoutMs: z.number().int().min(1).max(60_000).optional(),
  }),
  z.strictObject({ stop: z.literal(true) }),
  /** Token of a preset, or `home`. */
  z.strictObject({ goto: z.string().max(64) }),
  /** Name of a new preset where it stands. */
  z.strictObject({ keep: z.string().min(1).max(64) }),
  z.strictObject({ forget: z.string().max(64) }),
]);
export type PtzOrder = z.output<typeof ptzBody>;

const usualDriveMs = 1000;

function headOf(one: FleetCamera) {
  if (!one.camera.profile.ptz) throw new SimError('not_offered', `${one.name} does not turn`);
  const head = one.ptz;
  if (!head) throw new SimError('camera_dark', `${one.name} has no power`);
  return head;
}

export function movePtz(one: FleetCamera, order: PtzOrder): object {
  const head = headOf(one);
  const { camera } = one;
  const kept = presets.read(camera);
  const find = (token: string) => {
    const preset = kept.find((each) => each.token === token);
    if (!preset) throw new SimError('not_found', `${one.name} has no preset "${token}"`);
    return preset;
  };
  if ('drive' in order) head.drive(zoomless(one, order.drive), order.timeoutMs ?? usualDriveMs);
  else if ('stop' in order) head.stop(true, true);
  else if ('goto' in order)
    head.moveTo(
      positionOf(camera, order.goto === 'home' ? home.read(camera) : find(order.goto)),
      ptzSettings.read(camera).speed,
    );
  else if ('keep' in order) {
    if (kept.length >= maxPresets)
      throw new SimError('not_offered', `${one.name} keeps at most ${maxPresets} presets: forget one first`);
    keepPreset(camera, { token: freePresetToken(kept), name: order.keep, ...head.position });
  } else dropPreset(camera, find(order.forget).token);
  return describePtz(one);
}

const zoomless = (one: FleetCamera, { zoom, ...rest }: { x?: number; y?: number; zoom?: number }) =>
  one.camera.profile.zoom === true && zoom !== undefined ? { ...rest, zoom } : rest;

export function describePtz(one: FleetCamera): object {
  const { position, moving } = headOf(one);
  return {
    position: { ...position },
    moving: moving.panTilt || moving.zoom,
    zoom: one.camera.profile.zoom === true,
    presets: presets.read(one.camera).map(({ token, name }) => ({ token, name })),
  };
}
