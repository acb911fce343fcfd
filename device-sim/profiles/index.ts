import { hint, UsageError } from '../../core/runtime/settings.ts';
import { c340 } from './c340.ts';
import { c540 } from './c540.ts';
import { generic } from './generic.ts';
import type { Profile } from './profile.ts';
import { s445 } from './s445.ts';

export const profiles = { c340, c540, s445, generic } satisfies Record<string, Profile>;
export type ProfileName = keyof typeof profiles;

/** The models of a fleet nobody chose models for, one after the other. */
export const usualProfiles: ProfileName[] = ['c340', 'c540', 's445', 'generic'];

export function findProfile(name: string): Profile {
  const known: Record<string, Profile> = profiles;
  const profile = Object.hasOwn(known, name) ? known[name] : undefined;
  if (!profile) throw new UsageError(`there is no profile "${name}"${hint(name, Object.keys(known))}`);
  return profile;
}
