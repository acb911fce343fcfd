import type { Camera } from '../camera.ts';
import { invalidValue } from './arguments.ts';
import { kept } from './kept.ts';
import type { PtzPosition } from './ptz-head.ts';

/** VIGI cameras number their presets from 1 to 8; ONVIF and the vendor's OpenAPI share them. */
export const maxPresets = 8;

export interface Preset extends PtzPosition {
  token: string;
  name: string;
}

export const presets = kept<Preset[]>('ptz.presets', () => []);
export const home = kept<PtzPosition>('ptz.home', () => ({ x: 0, y: 0, zoom: 0 }));

/** Throws ter:NoToken. */
export function needPreset(camera: Camera, token: string): Preset {
  const preset = presets.read(camera).find((one) => one.token === token);
  if (!preset) throw invalidValue(`there is no preset "${token}"`, 'ter:NoToken');
  return preset;
}

export function freePresetToken(all: readonly Preset[]): string {
  let number = 1;
  while (all.some(({ token }) => token === String(number))) number += 1;
  return String(number);
}

/** Keep a preset under its token, be it new or known. */
export function keepPreset(camera: Camera, preset: Preset): void {
  const all = presets.read(camera);
  const known = all.some(({ token }) => token === preset.token);
  presets.write(camera, known ? all.map((one) => (one.token === preset.token ? preset : one)) : [...all, preset]);
}

export const dropPreset = (camera: Camera, token: string): void =>
  presets.write(
    camera,
    presets.read(camera).filter((one) => one.token !== token),
  );

/** Where a kept position leads this model: without zoom where its lens has none. */
export const positionOf = (camera: Camera, { x, y, zoom }: PtzPosition): Partial<PtzPosition> => ({
  x,
  y,
  ...(camera.profile.zoom === true ? { zoom } : {}),
});
