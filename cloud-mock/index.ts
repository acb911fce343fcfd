import { mkdirSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import { join } from 'node:path';
import type { Express } from 'express';
import { shiftedClock } from '../core/runtime/clock.ts';
import type { RuntimeDeps } from '../core/runtime/deps.ts';
import { listen, urlHost } from '../core/runtime/listen.ts';
import { webRoot } from '../core/runtime/package-root.ts';
import { startAll } from '../core/runtime/start-all.ts';
import { createAccounts } from './accounts/accounts.ts';
import { createApp, type Registered } from './api/app.ts';
import { createCookies } from './api/cookies.ts';
import { createLimits } from './api/limits.ts';
import { mailboxRoutes } from './api/mailbox.ts';
import { describeApi } from './api/openapi.ts';
import { pageMounts } from './api/pages.ts';
import { publicRoutes } from './api/public.ts';
import type { Route } from './api/route.ts';
import { sessionRoutes } from './api/sessions.ts';
import { signInRoutes } from './api/sign-in.ts';
import { twoFactorRoutes } from './api/two-factor.ts';
import { type CloudConfig, defaultLimits } from './config.ts';
import { createMailer, type Mail } from './mail/mailer.ts';
import { startSmtp } from './mail/smtp.ts';
import { createEndings } from './sign-in/endings.ts';
import { createEngine, secretPurpose } from './sign-in/engine.ts';
import { createPasswords } from './sign-in/passwords.ts';
import { createSeal, loadSealKey, parseSealKey } from './sign-in/seal.ts';
import { createSecondFactor } from './sign-in/second-factor.ts';
import { createSessions } from './sign-in/sessions.ts';
import { codeAt } from './sign-in/totp.ts';
import { openStore } from './store/store.ts';

export type { CloudConfig } from './config.ts';

export interface Cloud {
  url: string;
  issuer: string;
  relayUrl: string;
  mailUrl: string;
  apiDocs: string;
  mailboxPassword: string;
  control?: { url: string; token: string };
  /** Only when it was made just now. */
  firstAccount?: { email: string; password: string };
  app: Express;
  registered: readonly Registered[];
  /** The code an authenticator app of this account shows now. */
  codeNow(email: string): Promise<string>;
  mail(to?: string): Promise<Mail[]>;
}

const lab = { door: 'control', address: 'lab', userAgent: 'lab' } as const;

/** Start the TP-Link ID mock: portal, API, token issuer, Cloud Access and relay. */
export function startCloud(config: CloudConfig, runtime: RuntimeDeps): Promise<Cloud & AsyncDisposable> {
  return startAll(async (own) => {
    mkdirSync(config.dataDir, { recursive: true, mode: 0o700 });
    const offsetMs = 0;
    const clock = shiftedClock(runtime.clock, () => offsetMs);
    const { random, log } = runtime;
    const seal = createSeal(config.sealKey ? parseSealKey(config.sealKey) : loadSealKey(config.dataDir));
    const store = own(await openStore(join(config.dataDir, 'cloud.sqlite')));

    const { host } = config;
    const handlers: { main?: RequestListener } = {};
    const serve =
      (which: keyof typeof handlers): RequestListener =>
      (request, response) => {
        const handler = handlers[which];
        if (handler) return handler(request, response);
        response.writeHead(503, { 'Retry-After': '1' }).end();
      };
    const scheme = config.tls ? 'https' : 'http';
    const makeServer = (listener: RequestListener) =>
      config.tls ? createTlsServer(config.tls, listener) : createServer(listener);
    const mainServer = makeServer(serve('main'));
    const main = own(await listen(mainServer, config.port, host));
    const url = config.publicUrl?.replace(/\/+$/, '') ?? `${scheme}://${urlHost(host)}:${main.port}`;
    const relayUrl = url;

    const deps = { clock, random, log, store, seal };
    const passwords = createPasswords();
    const mailer = createMailer({ ...deps, smtp: config.smtpUrl !== undefined });
    if (config.smtpUrl) own(startSmtp(config.smtpUrl, { ...deps, mailer }));
    const endings = createEndings();
    const sessions = createSessions({ ...deps, endings });
    const engine = createEngine({ ...deps, passwords, mailer, sessions });
    const accounts = createAccounts({ ...deps, passwords, mailer, sessions });
    const secondFactor = createSecondFactor({ ...deps, passwords, mailer, sessions, engine, publicUrl: url });
    const limits = createLimits({ ...defaultLimits, ...config.limits });
    const cookies = createCookies(url.startsWith('https:'));
    const mailboxPassword = random.bytes(15).toString('base64url');

    let firstAccount: Cloud['firstAccount'];
    if (config.firstAccount && (await store.accounts.count()) === 0) {
      const password = config.firstAccount.password ?? random.bytes(12).toString('base64url');
      await accounts.register(lab, { ...config.firstAccount, password });
      firstAccount = { email: config.firstAccount.email.toLowerCase(), password };
    }

    const people = { ...deps, engine, sessions, accounts, secondFactor, mailer, cookies, limits };
    const routes: Route[] = [
      ...signInRoutes(people),
      ...twoFactorRoutes(people),
      ...sessionRoutes(people),
      ...mailboxRoutes({ mailer, mailboxPassword }),
      ...publicRoutes(() => describeApi(routes, url)),
    ];
    const { app, registered } = createApp({
      log,
      publicUrl: url,
      relayUrl,
      routes,
      mounts: [],
      pages: pageMounts(webRoot('cloud')),
      identify: {
        session: (token) => sessions.find(token),
        accessToken: async () => undefined,
        gateway: async () => undefined,
      },
    });
    handlers.main = app;

    return {
      url,
      issuer: `${url}/oidc`,
      relayUrl,
      mailUrl: `${url}/mailbox`,
      apiDocs: `${url}/api/v1/openapi.json`,
      mailboxPassword,
      ...(firstAccount ? { firstAccount } : {}),
      app,
      registered,
      async codeNow(email) {
        const account = await store.accounts.byEmail(email.toLowerCase());
        const factor = account && (await store.secondFactors.get(account.id));
        if (!factor) throw new Error(`${email} has no second factor`);
        return codeAt(seal.open(factor.sealedSecret, secretPurpose(account.id)), clock.now());
      },
      mail: (to) => mailer.list(to === undefined ? {} : { to }),
    };
  });
}
