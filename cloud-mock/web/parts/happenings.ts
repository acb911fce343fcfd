/** What the audit log calls it, in a person's words. */
const words: Record<string, string> = {
  'account.password_changed': 'Password changed',
  'account.registered': 'TP-Link ID created',
  'account.registration_refused': 'Somebody tried to register with your e-mail address',
  'elevation.made': 'Adding devices allowed by a fresh code',
  'elevation.redeemed': 'Devices added',
  'gateway.bound': 'VMS Local bound',
  'gateway.changed': 'VMS Local named or moved',
  'gateway.offline': 'VMS Local went offline',
  'gateway.online': 'VMS Local came online',
  'gateway.opened': 'VMS Local opened from outside',
  'gateway.refused': 'VMS Local denied',
  'gateway.unbound': 'VMS Local unbound',
  'invitation.accepted': 'Invitation accepted',
  'invitation.declined': 'Invitation declined',
  'invitation.sent': 'User invited',
  'invitation.sent_again': 'Invitation sent again',
  'invitation.withdrawn': 'Invitation withdrawn',
  'organisation.changed': 'Organisation changed',
  'recovery_codes.renewed': 'New recovery codes',
  'second_factor.locked': 'Codes locked after too many wrong ones',
  'second_factor.refused': 'Wrong code',
  'session.ended': 'Session ended',
  'session.others_ended': 'All other sessions ended',
  'sign_in.code_required': 'Right password; code asked for',
  'sign_in.refused': 'Wrong password',
  signed_in: 'Signed in',
  signed_in_again: 'Signed in again',
  'site.changed': 'Site changed',
  'site.made': 'Site added',
  'site.removed': 'Site removed',
  'terminal.approved': 'Program signed in by its code',
  'terminal.forgotten': 'Terminal no longer trusted',
  'terminal.refused': 'Program denied',
  'terminal.trusted': 'Terminal trusted',
  'two_factor.confirm_refused': 'Wrong code while turning 2FA on',
  'two_factor.link_refused': 'Wrong password at the link that turns 2FA off',
  'two_factor.link_sent': 'Link to turn 2FA off sent by mail',
  'two_factor.turned_off': 'Two-factor authentication turned off',
  'two_factor.turned_on': 'Two-factor authentication turned on',
  'user.left': 'User left',
  'user.removed': 'User removed',
  'user.role_changed': 'Role of a user changed',
};

interface Happening {
  kind: string;
  detail?: Record<string, unknown>;
}

/** A kind these pages do not know yet still reads as words: `device.paired` is "Device paired". */
export function sayHappening({ kind, detail }: Happening): string {
  const said = words[kind] ?? kind.replaceAll(/[._]/g, ' ').replace(/^./, (first) => first.toUpperCase());
  const about = [detail?.user, detail?.name].filter((one) => typeof one === 'string');
  return about.length > 0 ? `${said}: ${about.join(', ')}` : said;
}

/** What an owner looks for, as beginnings of kinds. */
export const happeningGroups = [
  { value: '', label: 'Everything' },
  { value: 'signed_in*,sign_in.*,session.*,terminal.*', label: 'Sign-ins and sessions' },
  { value: 'second_factor.*,two_factor.*,recovery_codes.*,account.*', label: 'Codes, 2FA and passwords' },
  { value: 'gateway.opened', label: 'VMS Locals opened from outside' },
  { value: 'gateway.*', label: 'VMS Locals' },
  { value: 'elevation.*', label: 'Adding devices' },
  { value: 'user.*,invitation.*', label: 'Users and invitations' },
  { value: 'organisation.*,site.*', label: 'Organisation and sites' },
];
