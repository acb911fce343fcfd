import { z } from 'zod';

/**
 * Messages of the pairing handshake: one JSON object a line over TLS 1.3 (DESIGN §5 step 4; our own design).
 *
 *   camera  → gateway   hello      serial, ticket, nonce, description, certificate request
 *   gateway → camera    challenge  nonce, CA certificate, the gateway's proof (gateway proves first)
 *   camera  → gateway   proof      the camera's proof, sent only after the gateway's was right
 *   gateway → camera    issued     certificate, MQTT address
 *   either  → other     refused    code and a sentence; the connection ends
 *
 * A paired camera comes to the same port with its certificate: `renew` → `issued`, and `check` → `good`. A certificate
 * that the gateway took back is `refused` as `unpaired`, by a gateway that the camera's pinned CA vouches for: then, and
 * only then, the camera forgets the pairing.
 */
const base64 = (bytes: number) =>
  z
    .string()
    .regex(/^[A-Za-z0-9+/]+={0,2}$/)
    .max(Math.ceil(bytes / 3) * 4);
const port = z.number().int().min(1).max(65535);

/** What the gateway needs to speak to the camera once paired; the account was made by the camera for this gateway alone. */
export const deviceDescription = z.object({
  name: z.string().min(1).max(64),
  model: z.string().min(1).max(64),
  manufacturer: z.string().min(1).max(64),
  firmware: z.string().max(64),
  mac: z.string().regex(/^([0-9A-F]{2}[:-]){5}[0-9A-F]{2}$/i),
  /** The camera's address as it sees itself; the gateway uses the peer address of the connection when they differ. */
  host: z.string().min(1).max(255),
  onvifPort: port,
  onvifPath: z.string().startsWith('/').max(128),
  rtspPort: port,
  httpsPort: port,
  /** Path of a still JPEG on the HTTP port (digest with the account below); absent when the camera gives none. */
  snapshotPath: z.string().startsWith('/').max(128).optional(),
  username: z.string().min(1).max(64),
  password: z.string().min(16).max(128),
});
export type DeviceDescription = z.infer<typeof deviceDescription>;

export const helloMessage = z.object({
  type: z.literal('hello'),
  version: z.string().max(32),
  serial: z.string().regex(/^[A-Za-z0-9_-]{1,64}$/),
  ticketId: z.string().max(64),
  /** The ticket itself: 256 bits, Base64. */
  ticket: base64(32),
  nonce: base64(32),
  /** JSON text of DeviceDescription, hashed as it stands. */
  device: z.string().max(2048),
  certificateRequest: base64(4096),
});
export const challengeMessage = z.object({
  type: z.literal('challenge'),
  gatewayId: z.string().max(64),
  nonce: base64(32),
  caCertificate: base64(4096),
  proof: base64(32),
});
export const proofMessage = z.object({ type: z.literal('proof'), proof: base64(32) });
export const issuedMessage = z.object({
  type: z.literal('issued'),
  /** DER, Base64. */
  certificate: base64(4096),
  mqtt: z.object({ port, clientId: z.string().max(64), topicPrefix: z.string().max(256) }),
  notAfter: z.iso.datetime(),
});
export const renewMessage = z.object({ type: z.literal('renew'), certificateRequest: base64(4096) });
export const checkMessage = z.object({ type: z.literal('check') });
export const goodMessage = z.object({ type: z.literal('good') });
export const refusalCodes = [
  'version_unsupported',
  'ticket_unknown',
  'ticket_expired',
  'ticket_used',
  'proof_wrong',
  'request_invalid',
  'certificate_refused',
  'unpaired',
  'busy',
] as const;
export const refusedMessage = z.object({
  type: z.literal('refused'),
  code: z.enum(refusalCodes),
  message: z.string().max(300),
});

export type HelloMessage = z.infer<typeof helloMessage>;
export type ChallengeMessage = z.infer<typeof challengeMessage>;
export type ProofMessage = z.infer<typeof proofMessage>;
export type IssuedMessage = z.infer<typeof issuedMessage>;
export type RenewMessage = z.infer<typeof renewMessage>;
export type RefusedMessage = z.infer<typeof refusedMessage>;
export type RefusalCode = (typeof refusalCodes)[number];

/** Longest line either end reads. */
export const maxLineBytes = 16 * 1024;
/** Longest time one handshake may take, milliseconds. */
export const handshakeTimeoutMs = 10_000;
