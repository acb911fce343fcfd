import { createHash, timingSafeEqual } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import { CloudError } from '../errors.ts';
import type { Mail, Mailer } from '../mail/mailer.ts';
import { clientAddress } from './client-address.ts';
import { openRoute, type Route } from './route.ts';
import { instant, iso } from './schemas.ts';

const mail = z.object({
  id: z.string(),
  to: z.string(),
  subject: z.string(),
  sentAt: instant,
  text: z.string(),
  html: z.string(),
  links: z.array(z.string()),
});
const mailJson = (one: Mail) => ({ ...one, sentAt: iso(one.sentAt) });

const loopback = (address: string) => /^(::1|127\.\d+\.\d+\.\d+|::ffff:127\.\d+\.\d+\.\d+)$/.test(address);
const loopbackName = (host: string | undefined) => {
  const url = `http://${host}`;
  return URL.canParse(url) && /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(new URL(url).hostname);
};
/** What reverse proxies on this machine add: who is behind them is not here, whether or not they were named to us. */
const passedOn = ['forwarded', 'via', 'x-forwarded-for', 'x-forwarded-host', 'x-forwarded-proto', 'x-real-ip'];
const sameText = (a: string, b: string) => {
  const [x, y] = [a, b].map((text) => createHash('sha256').update(text).digest());
  return timingSafeEqual(x!, y!);
};

/**
 * The mailbox is open to this machine, for a person at the lab and for its programs; from elsewhere it asks for the
 * password printed at start. A page from elsewhere that makes its name resolve to us is caught by the Host it was reached
 * by, one on another port of this host by what the browser says of its origin.
 */
function refuseStranger(request: Request, mailboxPassword: string) {
  const given = /^Bearer (.+)$/i.exec(request.headers.authorization ?? '')?.[1];
  if (given !== undefined && sameText(given, mailboxPassword)) return;
  const site = request.headers['sec-fetch-site'];
  const near =
    !passedOn.some((name) => name in request.headers) &&
    loopback(clientAddress(request)) &&
    loopbackName(request.headers.host) &&
    (site === undefined || site === 'same-origin' || site === 'none');
  if (!near)
    throw new CloudError('mailbox_refused', 'The mailbox opens on this machine, or with the mailbox password.');
}

export function mailboxRoutes({ mailer, mailboxPassword }: { mailer: Mailer; mailboxPassword: string }): Route[] {
  const id = z.object({ id: z.string().max(64) });
  const find = async (wanted: string) => {
    const found = await mailer.get(wanted);
    if (!found) throw new CloudError('mail_unknown', 'There is no such mail.');
    return found;
  };
  return [
    openRoute(
      {
        method: 'get',
        path: '/api/v1/mailbox',
        door: 'mailbox',
        summary: 'Mails, newest first',
        query: z.object({
          to: z.string().max(254).optional(),
          q: z.string().max(200).optional(),
          limit: z.coerce.number().int().min(1).max(1000).default(100),
        }),
        success: { status: 200, schema: z.object({ messages: z.array(mail) }) },
        refuses: ['mailbox_refused'],
      },
      async ({ request, query }) => {
        refuseStranger(request, mailboxPassword);
        return { messages: (await mailer.list(query)).map(mailJson) };
      },
    ),
    openRoute(
      {
        method: 'get',
        path: '/api/v1/mailbox/:id',
        door: 'mailbox',
        summary: 'One mail',
        params: id,
        success: { status: 200, schema: mail },
        refuses: ['mailbox_refused', 'mail_unknown'],
      },
      async ({ request, params }) => {
        refuseStranger(request, mailboxPassword);
        return mailJson(await find(params.id));
      },
    ),
    openRoute(
      {
        method: 'get',
        path: '/api/v1/mailbox/:id/html',
        door: 'mailbox',
        summary: 'One mail as a page of its own, for a frame: no scripts, links open outside',
        params: id,
        success: { status: 200 },
        refuses: ['mailbox_refused', 'mail_unknown'],
      },
      async ({ request, response, params }) => {
        refuseStranger(request, mailboxPassword);
        const found = await find(params.id);
        response.set({
          'Content-Security-Policy':
            "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox allow-top-navigation-by-user-activation",
          'X-Frame-Options': 'SAMEORIGIN',
        });
        response.type('html').send(found.html.replace('<head>', '<head><base target="_top">'));
        return undefined;
      },
    ),
    openRoute(
      {
        method: 'delete',
        path: '/api/v1/mailbox',
        door: 'mailbox',
        summary: 'Empty the mailbox, or that of one address',
        query: z.object({ to: z.string().max(254).optional() }),
        success: { status: 204 },
        refuses: ['mailbox_refused'],
      },
      async ({ request, query }) => {
        refuseStranger(request, mailboxPassword);
        await mailer.clear(query.to);
        return undefined;
      },
    ),
  ];
}
