/** What a caller can act on; the HTTP status follows from the code. */
export const errorStatus = {
  // The request itself
  body_invalid: 400,
  query_invalid: 400,
  body_too_large: 413,
  json_required: 415,
  not_found: 404,
  method_not_allowed: 405,
  origin_refused: 403,
  too_many_requests: 429,
  // People
  sign_in_required: 401,
  role_insufficient: 403,
  local_only: 403,
  setup_done: 409,
  setup_code_wrong: 401,
  password_unfit: 422,
  wrong_credentials: 401,
  locked_out: 429,
  user_exists: 409,
  last_super_admin: 409,
  // TP-Link ID and Cloud Access
  second_factor_required: 401,
  code_wrong: 401,
  second_factor_on: 409,
  second_factor_enrolment_required: 403,
  assertion_invalid: 401,
  logout_token_invalid: 400,
  sign_in_too_old: 401,
  not_a_member: 403,
  flow_ended: 400,
  sign_in_refused: 401,
  cloud_access_unbound: 409,
  cloud_access_busy: 409,
  cloud_url_refused: 422,
  cloud_unreachable: 502,
  cloud_refused: 502,
  // Cameras
  camera_exists: 409,
  camera_auth_failed: 422,
  camera_unreachable: 502,
  camera_unsupported: 422,
  camera_locked: 422,
  camera_uninitialized: 422,
  address_refused: 422,
  interface_unknown: 422,
  snapshot_unavailable: 502,
  snapshot_unsupported: 404,
  live_unavailable: 502,
  live_unsupported: 404,
  ptz_unsupported: 404,
  ptz_refused: 422,
  preset_unknown: 404,
  local_api_unsupported: 404,
  passthrough_refused: 422,
  // Pairing and broker
  elevation_required: 401,
  elevation_invalid: 401,
  ticket_open: 409,
  pairing_ticket_invalid: 401,
  label_secret_invalid: 422,
  broker_account_exists: 409,
} as const;
export type ErrorCode = keyof typeof errorStatus;

export class GatewayError extends Error {
  override name = 'GatewayError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}
