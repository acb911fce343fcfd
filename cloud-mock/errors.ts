/** What a caller can act on, and the HTTP status that follows from it. */
export const errorStatus = {
  access_invalid: 422,
  already_member: 409,
  assertion_invalid: 401,
  binding_unknown: 404,
  body_invalid: 400,
  body_too_large: 413,
  busy: 503,
  challenge_ended: 401,
  content_type_unsupported: 415,
  device_code_unknown: 404,
  device_unknown: 404,
  elevation_invalid: 401,
  enrolment_ended: 409,
  gateway_bound_elsewhere: 409,
  gateway_offline: 502,
  gateway_refused: 502,
  gateway_unknown: 404,
  interaction_expired: 410,
  invitation_for_other: 403,
  invitation_invalid: 401,
  invitation_unknown: 404,
  last_super_admin: 409,
  link_invalid: 401,
  locked_out: 429,
  mail_unknown: 404,
  mailbox_refused: 403,
  member_unknown: 404,
  not_found: 404,
  organisation_unknown: 404,
  origin_refused: 403,
  password_unfit: 422,
  query_invalid: 400,
  reauthentication_required: 401,
  relay_session_required: 401,
  role_insufficient: 403,
  second_factor_enrolment_required: 403,
  second_factor_off: 409,
  session_required: 401,
  session_unknown: 404,
  site_exists: 409,
  site_in_use: 409,
  site_unknown: 404,
  terminal_unknown: 404,
  ticket_invalid: 401,
  token_invalid: 401,
  too_many_requests: 429,
  wrong_code: 401,
  wrong_credentials: 401,
} as const;

export type ErrorCode = keyof typeof errorStatus;

export class CloudError extends Error {
  override name = 'CloudError';
  constructor(
    readonly code: ErrorCode,
    message: string,
    /** Goes into the answer: never a secret. */
    readonly details: Record<string, unknown> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }
}

/** The sentences that must read alike wherever they come from, so that nothing can be told from them. */
export const refusals = {
  wrongCredentials: () => new CloudError('wrong_credentials', 'The e-mail address or the password is not right.'),
  wrongCode: (details: Record<string, unknown> = {}) =>
    new CloudError('wrong_code', 'That code is not right, or it was used already.', details),
  challengeEnded: () => new CloudError('challenge_ended', 'This sign-in is over. Start again with your password.'),
  sessionRequired: () => new CloudError('session_required', 'Sign in first.'),
};
