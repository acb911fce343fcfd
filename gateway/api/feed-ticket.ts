import { z } from 'zod';
import type { Feed } from '../feed.ts';
import { type Route, route } from './route.ts';

export const feedTicketRoutes = ({ feed }: { feed: Feed }): Route[] => [
  route({
    method: 'post',
    path: '/feed/ticket',
    door: 'session',
    role: 'live_only',
    tag: 'Feed',
    summary: 'A ticket for one WebSocket at /api/v1/feed: subprotocols vigil.feed.v1 and ticket.<ticket>, once, 30 s.',
    answer: z.object({ ticket: z.string() }),
    handle: ({ user }) => ({ ticket: feed.issueTicket(user) }),
  }),
];
