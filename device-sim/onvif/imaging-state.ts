import type { Camera } from '../camera.ts';
import { kept } from './kept.ts';

/** Imaging settings as they are in force; levels are 0 to 100. */
export interface ImagingState {
  brightness: number;
  saturation: number;
  contrast: number;
  sharpness: number;
  backlight: { mode: 'OFF' | 'ON'; level: number };
  wideDynamicRange: { mode: 'OFF' | 'ON'; level: number };
  exposure: { mode: 'AUTO' | 'MANUAL'; time: number; gain: number };
  whiteBalance: { mode: 'AUTO' | 'MANUAL'; red: number; blue: number };
  irCutFilter: 'ON' | 'OFF' | 'AUTO';
  autoFocus: 'AUTO' | 'MANUAL';
}

export const imaging = kept<ImagingState, Pick<Camera, 'state'>>('imaging', () => ({
  brightness: 50,
  saturation: 50,
  contrast: 50,
  sharpness: 50,
  backlight: { mode: 'OFF', level: 50 },
  wideDynamicRange: { mode: 'OFF', level: 50 },
  exposure: { mode: 'AUTO', time: 20_000, gain: 0 },
  whiteBalance: { mode: 'AUTO', red: 50, blue: 50 },
  irCutFilter: 'AUTO',
  autoFocus: 'AUTO',
}));
