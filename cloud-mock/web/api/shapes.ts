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

export interface Gateway {
  id: string;
  name: string;
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

/** A program that shows a code and waits to be signed in. */
export interface DeviceRequest {
  clientName: string;
  address: string;
}
