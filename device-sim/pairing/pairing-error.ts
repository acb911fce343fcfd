import type { RefusalCode } from '../../core/pairing/messages.ts';

export type PairingErrorCode =
  | RefusalCode
  | 'gateway_unreachable'
  | 'gateway_mismatch'
  | 'gateway_proof_wrong'
  | 'protocol_error'
  | 'certificate_invalid'
  | 'timed_out'
  | 'already_paired'
  | 'not_initialized';

/** Why a camera is not paired. The message goes to the person who asked, so no secret is in it. */
export class PairingError extends Error {
  override name = 'PairingError';
  constructor(
    readonly code: PairingErrorCode,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
