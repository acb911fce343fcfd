/** What a caller of the fleet can act on, and the HTTP status it has at the control API. */
export const errorStatus = {
  body_invalid: 400,
  body_too_large: 413,
  not_authorized: 401,
  host_refused: 403,
  origin_refused: 403,
  not_found: 404,
  method_not_allowed: 405,
  camera_unknown: 404,
  kind_unknown: 422,
  not_offered: 422,
  scenario_invalid: 422,
  camera_dark: 409,
  state_unreadable: 500,
} as const;
export type ErrorCode = keyof typeof errorStatus;

export class SimError extends Error {
  override name = 'SimError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
