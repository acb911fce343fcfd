/**
 * Why a camera could not be asked:
 * refused        it does not accept the password: never ask again with the same one
 * locked         it accepts nobody for a while
 * uninitialized  it has no password yet
 * unsupported    it cannot do this
 * fault          it answered with another SOAP fault
 * answer_invalid what came back is no answer, or too big, or not XML
 * timeout, unreachable  it may heal
 */
export type OnvifFailure =
  | 'refused'
  | 'locked'
  | 'uninitialized'
  | 'unsupported'
  | 'fault'
  | 'answer_invalid'
  | 'timeout'
  | 'unreachable';

export class OnvifError extends Error {
  override name = 'OnvifError';
  constructor(
    readonly failure: OnvifFailure,
    message: string,
    /** Local names of the fault's subcodes, outer first. */
    readonly subcodes: readonly string[] = [],
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

export const isOnvifError = (error: unknown, ...failures: OnvifFailure[]): error is OnvifError =>
  error instanceof OnvifError && (failures.length === 0 || failures.includes(error.failure));
