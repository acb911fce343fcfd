import { keyUri as formatKeyUri } from '../../core/totp/totp.ts';

export { codeAt, matchStep, newTotpSecret, stepAt } from '../../core/totp/totp.ts';

/** What the QR says. An account name never holds a colon here: the schema for e-mail addresses refuses it. */
export const keyUri = (secret: string, email: string) => formatKeyUri('Vigil TP-Link ID mock', email, secret);
