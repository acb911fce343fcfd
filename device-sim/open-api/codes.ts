/** Error codes of the vendor's OpenAPI document V1.1. */
export const openApiCode = {
  ok: 0,
  jsonParse: -10001,
  notAuthorized: -10002,
  methodUnknown: -10003,
  noMethod: -10004,
  noParams: -10005,
  valueMissing: -10006,
  /** A multipleRequest within a multipleRequest, or one that holds none. */
  multipleNested: -10007,
  multipleTooMany: -10008,
  payload: -10009,
  parameter: -10010,
  noStorage: -10013,
  motorStalled: -10016,
  signInFailed: -10020,
  tooManyClients: -10021,
  locked: -10022,
  directiveUnsupported: -10030,
  /** ONVIF_SET_WRONG_TIME (quirk `time-in-range`). */
  wrongTime: -69061,
} as const;

export class OpenApiError extends Error {
  override name = 'OpenApiError';
  constructor(readonly code: (typeof openApiCode)[keyof typeof openApiCode]) {
    super(`OpenAPI error ${code}`);
  }
}
