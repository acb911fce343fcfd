import { hint, UsageError } from '../../core/runtime/settings.ts';
import { c250 } from './c250.ts';
import { c340 } from './c340.ts';
import { c440 } from './c440.ts';
import { c540 } from './c540.ts';
import { c540v } from './c540v.ts';
import { generic } from './generic.ts';
import { nvr1008h } from './nvr1008h.ts';
import type { Profile } from './profile.ts';
import { s245 } from './s245.ts';
import { s345zi } from './s345zi.ts';
import { s445 } from './s445.ts';
import { s655i } from './s655i.ts';

export const profiles = {
  c250, c340, c440, c540, c540v, s245, s345zi, s445, s655i, nvr1008h, generic,
} satisfies Record<string, Profile>; // biome-ignore format: a list
export type ProfileName = keyof typeof profiles;

/** The models of a fleet nobody chose models for, one after the other. */
export const usualProfiles: ProfileName[] = ['c340', 'c540', 's445', 'generic'];

export function findProfile(name: string): Profile {
  const known: Record<string, Profile> = profiles;
  const profile = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!profile) throw new UsageError(`there is no profile "${name}"${hint(name, Object.keys(known))}`);
  return profile;
}
