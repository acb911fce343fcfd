/** Why a sign-in with a TP-Link ID was refused, as `#/sign-in?error=<code>` says it, in plain words. */
const refusals: Record<string, string> = {
  second_factor_required:
    'This TP-Link ID has two-factor authentication on. Sign in with the 6-digit code from the authenticator app.',
  not_a_member:
    'This TP-Link ID has no access to this gateway. Ask its owner for an invitation, or sign in with another one.',
  sign_in_refused: 'The sign-in was refused or cancelled at the cloud.',
  access_denied: 'The sign-in was cancelled at the cloud.',
  sign_in_too_old: 'That sign-in is too long ago. Sign in again.',
  assertion_invalid: 'The answer of the cloud could not be trusted, so nobody was signed in. Try again.',
  flow_ended: 'This sign-in took too long or was opened twice. Start again.',
  cloud_access_unbound: 'This gateway is not bound to a TP-Link ID. Sign in with a local account.',
  cloud_unreachable: 'The gateway cannot reach the cloud. Sign in with a local account, or try again later.',
  cloud_refused: 'The cloud refused this gateway. An administrator may have to bind it again under Cloud Access.',
  setup_required: 'This gateway has no administrator yet. Set it up first.',
};

export const refusalText = (code: string) =>
  Object.hasOwn(refusals, code)
    ? refusals[code]!
    : `The sign-in with a TP-Link ID did not work (${code.slice(0, 60)}). Try again.`;

export const endText = (reason: string) =>
  reason === 'signed-out'
    ? 'You have signed out.'
    : 'Your session has ended, so you were signed out. It may have expired, been ended from elsewhere, or the account’s two-factor authentication was changed.';
