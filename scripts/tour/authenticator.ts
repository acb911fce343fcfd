import jsQR from 'jsqr';
import { generateSync } from 'otplib';
import { PNG } from 'pngjs';
import { toBuffer } from 'qrcode';
import type { Clock } from '../../core/runtime/clock.ts';

/** RFC 6238 §4.1, the step every authenticator app uses, milliseconds. */
export const stepMs = 30_000;

/** An authenticator app: it knows what a QR told it, and shows the code of the moment. */
export interface Authenticator {
  readonly secret: string;
  code(): string;
  /** A well-formed code that is none of those valid now. */
  wrongCode(): string;
}

/** Draw the QR of a key URI as a picture, and read it back from its pixels as a phone does. */
export async function scanQr(uri: string): Promise<string> {
  const picture = PNG.sync.read(await toBuffer(uri, { errorCorrectionLevel: 'M', margin: 4, scale: 6 }));
  const read = (jsQR as unknown as typeof jsQR.default)(
    new Uint8ClampedArray(picture.data),
    picture.width,
    picture.height,
  );
  if (!read) throw new Error('the QR could not be read back from its pixels');
  return read.data;
}

/** Add an account to an authenticator from the text of its QR (Key URI format). */
export function createAuthenticator(uri: string, clock: Pick<Clock, 'now'>): Authenticator {
  const parsed = new URL(uri);
  const secret = parsed.searchParams.get('secret');
  if (parsed.protocol !== 'otpauth:' || !secret) throw new Error('the QR is no key URI of an authenticator app');
  const codeAt = (at: number) => generateSync({ secret, epoch: Math.floor(at / 1000) });
  return {
    secret,
    code: () => codeAt(clock.now()),
    wrongCode() {
      const valid = new Set([-2, -1, 0, 1, 2].map((steps) => codeAt(clock.now() + steps * stepMs)));
      for (let n = 0; ; n++) {
        const code = String(n).padStart(6, '0');
        if (!valid.has(code)) return code;
      }
    },
  };
}
