import { isRole, type Role, roleCovers } from '../../people/roles.ts';

/** `super_admin` as a person writes it: `Super admin`. */
export const roleName = (role: string) => role.replace(/[_-]+/g, ' ').replace(/^./, (first) => first.toUpperCase());

/** Is a role enough? The gateway decides; this only hides what it would refuse. */
export const covers = (role: string, needed: Role) => isRole(role) && roleCovers(role, needed);
