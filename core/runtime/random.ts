import { createCipheriv, createHash, randomBytes, randomUUID } from 'node:crypto';

/** Where a part gets its chance. */
export interface Random {
  /** A number in [0, 1). */
  unit(): number;
  /** A whole number in [0, below). */
  int(below: number): number;
  bytes(size: number): Buffer;
  /** An RFC 9562 version 4 UUID. */
  uuid(): string;
}

const unitOf = (bytes: Buffer) => bytes.readUIntBE(0, 6) / 2 ** 48;

/** The machine's cryptographic random source. */
export const secureRandom: Random = {
  unit: () => unitOf(randomBytes(6)),
  int: (below) => Math.floor(unitOf(randomBytes(6)) * below),
  bytes: (size) => randomBytes(size),
  uuid: () => randomUUID(),
};

/** The same stream of chance for the same seed (AES-256-CTR keystream of SHA-256(seed)); never for secrets of a real account. */
export function seededRandom(seed: string): Random {
  const key = createHash('sha256').update(seed).digest();
  const cipher = createCipheriv('aes-256-ctr', key, Buffer.alloc(16));
  const bytes = (size: number) => cipher.update(Buffer.alloc(size));
  return {
    unit: () => unitOf(bytes(6)),
    int: (below) => Math.floor(unitOf(bytes(6)) * below),
    bytes,
    uuid: () => formatUuid(bytes(16)),
  };
}

/** Sixteen bytes as a version 4 UUID. */
export function formatUuid(bytes: Buffer): string {
  const b = Buffer.from(bytes);
  b[6] = (b[6]! & 0x0f) | 0x40;
  b[8] = (b[8]! & 0x3f) | 0x80;
  const hex = b.toString('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
