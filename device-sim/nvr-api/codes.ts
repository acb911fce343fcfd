/** Error codes of a recorder's OpenAPI. 0 and -40404 are seen; the others are chosen, as no public source names them. */
export const nvrCode = {
  ok: 0,
  signInNeeded: -40401,
  locked: -40404,
  tokenWrong: -40415,
  notActivated: -40405,
  unknown: -40106,
  parameter: -40209,
} as const;
type Code = (typeof nvrCode)[keyof typeof nvrCode];

export class NvrError extends Error {
  override name = 'NvrError';
  constructor(
    readonly code: Code,
    readonly status: number,
    /** What was wrong with the request, in words. */
    readonly hint: string,
  ) {
    super(hint);
  }
}

export const wrongParameter = (hint: string) => new NvrError(nvrCode.parameter, 400, hint);
