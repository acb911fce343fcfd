/** From all to least. Each covers those after it. */
export const roles = ['super_admin', 'admin', 'operator', 'viewer', 'live_only'] as const;
export type Role = (typeof roles)[number];

export const isRole = (text: string): text is Role => (roles as readonly string[]).includes(text);
export const roleCovers = (has: Role, needed: Role) => roles.indexOf(has) <= roles.indexOf(needed);

/** Who a request comes from. */
export interface SignedIn {
  sessionId: string;
  /** `user:<id>` or `tplink:<sub>`: what audit lines and ownership go by. */
  actor: string;
  name: string;
  role: Role;
  via: 'local' | 'tplink';
  email?: string;
  /** Came through the tunnel. */
  remote: boolean;
  amr: string[];
  authenticatedAt: number;
  createdAt: number;
  expiresAt: number;
}
