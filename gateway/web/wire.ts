import type { EventKind } from '../../core/onvif/event.ts';

/** What the gateway's `/api/v1` answers. Instants are ISO 8601 texts. */
export interface User {
  name: string;
  role: string;
  via: 'local' | 'tplink';
  email?: string;
  /** Came through the cloud's relay. */
  remote: boolean;
}

export interface Status {
  name: string;
  version: string;
  gatewayId: string;
  setupRequired: boolean;
  cloudAccess: { bound: boolean; online: boolean; account?: string };
  /** SHA-256 of the local CA, where the gateway serves TLS. */
  caFingerprint?: string;
}

export const cameraStates = [
  'online',
  'connecting',
  'degraded',
  'offline',
  'wrong_password',
  'locked',
  'uninitialized',
] as const;
export type CameraState = (typeof cameraStates)[number];

export type EventRoute = 'mqtt' | 'pull-point';

export interface Camera {
  id: string;
  name: string;
  model: string | null;
  manufacturer: string | null;
  serial: string | null;
  mac: string | null;
  firmware: string | null;
  address: { host: string; port: number };
  state: CameraState;
  stateDetail: string | null;
  adoptedBy: 'pairing' | 'onvif';
  eventRoute: EventRoute | null;
  clockOffsetMs: number | null;
  addedAt: string;
  lastSeenAt: string | null;
}

export interface CameraEvent {
  /** Rises with every event the gateway stores. */
  id: number;
  cameraId: string;
  cameraName: string;
  kind: EventKind;
  /** Whether the thing goes on; null for events that only happen. */
  active: boolean | null;
  topic: string;
  route: EventRoute;
  occurredAt: string;
  receivedAt: string;
  data: Record<string, unknown>;
}

export interface EventPage {
  events: CameraEvent[];
  /** Ask for older ones with `before`; absent when there are none. */
  next?: number | null;
}

export interface DiscoveredDevice {
  address: string;
  name?: string;
  model?: string;
  mac?: string;
  types: string[];
  scopes: string[];
  known: boolean;
}

export interface CloudAccess {
  state: 'unbound' | 'pending' | 'bound';
  online: boolean;
  account?: string | null;
  cloudUrl?: string | null;
  userCode?: string | null;
  verificationUriComplete?: string | null;
  expiresAt?: string | null;
  /** Why the last try to bind came to nothing. */
  lastRefusal?: string | null;
}

export interface BrokerAccount {
  name: string;
  createdAt?: string;
  lastSeenAt?: string | null;
  topics?: string[];
}

export interface SessionInfo {
  id: string;
  current: boolean;
  remote: boolean;
  address: string;
  userAgent: string;
  createdAt: string;
  lastSeenAt: string;
}

export type FeedMessage =
  | { type: 'hello'; lastEventId: number }
  | { type: 'event'; event: CameraEvent }
  | { type: 'camera'; camera: Camera }
  | { type: 'camera-removed'; id: string }
  | { type: 'session-ended'; reason?: string };

export const feedProtocol = 'vigil.feed.v1';
