import type { Role } from '../../people/roles.ts';

/** `super_admin` as a person writes it: `Super admin`. */
export const roleName = (role: Role) => role.replaceAll('_', ' ').replace(/^./, (first) => first.toUpperCase());

export const roleMeaning: Record<Role, string> = {
  super_admin: 'everything, other administrators too',
  admin: 'cameras, people, Cloud Access, MQTT',
  operator: 'looks at everything, searches the network',
  viewer: 'pictures and events',
  live_only: 'live pictures, no events',
};
