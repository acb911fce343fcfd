import { z } from 'zod';
import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import { homeRegion } from '../accounts/accounts.ts';
import type { LimitsGuard } from '../api/limits.ts';
import { lifetimes } from '../config.ts';
import { CloudError } from '../errors.ts';
import { audit } from '../sign-in/audit.ts';
import type { Engine, SignIn, TerminalNote } from '../sign-in/engine.ts';
import { hashSecret, newId, newSecret } from '../sign-in/secret-token.ts';
import type { LiveSession, MintedSession, Sessions } from '../sign-in/sessions.ts';
import type { Visit } from '../sign-in/visit.ts';
import type { AccountRow } from '../store/accounts.ts';
import type { Store, Tx } from '../store/store.ts';
import { TplinkRefusal, tplinkCodes } from './codes.ts';

/** The authenticator app as an MFA type: 1 (push) and 2 (e-mail) are TP-Link's, no number for TOTP is public; 3 is our own. */
export const totpMfaType = 3;
/** A terminal id shorter than this is a name, not something nobody else knows: it is not trusted. */
const shortestTerminalId = 16;

/** Codes come in as they like; see the schema of the portal's own. */
const loose = z.unknown().optional();
const text = z.string().max(1024);
/** Clients write null for what they leave out. */
const mayLack = text.nullish().transform((given) => given ?? undefined);
export const loginBody = z.looseObject({
  cloudUserName: text,
  cloudPassword: text,
  appType: mayLack,
  terminalUUID: mayLack,
  terminalName: mayLack,
  refreshTokenNeeded: z.union([z.boolean(), z.string(), z.number()]).nullish(),
});
export const codeBody = z.looseObject({
  cloudUserName: text,
  /** The older form: password and code at once. */
  cloudPassword: mayLack,
  code: loose,
  MFAProcessId: mayLack,
  MFAType: loose,
  terminalBindEnabled: loose,
  terminalUUID: mayLack,
  terminalName: mayLack,
});
export const refreshBody = z.looseObject({ refreshToken: text, terminalUUID: mayLack });
export type LoginBody = z.infer<typeof loginBody>;
export type CodeBody = z.infer<typeof codeBody>;

/** By which API, and at which region's server. */
export interface Asked {
  v1: boolean;
  region: string;
}

/** Where a region other than ours is served, below the cloud's own address. */
export const regionPath = (region: string) => `/regions/${region}`;

/** How the cloud answers that a code is needed: clients meet both forms and must handle both. */
export type MfaForm = 'top' | 'nested';

/** Faults the lab can set. */
export interface TplinkFaults {
  mfaForm: MfaForm;
}

const noteOf = (terminal: { terminalUUID?: string | undefined; terminalName?: string | undefined }) =>
  terminal.terminalUUID === undefined
    ? undefined
    : {
        hash: hashSecret(terminal.terminalUUID),
        name: (terminal.terminalName ?? '').slice(0, 64),
        secret: terminal.terminalUUID.length >= shortestTerminalId,
      };
/** Of a client that names no terminal. */
const noTerminal = hashSecret('');
const isYes = (value: unknown) => value === true || value === 'true' || value === 1 || value === '1';

