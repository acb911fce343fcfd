/**
 * Every way in (DESIGN §3), as this gateway has it. Each route, WebSocket and listener names the door it belongs to; a
 * test walks the running gateway and fails when something belongs to none.
 */
export const doors = {
  pages: { way: 'static pages, built from gateway/web', secondFactor: 'none needed: no data without a session' },
  status: { way: 'what may be known before sign-in: name, version, whether set-up is due', secondFactor: 'none needed' },
  health: { way: '/healthz, /readyz for anyone; /metrics for loopback and administrators', secondFactor: 'none needed' },
  setup: {
    way: 'first admin, by the set-up code printed at start; gone once an admin exists; never through the tunnel',
    secondFactor: 'the code shows control of the machine',
  },
  local: {
    way: 'local account: name and password, for a session or an elevation; never through the tunnel',
    secondFactor: 'TOTP of the gateway’s own when the account has it on',
  },
  tplink: {
    way: 'TP-Link ID on the LAN: OIDC code flow with PKCE at the bound cloud',
    secondFactor: 'asked by the cloud; a token without otp is refused when the account has a second factor',
  },
  assertion: {
    way: 'TP-Link ID by an assertion of the bound cloud: the tunnel, the App',
    secondFactor: 'as tplink, by the same check',
  },
  backchannel: { way: 'logout tokens signed by the bound cloud; they only end sessions', secondFactor: 'machine' },
  session: { way: 'everything behind a session of the doors above', secondFactor: 'inherited' },
  feed: { way: 'WebSocket feed: single-use ticket of a session, Origin checked', secondFactor: 'inherited' },
  elevation: {
    way: 'adding a camera from the Config Tool: an elevation that the cloud, or the gateway to a local administrator, gave for a fresh code, spent once',
    secondFactor: 'always, unless the policy allows the password',
  },
  pairing: { way: 'TLS listener for cameras: ticket and mutual proof, or the certificate for renewal', secondFactor: 'machine' },
  mqtts: { way: 'MQTT over TLS: certificate of a paired camera, or a broker account', secondFactor: 'machine' },
  mqtt: { way: 'MQTT without TLS, loopback only: a broker account', secondFactor: 'machine' },
  tunnel: { way: 'dialled out to the bound cloud with the gateway key; its streams enter by the same HTTP server', secondFactor: 'machine' },
  http: { way: 'the HTTP(S) listener: its routes are rows of their own', secondFactor: 'by route' },
  control: { way: 'lab control: off unless asked for, loopback, bearer token printed at start', secondFactor: 'none' },
} as const; // biome-ignore format: a table
export type Door = keyof typeof doors;
