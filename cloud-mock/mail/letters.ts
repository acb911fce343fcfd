import { nameProgram } from '../sign-in/program-name.ts';

/** A mail as text and as HTML, made from the same paragraphs. */
export interface Letter {
  subject: string;
  text: string;
  html: string;
}

interface Draft {
  subject: string;
  /** One greeting line, then paragraphs. */
  paragraphs: string[];
  action?: { label: string; url: string };
  /** Label and value of each line: when, from where. */
  facts?: [string, string][];
  after?: string[];
}

const escapeHtml = (text: string) =>
  text.replace(/[&<>"']/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' })[c]!);

const footer =
  'This mail comes from Vigil, a laboratory that imitates the TP-Link ID cloud. Not affiliated with TP-Link; VIGI is their trademark.';

const paragraphStyle = 'margin:0 0 16px;font-size:16px;line-height:1.5;color:#1f2933';

/** Set a draft in both forms. The HTML needs no images and no network, and reads well on a phone. */
function compose({ subject, paragraphs, action, facts = [], after = [] }: Draft): Letter {
  const text = [
    ...paragraphs,
    ...(action ? [`${action.label}:\n${action.url}`] : []),
    ...(facts.length > 0 ? [facts.map(([label, value]) => `${label}: ${value}`).join('\n')] : []),
    ...after,
    `-- \n${footer}`,
  ].join('\n\n');
  const paragraph = (words: string) => `<p style="${paragraphStyle}">${escapeHtml(words)}</p>`;
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${escapeHtml(subject)}</title></head>
<body style="margin:0;padding:24px 12px;background:#eef2f6;font-family:system-ui,-apple-system,'Segoe UI',Roboto,Arial,sans-serif">
<div style="max-width:560px;margin:0 auto;background:#ffffff;border-radius:12px;padding:32px 28px">
<p style="margin:0 0 24px;font-size:14px;font-weight:600;color:#0b7285;letter-spacing:.02em">TP-Link ID <span style="color:#616e7c;font-weight:400">(Vigil mock)</span></p>
<h1 style="margin:0 0 20px;font-size:22px;line-height:1.3;color:#102a43">${escapeHtml(subject)}</h1>
${paragraphs.map(paragraph).join('\n')}
${
  action
    ? `<p style="margin:24px 0"><a href="${escapeHtml(action.url)}" rel="noreferrer" style="display:inline-block;background:#0b7285;color:#ffffff;text-decoration:none;font-size:16px;font-weight:600;padding:12px 24px;border-radius:8px">${escapeHtml(action.label)}</a></p>
<p style="margin:0 0 16px;font-size:13px;line-height:1.5;color:#52606d;word-break:break-all">${escapeHtml(action.url)}</p>`
    : ''
}
${
  facts.length > 0
    ? `<table role="presentation" style="margin:0 0 16px;border-collapse:collapse;font-size:14px;color:#323f4b">${facts
        .map(
          ([label, value]) =>
            `<tr><td style="padding:2px 16px 2px 0;color:#52606d">${escapeHtml(label)}</td><td style="padding:2px 0">${escapeHtml(value)}</td></tr>`,
        )
        .join('')}</table>`
    : ''
}
${after.map(paragraph).join('\n')}
<p style="margin:24px 0 0;padding-top:16px;border-top:1px solid #e4e7eb;font-size:12px;line-height:1.5;color:#616e7c">${escapeHtml(footer)}</p>
</div></body></html>
`;
  return { subject, text, html };
}

/** When and from where, as far as the one who reads it can judge it. */
export interface Occasion {
  at: number;
  address: string;
  userAgent: string;
}

const factsOf = ({ at, address, userAgent }: Occasion): [string, string][] => [
  ['When', `${new Date(at).toISOString().slice(0, 19).replace('T', ' ')} UTC`],
  ['From', address],
  ...(userAgent ? [['With', nameProgram(userAgent).slice(0, 120)] as [string, string]] : []),
];

const notYou =
  'If this was not you, change your password and look through the sessions under Admin > Account as soon as you can.';

export const letters = {
  welcome: (name: string) =>
    compose({
      subject: 'Your TP-Link ID is ready',
      paragraphs: [
        `Hello ${name},`,
        'your TP-Link ID was made. Turn on two-factor authentication under Admin > Account > Two-Factor Authentication to protect it.',
      ],
    }),
  alreadyRegistered: (name: string, occasion: Occasion) =>
    compose({
      subject: 'You already have a TP-Link ID',
      paragraphs: [
        `Hello ${name},`,
        'somebody tried to register with this e-mail address. You have an account already, and nothing about it was changed. Sign in with your password.',
      ],
      facts: factsOf(occasion),
    }),
  turnOffLink: (name: string, url: string, minutes: number, occasion: Occasion) =>
    compose({
      subject: 'Turn off two-factor authentication',
      paragraphs: [
        `Hello ${name},`,
        `somebody with your password asked to turn off two-factor authentication because the authenticator app is not at hand. The link below leads to the page that does it; you will need your password once more. It works once, within ${minutes} minutes.`,
      ],
      action: { label: 'Turn off two-factor authentication', url },
      facts: factsOf(occasion),
      after: [
        'If you did not ask for this, do not open the link: nothing changes without it. But somebody knows your password, so change it.',
      ],
    }),
  turnedOn: (name: string, occasion: Occasion) =>
    compose({
      subject: 'Two-factor authentication was turned on',
      paragraphs: [
        `Hello ${name},`,
        'from now on a 6-digit code is asked for after your password. All other sessions were ended.',
      ],
      facts: factsOf(occasion),
      after: [notYou],
    }),
  turnedOff: (name: string, how: 'by the mailed link' | 'with a code', occasion: Occasion) =>
    compose({
      subject: 'Two-factor authentication was turned off',
      paragraphs: [
        `Hello ${name},`,
        `two-factor authentication was turned off ${how}. Your password alone signs you in now. All other sessions were ended.`,
      ],
      facts: factsOf(occasion),
      after: [notYou],
    }),
  recoveryCodeUsed: (name: string, left: number, occasion: Occasion) =>
    compose({
      subject: 'A recovery code was used to sign in',
      paragraphs: [
        `Hello ${name},`,
        `one of your recovery codes was used. ${left === 1 ? '1 is' : `${left} are`} left.`,
      ],
      facts: factsOf(occasion),
      after: [notYou],
    }),
  lockedOut: (name: string, failures: number, until: number | undefined, occasion: Occasion) =>
    compose({
      subject: 'Sign-in was locked after wrong codes',
      paragraphs: [
        `Hello ${name},`,
        `after your right password ${failures} wrong codes in a row were entered. ${
          until === undefined
            ? 'Codes are no longer accepted. Sign in with a recovery code, or turn two-factor authentication off by mail.'
            : `Codes are refused until ${new Date(until).toISOString().slice(11, 16)} UTC.`
        }`,
      ],
      facts: factsOf(occasion),
      after: ['If this was not you, somebody knows your password: change it.'],
    }),
  signedInAfterFailures: (name: string, failures: number, occasion: Occasion) =>
    compose({
      subject: 'Signed in after several wrong codes',
      paragraphs: [`Hello ${name},`, `your account was signed in to after ${failures} wrong codes.`],
      facts: factsOf(occasion),
      after: [notYou],
    }),
  passwordChanged: (name: string, occasion: Occasion) =>
    compose({
      subject: 'Your password was changed',
      paragraphs: [`Hello ${name},`, 'your password was changed. All other sessions were ended.'],
      facts: factsOf(occasion),
      after: [notYou],
    }),
  gatewayBound: (name: string, gateway: string, occasion: Occasion) =>
    compose({
      subject: `${gateway} was bound to your TP-Link ID`,
      paragraphs: [
        `Hello ${name},`,
        `the VMS Local "${gateway}" can now be reached through Cloud Access with your TP-Link ID. Unbind it under My VMS Locals if you did not mean this.`,
      ],
      facts: factsOf(occasion),
    }),
  invitation: (from: string, organisation: string, url: string, days: number) =>
    compose({
      subject: `${from} invites you to ${organisation}`,
      paragraphs: [
        'Hello,',
        `${from} invites you to the organisation "${organisation}" in VMS Cloud. The link below shows what you are invited to; nothing changes until you accept there, signed in with the TP-Link ID of this address. If you have none yet, you can make one on the way. The link works once, within ${days} days, and only the newest one does.`,
      ],
      action: { label: 'Look at the invitation', url },
      after: ['If you do not know the sender, do nothing: without you nothing happens.'],
    }),
  invitationAccepted: (name: string, user: string, organisation: string, occasion: Occasion) =>
    compose({
      subject: `${user} joined ${organisation}`,
      paragraphs: [`Hello ${name},`, `${user} accepted your invitation to "${organisation}".`],
      facts: factsOf(occasion),
      after: ['If you did not expect this, remove the user under Users.'],
    }),
  roleChanged: (name: string, organisation: string, occasion: Occasion) =>
    compose({
      subject: `Your role in ${organisation} was changed`,
      paragraphs: [
        `Hello ${name},`,
        `what you may do in the organisation "${organisation}" was changed. Where your role is another one now, you were signed out of the VMS Locals; open them again from the portal.`,
      ],
      facts: factsOf(occasion),
    }),
  removed: (name: string, organisation: string, occasion: Occasion) =>
    compose({
      subject: `You were removed from ${organisation}`,
      paragraphs: [
        `Hello ${name},`,
        `you are no longer a user of the organisation "${organisation}". Its VMS Locals are closed to you; your TP-Link ID itself is unchanged.`,
      ],
      facts: factsOf(occasion),
    }),
  devicePaired: (name: string, gateway: string, occasion: Occasion) =>
    compose({
      subject: `A device was allowed to join ${gateway}`,
      paragraphs: [
        `Hello ${name},`,
        `with your code somebody was allowed to add a device to the VMS Local "${gateway}".`,
      ],
      facts: factsOf(occasion),
      after: [notYou],
    }),
} as const;