/** Account calls of the TP-Link JSON API, on the same engine as every other door. */
export function createTplinkAccount(deps: {
  store: Store;
  clock: Clock;
  random: Random;
  engine: Engine;
  sessions: Sessions;
  limits: LimitsGuard;
  publicUrl: string;
  faults: TplinkFaults;
}) {
  const { store, clock, random, engine, sessions, limits, publicUrl } = deps;

  /** Errors of the engine as TP-Link's codes. A lock reads differently in the old API. */
  const translated = async <T>(v1: boolean, work: () => Promise<T>): Promise<T> => {
    try {
      return await work();
    } catch (error) {
      if (!(error instanceof CloudError)) throw error;
      switch (error.code) {
        case 'wrong_credentials':
          throw new TplinkRefusal(tplinkCodes.wrongPassword, 'Incorrect email or password');
        case 'wrong_code':
        case 'challenge_ended':
          throw new TplinkRefusal(tplinkCodes.wrongVerificationCode, 'Wrong verification code');
        case 'locked_out':
          throw new TplinkRefusal(v1 ? tplinkCodes.accountLockedV1 : tplinkCodes.accountLockedV2, 'Account is locked');
        case 'session_required':
          throw new TplinkRefusal(tplinkCodes.tokenExpired, 'Token expired');
        default:
          throw new TplinkRefusal(tplinkCodes.generic, error.message);
      }
    }
  };

  /** Where accounts of a region sign in. Other regions are below a path of ours, so that who is sent there arrives. */
  const serverOf = (region: string) => (region === homeRegion ? publicUrl : `${publicUrl}${regionPath(region)}`);

  /** An account of another region is sent there; told only after the password was right. */
  const refuseRegion = async (visit: Visit, signIn: SignIn, { region }: Asked) => {
    const { account } = signIn;
    if (account.region === region) return;
    if (signIn.status === 'signed_in') await sessions.end(visit, signIn.session, 'wrong_region');
    throw new TplinkRefusal(tplinkCodes.wrongRegion, 'Account is in another region', {
      appServerUrl: serverOf(account.region),
      regionCode: account.region,
    });
  };

  const issueRefresh = async (tx: Tx, session: LiveSession, terminalHash: string) => {
    const refreshToken = newSecret(random);
    await tx.refreshTokens.insert({
      tokenHash: hashSecret(refreshToken),
      sessionId: session.id,
      terminalHash,
      expiresAt: Math.min(session.expiresAt, clock.now() + lifetimes.appRefresh),
    });
    return refreshToken;
  };

  const loginResult = (account: AccountRow, { token }: MintedSession, refreshToken?: string) => ({
    accountId: account.id,
    appServerUrl: serverOf(account.region),
    email: account.email,
    nickname: account.name,
    regTime: new Date(account.createdAt).toISOString().slice(0, 19).replace('T', ' '),
    countryCode: '',
    regionCode: account.region,
    riskDetected: 0,
    token,
    ...(refreshToken === undefined ? {} : { refreshToken }),
  });

  const mfaRequired = (account: AccountRow, challengeId: string): TplinkRefusal => {
    const result = {
      errorCode: String(tplinkCodes.mfaRequired),
      errorMsg: 'MFA is required',
      MFAProcessId: challengeId,
      supportedMFATypes: [totpMfaType],
      mfaEmail: account.email.replace(/^(.).*(@.*)$/, '$1***$2'),
    };
    return new TplinkRefusal(deps.faults.mfaForm === 'nested' ? 0 : tplinkCodes.mfaRequired, 'MFA is required', result);
  };

  const passed = async (
    signIn: Extract<SignIn, { status: 'signed_in' }>,
    given: { terminal: TerminalNote | undefined; refresh: boolean },
  ) => {
    const refreshToken = given.refresh
      ? await store.transaction((tx) => issueRefresh(tx, signIn.session, given.terminal?.hash ?? noTerminal))
      : undefined;
    return loginResult(signIn.account, signIn, refreshToken);
  };

  return {
    login: (visit: Visit, body: LoginBody, asked: Asked) =>
      translated(asked.v1, async () => {
        const terminal = noteOf(body);
        const signIn = await limits.aroundPassword(visit.address, body.cloudUserName, () =>
          engine.authenticate(visit, { email: body.cloudUserName, password: body.cloudPassword, terminal }, 'app'),
        );
        await refuseRegion(visit, signIn, asked);
        if (signIn.status === 'code_required') throw mfaRequired(signIn.account, signIn.challengeId);
        return passed(signIn, { terminal, refresh: !asked.v1 && isYes(body.refreshTokenNeeded) });
      }),

    /** `checkMFACodeAndLogin`: by the process id, or in the older form with the password once more. */
    answer: (visit: Visit, body: CodeBody, asked: Asked) =>
      translated(asked.v1, async () => {
        let challengeId = body.MFAProcessId;
        if (challengeId === undefined) {
          if (body.cloudPassword === undefined) {
            throw new TplinkRefusal(tplinkCodes.parameterMissing, 'MFAProcessId is missing');
          }
          const first = await limits.aroundPassword(visit.address, body.cloudUserName, () =>
            engine.authenticate(visit, { email: body.cloudUserName, password: body.cloudPassword! }, 'app'),
          );
          await refuseRegion(visit, first, asked);
          if (first.status === 'signed_in') return passed(first, { terminal: noteOf(body), refresh: !asked.v1 });
          challengeId = first.challengeId;
        }
        // Any other type is a code of no factor this account has: wrong, and counted as such.
        const type = body.MFAType === undefined ? totpMfaType : Number(body.MFAType);
        const code = type === totpMfaType ? body.code : null;
        // Named with the code, or at the login: what public clients send with the code has no terminal in it.
        let terminal = noteOf(body);
        const also = async (tx: Tx, _minted: MintedSession, account: AccountRow, atLogin: TerminalNote | undefined) => {
          terminal ??= atLogin;
          if (!isYes(body.terminalBindEnabled) || !terminal?.secret) return;
          const at = clock.now();
          await tx.terminals.trust({
            id: newId('trm', random),
            accountId: account.id,
            terminalHash: terminal.hash,
            name: terminal.name || 'Terminal',
            createdAt: at,
            lastUsedAt: at,
            expiresAt: at + lifetimes.trustedTerminal,
          });
          await audit(tx, clock, 'terminal.trusted', visit, { accountId: account.id });
        };
        const email = body.cloudUserName;
        const signIn = await engine.answer(visit, challengeId, { code: code ?? null }, { email, also });
        return passed(signIn, { terminal, refresh: !asked.v1 });
      }),

    /**
     * A new token for an old session: each refresh token is good once, and one that comes a second time ends the session it
     * belongs to, with all tokens of its family.
     */
    refresh: (visit: Visit, body: z.infer<typeof refreshBody>) =>
      translated(false, async () => {
        const expired = () => new TplinkRefusal(tplinkCodes.refreshTokenExpired, 'Refresh token expired');
        const tokenHash = hashSecret(body.refreshToken);
        const token = newSecret(random);
        const at = clock.now();
        const outcome = await store.transaction(async (tx) => {
          const row = await tx.refreshTokens.find(tokenHash, at);
          const session = row && (await tx.sessions.aliveById(row.sessionId, at));
          if (!row || !session || row.terminalHash !== hashSecret(body.terminalUUID ?? '')) return undefined;
          if (!(await tx.refreshTokens.spend(tokenHash, at))) {
            if (row.usedAt === null || at - row.usedAt < lifetimes.reuseGrace) return undefined;
            return { reused: { id: session.id, accountId: session.accountId } };
          }
          await tx.sessions.setToken(session.id, hashSecret(token), at);
          const refreshToken = newSecret(random);
          await tx.refreshTokens.insert({
            tokenHash: hashSecret(refreshToken),
            sessionId: session.id,
            terminalHash: row.terminalHash,
            expiresAt: Math.min(session.expiresAt, at + lifetimes.appRefresh),
          });
          return { refreshToken, reused: undefined };
        });
        if (!outcome) throw expired();
        if (outcome.reused) {
          await sessions.end(visit, outcome.reused, 'refresh_token_reused');
          throw expired();
        }
        return { token, refreshToken: outcome.refreshToken };
      }),

    async logout(visit: Visit, session: LiveSession) {
      await sessions.end(visit, session, 'signed_out');
      return {};
    },

    /** The same for every name: who has an account, and where, is not told here. */
    status: ({ region }: Asked) => ({ appServerUrl: serverOf(region), regionCode: region, status: 1 }),

    /** Whether MFA is on for the account whose token is given. */
    mfaStatus: (session: LiveSession, terminalUUID: string | undefined) =>
      translated(false, async () => {
        const account = (await store.accounts.byId(session.accountId))!;
        const factor = await store.secondFactors.get(account.id);
        const terminal = noteOf({ terminalUUID });
        return {
          MFAFeatureEnabled: factor !== undefined,
          email: account.email,
          mfaEmail: account.email,
          supportedMFATypes: factor ? [totpMfaType] : [],
          terminalBound:
            terminal?.secret === true && (await store.terminals.isTrusted(account.id, terminal.hash, clock.now())),
        };
      }),

    sessionOf: async (token: string | undefined): Promise<LiveSession> => {
      const session = token ? await sessions.find(token) : undefined;
      if (!session) throw new TplinkRefusal(tplinkCodes.tokenExpired, 'Token expired');
      return session;
    },
  };
}
export type TplinkAccount = ReturnType<typeof createTplinkAccount>;
