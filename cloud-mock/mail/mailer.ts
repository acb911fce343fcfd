import type { Clock } from '../../core/runtime/clock.ts';
import type { Random } from '../../core/runtime/random.ts';
import type { Seal } from '../sign-in/seal.ts';
import { newId } from '../sign-in/secret-token.ts';
import type { MailRow } from '../store/mails.ts';
import type { Store, Tx } from '../store/store.ts';
import type { Letter } from './letters.ts';

export interface Mail {
  id: string;
  to: string;
  subject: string;
  sentAt: number;
  text: string;
  html: string;
  links: string[];
}

/** How many mails the mailbox keeps. */
const keptMails = 1000;
const purposeOf = (id: string) => `mail ${id}`;

/** The built-in mailbox: everything the cloud mails lands here, whether SMTP is set or not. */
export function createMailer(deps: { store: Store; seal: Seal; clock: Clock; random: Random; smtp: boolean }) {
  const { store, seal, clock, random } = deps;
  const onPosted = new Set<() => void>();
  const read = (row: MailRow): Mail => {
    const { text, html } = JSON.parse(seal.open(row.sealedBody, purposeOf(row.id))) as { text: string; html: string };
    return {
      id: row.id,
      to: row.toAddress,
      subject: row.subject,
      sentAt: row.sentAt,
      text,
      html,
      links: text.match(/https?:\/\/\S+/g) ?? [],
    };
  };
  return {
    /** Put a mail into the box as part of a transaction, so that what it tells of and the mail stand or fall together. */
    async post(tx: Tx, to: string, letter: Letter): Promise<void> {
      const id = newId('mail', random);
      await tx.mails.insert({
        id,
        toAddress: to,
        subject: letter.subject,
        sealedBody: seal.close(JSON.stringify({ text: letter.text, html: letter.html }), purposeOf(id)),
        sentAt: clock.now(),
        smtpState: deps.smtp ? 'waiting' : 'none',
      });
      await tx.mails.trim(keptMails);
      tx.afterCommit(() => {
        for (const listener of onPosted) listener();
      });
    },
    /** Newest first; `q` is looked for in subject and text. */
    async list({ to, q, limit = 100 }: { to?: string; q?: string; limit?: number } = {}): Promise<Mail[]> {
      const rows = await store.mails.newest(q ? keptMails : limit, to?.toLowerCase());
      const mails = rows.map(read);
      const wanted = q?.toLowerCase();
      return wanted
        ? mails.filter((m) => `${m.subject}\n${m.to}\n${m.text}`.toLowerCase().includes(wanted)).slice(0, limit)
        : mails;
    },
    async get(id: string): Promise<Mail | undefined> {
      const row = await store.mails.byId(id);
      return row && read(row);
    },
    clear: (to?: string) => store.mails.clear(to?.toLowerCase()),
    read,
    onPosted(listener: () => void): Disposable {
      onPosted.add(listener);
      return { [Symbol.dispose]: () => void onPosted.delete(listener) };
    },
  };
}
export type Mailer = ReturnType<typeof createMailer>;
