import { existsSync } from 'node:fs';
import { join } from 'node:path';
import express, { type RequestHandler } from 'express';
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
];

/** The built pages. Assets carry a hash in their names, the page itself is asked for anew each time. */
export function pageMounts(root: string): Mount[] {
  const page: RequestHandler = (_request, response) => {
    response.set('Cache-Control', 'no-cache');
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
