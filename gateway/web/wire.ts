/**
 * What the gateway's `/api/v1` answers. Types of the gateway's own code where it has them, so a change there is an error
 * here; instants are ISO 8601 texts.
 */
import type { CameraView, EventView } from '../bus.ts';
import type { CloudAccessView } from '../cloud-access/cloud-access.ts';
import type { FoundDevice } from '../discovery/discover.ts';
import type { TicketState } from '../pairing/ticket-life.ts';
import type { Role, SignedIn } from '../people/roles.ts';

export type User = Pick<SignedIn, 'name' | 'role' | 'via' | 'email' | 'remote'>;

export interface Status {
  name: string;
  version: string;
  gatewayId: string;
  setupRequired: boolean;
  cloudAccess: { bound: boolean; online: boolean; account?: string };
  /** SHA-256 of the local CA, where the gateway serves TLS. */
  caFingerprint?: string;
}

export type Camera = CameraView;
export type CameraState = CameraView['state'];
export type CameraEvent = EventView;
export type CloudAccess = CloudAccessView;
export type DiscoveredDevice = FoundDevice & { known: boolean };

export interface EventPage {
  /** Newest first. */
  events: CameraEvent[];
  /** Ask for older ones with `before`; absent when there are none. */
  next?: number;
}

export interface BrokerAccount {
  name: string;
  createdAt: string;
  lastSeenAt: string | null;
}

export interface SessionInfo {
  id: string;
  current: boolean;
  name: string;
  role: Role;
  via: 'local' | 'tplink';
  remote: boolean;
  address: string;
  userAgent: string;
  startedAt: string;
  lastSeenAt: string;
}

export interface LocalUser {
  id: string;
  name: string;
  role: Role;
  createdAt: string;
  secondFactor: boolean;
}

export interface PairingTicket {
  id: string;
  serial: string;
  operator: string;
  state: TicketState;
  tries: number;
  refusal: string | null;
  createdAt: string;
  expiresAt: string;
}

export interface PairingCertificate {
  serialNumber: string;
  camera: { id: string | null; name: string; serial: string };
  renewal: boolean;
  issuedAt: string;
  notAfter: string;
  usedAt: string | null;
}

/** A TP-Link ID that the cloud lets in. */
export interface Member {
  email: string;
  name: string;
  role: Role;
}

export interface AuditEntry {
  id: number;
  at: string;
  action: string;
  actor: string;
  /** The actor as people know it, while it is known here. */
  who?: string;
  address: string;
  details: unknown;
}

export type FeedMessage =
  | { type: 'hello'; lastEventId: number }
  /** A stored event: live, or replayed. */
  | { type: 'event'; event: CameraEvent }
  | { type: 'camera'; camera: Camera }
  | { type: 'camera-removed'; id: string }
  | { type: 'session-ended'; reason?: string };

export const feedProtocol = 'vigil.feed.v1';
