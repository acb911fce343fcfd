import { dirname, resolve } from 'node:path';
import { z } from 'zod';
import { hint } from '../core/runtime/settings.ts';
import { alarmServerSettings } from './alarm-server/settings.ts';
import { signInWays } from './auth/ways.ts';
import { durationText } from './duration-text.ts';
import { faultSpec } from './faults/fault.ts';
import { type CameraWish, trafficLevels } from './plan.ts';
import { dialects } from './profiles/dialect.ts';
import { profiles } from './profiles/index.ts';
import { places } from './profiles/place.ts';
import { quirks } from './profiles/profile.ts';
import { readYamlFile } from './yaml-file.ts';

/** A word out of a list; the nearest is named when it is none of them. */
const word = (what: string, known: string[], strip = (text: string) => text) =>
  z.string().superRefine((text, context) => {
    const bare = strip(text);
    if (known.includes(bare)) return;
    context.addIssue({
      code: 'custom',
      message: `there is no ${what} "${bare}"${hint(bare, known) || `; there are ${known.join(', ')}`}`,
    });
  });

const password = z.string().regex(/^[\x20-\x7e]{8,64}$/, 'a password has 8 to 64 printable ASCII characters');

const common = {
  initialized: z.boolean().optional(),
  password: password.optional(),
  strict: z.boolean().optional(),
  clockOffset: durationText.optional(),
  traffic: z.enum(trafficLevels).optional(),
  openApi: z.boolean().optional(),
  dialect: z.enum(dialects).optional(),
  signIn: z.array(z.enum(signInWays)).min(1).optional(),
  alarmServer: alarmServerSettings.optional(),
  faults: z.array(faultSpec).optional(),
  clip: z.string().min(1).optional(),
  scene: z.enum(places).optional(),
};
const camera = z.strictObject({
  name: z
    .string()
    .regex(/^[a-z0-9-]{1,40}$/, 'a camera name has a-z, 0-9 and -')
    .optional(),
  profile: word('profile', Object.keys(profiles)).optional(),
  /** So many alike: `name` is followed by `-1`, `-2` … */
  count: z.number().int().min(1).max(5000).optional(),
  deviceName: z.string().min(1).max(64).optional(),
  address: z.ipv4('an IPv4 address is wanted').optional(),
  quirks: z.array(word('quirk', Object.keys(quirks), (text) => text.replace(/^-/, ''))).optional(),
  ...common,
});
export const fleetFileSchema = z.strictObject({
  seed: z.string().min(1).optional(),
  ...common,
  cameras: z.array(camera).min(1, 'name at least one camera'),
});

export interface FleetFile {
  seed?: string;
  cameras: CameraWish[];
}

/** Settings at the top of the file hold for every camera that does not say otherwise. */
export function readFleetFile(path: string): FleetFile {
  const { seed, cameras, ...forAll } = readYamlFile(path, fleetFileSchema);
  return {
    ...(seed === undefined ? {} : { seed }),
    cameras: cameras.flatMap((one) => {
      const { count = 1, clockOffset, ...wish } = { ...forAll, ...one };
      const made: CameraWish = {
        ...wish,
        ...(clockOffset === undefined ? {} : { clockOffsetMs: clockOffset }),
        // A file names others as seen from where it lies.
        ...(wish.clip === undefined ? {} : { clip: resolve(dirname(path), wish.clip) }),
      };
      if (one.count === undefined) return [made];
      return Array.from({ length: count }, (_, at) => ({
        ...made,
        ...(one.name === undefined ? {} : { name: `${one.name}-${at + 1}` }),
      }));
    }),
  };
}
