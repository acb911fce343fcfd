import { createTransport } from 'nodemailer';
import { type Backoff, delays } from '../../core/runtime/backoff.ts';
import type { RuntimeDeps } from '../../core/runtime/deps.ts';
import type { Store } from '../store/store.ts';
import type { Mailer } from './mailer.ts';

const plan: Backoff = { firstMs: 5_000, factor: 3, capMs: 15 * 60_000, jitter: 0.2 };
const attemptsAtMost = 20;
const from = '"TP-Link ID (Vigil mock)" <no-reply@vigil.test>';

/**
 * Delivers what the mailer posted to a real mail server, in order, from the database: a server that cannot be reached
 * delays mails and never a sign-in.
 */
export function startSmtp(url: string, deps: RuntimeDeps & { store: Store; mailer: Mailer }): AsyncDisposable {
  const { store, mailer, clock, random, log } = deps;
  const transport = createTransport(url, { from });
  const ending = new AbortController();
  let wake = new AbortController();
  const posted = mailer.onPosted(() => wake.abort());

  const deliverDue = async () => {
    for (const row of await store.mails.due(clock.now(), 20)) {
      if (ending.signal.aborted) return;
      const mail = mailer.read(row);
      try {
        await transport.sendMail({
          to: mail.to,
          subject: mail.subject,
          text: mail.text,
          html: mail.html,
          date: new Date(mail.sentAt),
        });
        await store.mails.delivered(row.id, 'sent');
      } catch (error) {
        if (row.smtpAttempts + 1 >= attemptsAtMost) {
          log.error({ mail: row.id, err: error }, 'mail given up');
          await store.mails.delivered(row.id, 'given_up');
          continue;
        }
        const waits = delays(plan, random);
        for (let n = 0; n < row.smtpAttempts; n++) waits.next();
        const waitMs = waits.next().value;
        log.warn({ mail: row.id, waitMs, reason: (error as Error).message }, 'mail not delivered, will try again');
        await store.mails.retryAt(row.id, clock.now() + waitMs);
      }
    }
  };

  const loop = (async () => {
    while (!ending.signal.aborted) {
      wake = new AbortController();
      await deliverDue();
      const nextAt = await store.mails.nextDue();
      const waitMs = nextAt === undefined ? 3_600_000 : Math.max(0, nextAt - clock.now());
      await clock.sleep(waitMs, AbortSignal.any([wake.signal, ending.signal])).catch(() => undefined);
    }
  })().catch((error: unknown) => log.error({ err: error }, 'mail delivery stopped'));

  return {
    async [Symbol.asyncDispose]() {
      posted[Symbol.dispose]();
      ending.abort();
      transport.close();
      await loop;
    },
  };
}
