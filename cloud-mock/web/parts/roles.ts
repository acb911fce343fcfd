import type { Grant, Organisation, Role } from '../api/shapes.ts';

/** From all rights to least, with what each may do in one line. */
export const roleNames: Record<Role, string> = {
  super_admin: 'Super Admin',
  admin: 'Admin',
  operator: 'Operator',
  viewer: 'Viewer',
  live_only: 'Live-Only',
};

export const roleMeanings: Record<Role, string> = {
  super_admin: 'everything, at every site; equal to the owner',
  admin: 'VMS Locals and users of their sites',
  operator: 'adds and controls cameras',
  viewer: 'live, playback and events',
  live_only: 'live pictures only',
};

export const everySite = '*';

/** `Viewer at every site; Operator at Quay`. */
export function sayAccess(access: readonly Grant[], sites: Organisation['sites']): string {
  const names = new Map(sites.map(({ id, name }) => [id, name]));
  return [...access]
    .sort((a, b) => Number(b.site === everySite) - Number(a.site === everySite))
    .map(({ site, role }) =>
      site === everySite
        ? role === 'super_admin'
          ? roleNames[role]
          : `${roleNames[role]} at every site`
        : `${roleNames[role]} at ${names.get(site) ?? 'a site you do not manage'}`,
    )
    .join('; ');
}
