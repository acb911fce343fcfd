import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler } from 'express';
import { CloudError } from '../errors.ts';
import type { Mount } from './app.ts';

/** Paths that the portal's own router shows; all get the one page. */
export const portalPaths = [
  '/',
  '/sign-in',
  '/sign-up',
  '/account',
  '/account/*rest',
  '/bind',
  '/device',
  '/mailbox',
  '/mailbox/*rest',
  '/two-factor/off',
  '/gateways',
  '/gateways/*rest',
  '/history',
  '/devices',
  '/audit',
  '/invitation',
  '/sites',
  '/users',
];

const loopbackNames = new Set(['localhost', '127.0.0.1', '[::1]']);

/** A browser at an address that leads nowhere: the portal says so itself. */
export function notFoundPage(root: string): RequestHandler {
  const file = join(root, 'index.html');
  return (_request, response, next) => {
    if (!existsSync(file)) return next(new CloudError('not_found', 'There is nothing at this address.'));
    response.status(404).set('Cache-Control', 'no-store').sendFile(file);
  };
}

/** The built pages. Assets carry a hash in their names, the page itself is asked for anew each time. */
export function pageMounts(root: string, publicUrl: string): Mount[] {
  const own = new URL(publicUrl);
  const page: RequestHandler = (request, response) => {
    response.set('Cache-Control', 'no-cache');
    // Cookies and the relay belong to one name of this machine: whoever typed another is led over.
    const reached = `http://${request.headers.host}`;
    const given = URL.canParse(reached) ? new URL(reached).hostname : '';
    if (given !== own.hostname && loopbackNames.has(given) && loopbackNames.has(own.hostname)) {
      response.redirect(302, `${own.origin}${request.originalUrl.replace(/^\/+/, '/')}`);
      return;
    }
    // Elsewhere an origin goes along, so that the relay knows the form that opens a VMS Local for ours.
    if (request.path === '/two-factor/off') response.set('Referrer-Policy', 'no-referrer');
    const file = join(root, 'index.html');
    if (existsSync(file)) response.sendFile(file);
    else response.status(503).type('text').send('The pages are not built yet: npm run build\n');
  };
  return [
    ...portalPaths.map((path): Mount => ({ door: 'public', method: 'get', path, handler: page })),
    {
      door: 'public',
      method: 'use',
      path: '/assets',
      handler: express.static(join(root, 'assets'), { index: false, immutable: true, maxAge: '1y' }),
    },
    { door: 'public', method: 'use', path: '/', handler: express.static(root, { index: false, redirect: false }) },
  ];
}
