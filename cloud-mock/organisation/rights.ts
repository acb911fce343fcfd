/**
 * Who may do what in an organisation. That there are five roles, that a Super Admin equals the owner over all sites, and
 * that the others can be limited to chosen sites is the product's (FAQ 4126); the names of the other four, and this table,
 * are our own.
 */
export const roles = ['super_admin', 'admin', 'operator', 'viewer', 'live_only'] as const;
export type Role = (typeof roles)[number];

/** The least role that a right needs. Each role has the rights of those after it. */
export const rights = {
  /** Name and time zone of the organisation; make and remove sites; read the organisation's audit log. */
  'organisation.change': 'super_admin',
  'site.make': 'super_admin',
  'site.remove': 'super_admin',
  'audit.read': 'super_admin',
  /** At the sites where the role holds. */
  'site.change': 'admin',
  'user.manage': 'admin',
  'gateway.bind': 'admin',
  'gateway.change': 'admin',
  'gateway.unbind': 'admin',
  'device.pair': 'operator',
  'device.command': 'operator',
  'device.see': 'live_only',
  'gateway.open': 'live_only',
} as const satisfies Record<string, Role>;
export type Right = keyof typeof rights;

const rank = (role: Role) => roles.indexOf(role);

export const isRole = (text: string): text is Role => (roles as readonly string[]).includes(text);
export const may = (role: Role | undefined, right: Right): boolean =>
  role !== undefined && rank(role) <= rank(rights[right]);

/** All rights of a role, by name. */
export const rightsOf = (role: Role | undefined): Right[] =>
  (Object.keys(rights) as Right[]).filter((right) => may(role, right));

/** Every site that has no role of its own, those made later included. */
export const everySite = '*';

/** One role, at a site or at every site. */
export interface Grant {
  site: string;
  role: Role;
}

/** The role that these grants give at a site; undefined: none. */
export const roleAt = (access: readonly Grant[], site: string): Role | undefined =>
  (access.find((one) => one.site === site) ?? access.find((one) => one.site === everySite))?.role;

/**
 * May somebody with `own` give this access to another, or take it away? A Super Admin may all. An Admin may what is less
 * than an Admin, where they are one.
 */
export function mayGrant(own: readonly Grant[], access: readonly Grant[]): boolean {
  return access.every(({ site, role }) => {
    const here = roleAt(own, site);
    if (here === 'super_admin') return true;
    return may(here, 'user.manage') && rank(role) > rank(here!);
  });
}

/** Why this access cannot be given at all; undefined when it can. */
export function whyNoAccess(access: readonly Grant[], sites: ReadonlySet<string>): string | undefined {
  if (access.length === 0) return 'choose a role for at least one site';
  if (new Set(access.map(({ site }) => site)).size !== access.length) return 'a site is named twice';
  const stranger = access.find(({ site }) => site !== everySite && !sites.has(site));
  if (stranger) return 'one of the sites is not of this organisation';
  if (access.some(({ role }) => role === 'super_admin') && (access.length > 1 || access[0]!.site !== everySite))
    return 'a Super Admin is one at every site';
  return undefined;
}
