/**
 * Every way into a fleet (DESIGN §3): what listens, and who may come in. A test knocks at each as a stranger and hears
 * what stands here.
 */
export interface Door {
  /** Where it listens. */
  at: string;
  /** Who may come in, and by what. */
  who: string;
  /** What a stranger is answered. */
  stranger: string;
}

export const doors = {
  onvif: {
    at: 'port +0 (80) of each camera, and the ports of its subscriptions',
    who: 'PRE_AUTH operations: anybody; the others: a user of the camera by WS-UsernameToken or HTTP digest',
    stranger: 'a fault ter:NotAuthorized, or 401 with challenges',
  },
  picture: {
    at: 'port +0 (80) of each camera: the still picture',
    who: 'a user of the camera by HTTP digest or Basic',
    stranger: '401',
  },
  localApi: {
    at: 'port +1 (443) of each camera, TLS: /ds',
    who: 'who sets the first password of a camera that has none; then the admin by an encrypted password',
    stranger: 'an error code, and the lock after ten wrong tries',
  },
  rtsp: {
    at: 'port +2 (554) of each camera; through HTTP and WebSocket at port +0',
    who: 'a user of the camera by digest or Basic',
    stranger: '401',
  },
  openApi: {
    at: 'port +3 (20443) of each camera, TLS; closed until switched on',
    who: 'the admin by digest',
    stranger: 'an error code, under the same lock as /ds',
  },
  discovery: {
    at: 'UDP 3702 of the host, one socket for the fleet',
    who: 'anybody on the network; tells names, addresses and scopes only',
    stranger: 'ProbeMatches and ResolveMatches',
  },
  control: {
    at: 'a port of its own on loopback, when asked for',
    who: 'the bearer token printed at the start; a Host that is an address or localhost; no page of another origin',
    stranger: '401; 403 for a foreign Host or Origin',
  },
  console: {
    at: '--console-port, on loopback unless --console-host says otherwise',
    who: 'pages: anybody, they hold nothing; /control/v1: as control',
    stranger: 'pages without data; 401; 403 for a foreign Host or Origin',
  },
} as const satisfies Record<string, Door>;
