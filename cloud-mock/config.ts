/** What a cloud is started with. */
export interface CloudConfig {
  host: string;
  port: number;
  relayPort: number;
  dataDir: string;
  /** How browsers and gateways reach us, when it is not the address listened on; links are made from this alone. */
  publicUrl?: string;
  /**
   * The same for the relay. `https://*.relay.example.test` gives each VMS Local a host name of its own, all answered by the
   * relay's listener; any other address stands for scheme and host, and each VMS Local has a port of its own there.
   */
  publicRelayUrl?: string;
  /** The lowest port that VMS Locals get at the relay, one each; 0: any that is free. */
  relayPorts?: number;
  /** Reverse proxies whose X-Forwarded-For is believed, as addresses or networks; nobody's unless named. */
  trustedProxies?: readonly string[];
  /** Mail also goes out here: `smtp://user:password@host:587`. */
  smtpUrl?: string;
  /** Serve HTTPS on both listeners. PEM texts. */
  tls?: { cert: string; key: string };
  control?: boolean;
  /** Base64 of 32 bytes; without it the key lies in the data folder. */
  sealKey?: string;
  /** Made when there is no account yet. */
  firstAccount?: { email: string; name: string; password?: string };
  limits?: Partial<Limits>;
  /** How often a tunnel is asked for a sign of life, and how long that may take. */
  tunnelPing?: { everyMs?: number; withinMs?: number };
}

/** How many a caller may ask for before it is told to wait. Successful sign-ins do not count. */
export interface Limits {
  /** Wrong passwords from one address within five minutes. */
  wrongPasswordsPerAddress: number;
  /** Wrong passwords for one e-mail address from one network address within five minutes. */
  wrongPasswordsPerAccount: number;
  /** Wrong passwords for one e-mail address within five minutes, from all addresses it was never signed in from. */
  wrongPasswordsFromStrangers: number;
  /** Registrations from one address within ten minutes. */
  signUpsPerAddress: number;
  /** Registrations with one e-mail address within ten minutes: each sends its owner a mail. */
  signUpsPerAccount: number;
  /** User codes (binding, device) looked up by one account or address within ten minutes. */
  userCodesPerCaller: number;
  /** Authorizations and token requests from one address within a minute. */
  tokenRequestsPerAddress: number;
  /** Bindings begun from one address within ten minutes. */
  bindingsPerAddress: number;
  /** Invitations sent by one account within ten minutes, and to one e-mail address within an hour. */
  invitationsPerAccount: number;
  invitationsPerAddressee: number;
  /** Requests and WebSockets one session may have under way through the relay at once. */
  relayRequestsAtOnce: number;
  /** Requests and WebSockets one VMS Local may have under way through the relay at once, of all its people. */
  relayStreamsPerGateway: number;
  /** Requests one relay session may make within a second. */
  relayRequestsPerSecond: number;
  /** Largest request body through the relay, bytes. */
  relayBodyBytes: number;
  /** Bytes a second through the tunnel of one VMS Local, each way; what is above waits. */
  relayBytesPerSecond: number;
}

export const defaultLimits: Limits = {
  wrongPasswordsPerAddress: 200,
  wrongPasswordsPerAccount: 30,
  wrongPasswordsFromStrangers: 300,
  signUpsPerAddress: 100,
  signUpsPerAccount: 5,
  userCodesPerCaller: 30,
  tokenRequestsPerAddress: 600,
  bindingsPerAddress: 100,
  invitationsPerAccount: 50,
  invitationsPerAddressee: 10,
  relayRequestsAtOnce: 256,
  relayStreamsPerGateway: 800,
  relayRequestsPerSecond: 500,
  relayBodyBytes: 256 * 1024 * 1024,
  relayBytesPerSecond: 32 * 1024 * 1024,
};

/** How long things live, in milliseconds. */
export const lifetimes = {
  challenge: 5 * 60_000,
  elevation: 120_000,
  enrolment: 10 * 60_000,
  mailLink: 10 * 60_000,
  invitation: 7 * 86_400_000,
  binding: 15 * 60_000,
  /** So long a new binding keeps others away although the VMS Local has not spoken yet. */
  bindingUntouched: 60_000,
  relayTicket: 60_000,
  /** A spent code or refresh token that comes again within this time is a race of one client, later it is theft. */
  reuseGrace: 3_000,
  trustedTerminal: 30 * 86_400_000,
  appRefresh: 30 * 86_400_000,
  /** How old a sign-in may be for binding a VMS Local without the password. */
  recentSignIn: 15 * 60_000,
} as const;

/** A session ends after this long unused, and in any case after the second figure. */
export const sessionLimits = {
  web: { idleMs: 12 * 3_600_000, absoluteMs: 7 * 86_400_000 },
  bearer: { idleMs: 7 * 86_400_000, absoluteMs: 30 * 86_400_000 },
  terminal: { idleMs: 14 * 86_400_000, absoluteMs: 30 * 86_400_000 },
  app: { idleMs: 14 * 86_400_000, absoluteMs: 30 * 86_400_000 },
} as const;

export const triesPerChallenge = 5;
export const triesPerMailLink = 5;
/** Mails with a link to switch the second factor off: at most so many within an hour and within a day. */
export const mailLinksPerHour = 3;
export const mailLinksPerDay = 5;
