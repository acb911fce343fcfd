import { createHash, createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';

/** What both ends of a pairing agree on before either trusts the other (DESIGN §5 step 4; facts/identity.md §4.2). */
export interface Transcript {
  serial: string;
  gatewayId: string;
  ticketId: string;
  /** 32 bytes each, fresh for this connection. */
  cameraNonce: Buffer;
  gatewayNonce: Buffer;
  /** DER of the gateway's CA certificate, which the camera will pin. */
  caCertificate: Buffer;
  /** DER of the camera's PKCS#10 request. */
  certificateRequest: Buffer;
  /** The camera's own description as canonical JSON text: bound, so that nobody in between can alter an address. */
  device: string;
  /** RFC 9266 `tls-exporter` value (32 bytes): differs as soon as somebody sits in between. */
  channel: Buffer;
}

export const pairingVersion = 'vigil-pairing-1';
export const nonceBytes = 32;
/** RFC 9266 §4.2: label and empty context of the channel binding. */
export const channelBinding = { label: 'EXPORTER-Channel-Binding', length: 32 } as const;

const sha256 = (...parts: (string | Uint8Array)[]) => {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest();
};

/** Each part with its length in front, so that no two different transcripts read the same. */
export function transcriptHash(t: Transcript): Buffer {
  const parts = [
    Buffer.from(pairingVersion),
    Buffer.from(t.serial),
    Buffer.from(t.gatewayId),
    Buffer.from(t.ticketId),
    t.cameraNonce,
    t.gatewayNonce,
    sha256(t.caCertificate),
    sha256(t.certificateRequest),
    sha256(t.device),
    t.channel,
  ];
  return sha256(
    ...parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

export type Prover = 'gateway' | 'camera';

/** HMAC-SHA256 over the transcript with a key of this prover's own: HKDF(K, salt = nonces, info = prover). */
export function proof(prover: Prover, labelSecret: Buffer, transcript: Transcript): Buffer {
  const salt = Buffer.concat([transcript.cameraNonce, transcript.gatewayNonce]);
  const key = hkdfSync('sha256', labelSecret, salt, `${pairingVersion} ${prover}`, 32);
  return createHmac('sha256', Buffer.from(key)).update(transcriptHash(transcript)).digest();
}

/** Constant time; false for a wrong length. */
export const sameProof = (a: Buffer, b: Buffer) => a.length === b.length && timingSafeEqual(a, b);
