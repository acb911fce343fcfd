/** What `/api/v1` answers, as far as the pages read it. */
export interface Account {
  id: string;
  email: string;
  name: string;
  twoFactor: { enabled: boolean; enabledAt?: string; recoveryCodesLeft?: number };
}

export interface SessionInfo {
  account: Account;
  session: { id: string; amr: string[]; authenticatedAt: string };
}

export interface Challenge {
  status: 'code_required';
  challengeId: string;
  expiresAt: string;
  /** Not told while codes are locked. */
  triesLeft?: number;
}

export type SignInAnswer = { status: 'signed_in'; account: Account } | Challenge;

export interface Enrolment {
  enrolmentId: string;
  secret: string;
  uri: string;
  expiresAt: string;
}

/** From all rights to least. */
export type Role = 'super_admin' | 'admin' | 'operator' | 'viewer' | 'live_only';

/** One role, at a site or (`*`) at every site that has none of its own. */
export interface Grant {
  site: string;
  role: Role;
}

export interface Site {
  id: string;
  name: string;
  timeZone: string;
  address: string;
  role: Role;
  rights: string[];
}

export interface Organisation {
  id: string;
  name: string;
  region: string;
  timeZone: string;
  own: boolean;
  /** At every site; undefined for somebody with chosen sites only. */
  role?: Role;
  rights: string[];
  sites: Site[];
}

export interface User {
  id: string;
  email: string;
  name: string;
  twoFactor: boolean;
  joinedAt: string;
  self: boolean;
  access: Grant[];
  changeable: boolean;
}

export interface Invitation {
  id: string;
  email: string;
  access: Grant[];
  sentAt: string;
  expiresAt: string;
  lapsed: boolean;
  changeable: boolean;
}

/** What a mailed link invites to. */
export interface InvitationView {
  email: string;
  organisation: string;
  from: { name: string; email: string };
  access: { site: string | null; role: Role }[];
  expiresAt: string;
}

export interface Gateway {
  id: string;
  name: string;
  site: { id: string; name: string };
  organisationId: string;
  role: Role;
  rights: string[];
  online: boolean;
  lastSeenAt?: string | null;
  boundAt: string;
  version?: string;
}

export interface BindRequest {
  name: string;
  version?: string;
  expiresAt?: string;
}

export interface Mail {
  id: string;
  to: string;
  subject: string;
  sentAt: string;
  text: string;
  html: string;
}

export interface SessionRow {
  id: string;
  current: boolean;
  /** `web`, `bearer`, `terminal` or `app`. */
  kind: string;
  door: string;
  amr: string[];
  authenticatedAt: string;
  lastSeenAt: string;
  address: string;
  userAgent: string;
}

/** A terminal that the TP-Link JSON API does not ask for a code. */
export interface Terminal {
  id: string;
  name: string;
  lastUsedAt: string;
  expiresAt: string;
}

export interface HistoryRow {
  id: number;
  at: string;
  kind: string;
  address: string;
  userAgent: string;
  detail?: Record<string, unknown>;
}

/** A line of an organisation's audit log. */
export interface AuditLine {
  id: number;
  at: string;
  kind: string;
  who?: { email: string; name: string };
  door: string;
  address: string;
  userAgent: string;
  detail?: Record<string, unknown>;
}

/** A camera as its VMS Local last reported it. */
export interface Device {
  id: string;
  name: string;
  model: string;
  serial: string;
  mac: string;
  firmware: string;
  state: string;
  /** Undefined while it is seen. */
  lastSeenAt?: string;
  gateway: { id: string; name: string; online: boolean };
  site: { id: string; name: string };
}

/** A program that shows a code and waits to be signed in. */
export interface DeviceRequest {
  clientName: string;
  address: string;
}
