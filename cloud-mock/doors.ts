/**
 * Every way into the cloud. A route, WebSocket or listener names the door it belongs to, and a test fails when one is in
 * no row (`test/cloud/doors.test.ts`). Numbers are those of the design's table; doors without one carry no sign-in.
 */
export interface Door {
  number?: number;
  /** The product, or who it is, that comes in here. */
  stands: string;
  path: string;
  secondFactor: string;
}

export const doors = {
  'web-portal': {
    number: 1,
    stands: 'VMS Cloud in the browser',
    path: '/api/v1 with the session cookie; /sign-in page',
    secondFactor: 'the 6-digit code when two-factor authentication is on',
  },
  'vms-local-oidc': {
    number: 2,
    stands: 'VMS Local in the browser, TP-Link ID bound by Cloud Access',
    path: '/oidc (code + PKCE), finished by a live session of door 1',
    secondFactor: 'that session’s; the ID token says which factors were used and whether the account has two',
  },
  'tplink-v2': {
    number: 4,
    stands: 'VIGI App, and other TP-Link cloud clients',
    path: '/api/v2/account and /api/v2/common',
    secondFactor: 'login answers -20677 and checkMFACodeAndLogin takes the code (type 3, our extension)',
  },
  relay: {
    number: 5,
    stands: 'VIGI App or a browser into a VMS Local from outside',
    path: 'the relay listener: /<gatewayId>/_open with a single-use ticket, then everything below /<gatewayId>/',
    secondFactor: 'that of the session the ticket was made in; the gateway checks the assertion itself',
  },
  'device-grant': {
    number: 6,
    stands: 'VMS PC Client and Config Tool',
    path: '/oidc/device/auth and /oidc/token, approved at /device by a live session of door 1; or door 1 as bearer',
    secondFactor: 'that of the approving session',
  },
  elevation: {
    number: 8,
    stands: 'Config Tool adding a device',
    path: 'POST /api/v1/elevations',
    secondFactor: 'always a fresh code; refused without two-factor authentication unless the gateway allows a password',
  },
  'tplink-v1': {
    number: 9,
    stands: 'old TP-Link cloud clients',
    path: 'POST /',
    secondFactor: 'the same engine and codes as door 4',
  },
  machine: {
    number: 12,
    stands: 'a bound VMS Local itself',
    path: '/api/v1/gateway/*, /api/v1/bindings, WebSocket /tunnel',
    secondFactor: 'none: machine identity, an assertion signed with the key made at binding, good once',
  },
  control: {
    number: 13,
    stands: 'the lab',
    path: 'its own loopback listener, only when asked for',
    secondFactor: 'none: bearer token printed at start',
  },
  'mail-link': {
    stands: 'whoever lost the phone',
    path: 'POST /api/v1/sign-in/lost-device, POST /api/v1/two-factor/off',
    secondFactor: 'takes it off: right password first, then the mailed link, then the password again; signs nobody in',
  },
  invitation: {
    stands: 'whoever was invited to an organisation',
    path: 'POST /api/v1/invitations/look and /decline with the mailed link; /accept also needs a live session of door 1',
    secondFactor: 'that of the session; signs nobody in',
  },
  'sign-up': {
    stands: 'whoever registers',
    path: 'POST /api/v1/sign-up',
    secondFactor: 'none: signs nobody in',
  },
  mailbox: {
    stands: 'the built-in mailbox',
    path: '/api/v1/mailbox',
    secondFactor: 'none: loopback only, elsewhere the mailbox password; signs nobody in',
  },
  public: {
    stands: 'anybody',
    path: 'pages, health, API description: nothing of an account',
    secondFactor: 'none: nothing to protect',
  },
} as const satisfies Record<string, Door>;

export type DoorId = keyof typeof doors;

/** What listens or upgrades, and the doors behind it. */
export interface Entrance {
  kind: 'listener' | 'upgrade';
  name: string;
  doors: readonly DoorId[];
}

/** Routes of oidc-provider that we let through, by path below /oidc. Anything else there is not found. */
export const oidcRoutes: Record<string, DoorId> = {
  '/.well-known/openid-configuration': 'public',
  '/.well-known/oauth-authorization-server': 'public',
  '/jwks': 'public',
  '/auth': 'vms-local-oidc',
  '/auth/:uid': 'vms-local-oidc',
  '/token': 'vms-local-oidc',
  '/token/introspection': 'vms-local-oidc',
  '/token/revocation': 'device-grant',
  '/me': 'device-grant',
  '/device/auth': 'device-grant',
};
