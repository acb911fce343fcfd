import { ProblemError } from '../terminal/http.ts';
import { DeviceRefusal } from './local-api.ts';

/** What to do about it, where the other side only says what is wrong. */
const remedies: Record<string, string> = {
  gateway_proof_wrong: 'is the label of this camera? Scan its QR again',
  proof_wrong: 'is the label of this camera? Scan its QR again',
  gateway_unreachable: 'can the camera reach the VMS Local, or does a firewall drop its pairing port?',
  timed_out: 'can the camera reach the VMS Local, or does a firewall drop its pairing port?',
  gateway_mismatch: 'another VMS Local answers at that address: check the network',
  certificate_invalid: 'is the time of the VMS Local right?',
  busy: 'wait until it is done, then run the same again',
  ticket_used: 'run the same again with a fresh code',
  ticket_unknown: 'run the same again with a fresh code',
  ticket_expired: 'run the same again with a fresh code',
};

/** A failure at one device: a code for scripts, and a sentence for people that says what to do. */
export function refusalOf(error: unknown): { code: string; message: string } {
  const { message } = error as Error;
  if (error instanceof ProblemError) return { code: error.code, message };
  if (error instanceof DeviceRefusal) {
    const code = String(error.details['code'] ?? error.errorCode);
    const remedy = Object.hasOwn(remedies, code) ? remedies[code] : undefined;
    return { code, message: remedy ? `${message}: ${remedy}` : message };
  }
  const { code } = error as NodeJS.ErrnoException;
  return code
    ? { code, message: `the camera does not answer (${code}): is it powered, and on this network?` }
    : { code: 'failed', message };
}
