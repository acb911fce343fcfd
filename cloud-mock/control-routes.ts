import { z } from 'zod';
import { isRegion } from './accounts/accounts.ts';
import { openRoute, type Route } from './api/route.ts';
import { instant, iso } from './api/schemas.ts';
import type { LabVerbs } from './control.ts';
import { CloudError } from './errors.ts';
import { faultShape } from './faults.ts';

const email = z.object({ email: z.string().max(254) });
const to = z.object({ to: z.string().max(254).optional() });
/** Time stamps and codes are made for years like ours: beyond these, programs that read them fail in ways that show nothing. */
const [earliest, latest] = [Date.UTC(2000), Date.UTC(2200)];
const fault = z.looseObject({ id: z.string(), path: z.string(), hits: z.number() });
const clockNow = z.object({ now: instant, offsetMs: z.number() });

/** What the control API offers, one route a verb; `/control/v1/openapi.json` follows from it. */
export function controlRoutes(verbs: LabVerbs): Route[] {
  const facts = { door: 'control' } as const;
  const done = { status: 204 } as const;
  const time = () => {
    const { now, offsetMs } = verbs.clock();
    return { now: iso(now), offsetMs };
  };
  const at = '/control/v1';
  return [
    openRoute(
      {
        ...facts,
        method: 'get',
        path: `${at}/accounts/:email/code`,
        summary: 'The code an authenticator app shows now, whether it is spent, and when the next one comes',
        params: email,
        success: { status: 200, schema: z.object({ code: z.string(), used: z.boolean(), nextInMs: z.number() }) },
        refuses: ['not_found', 'second_factor_off'],
      },
      async ({ params }) => verbs.code(params.email),
    ),
    openRoute(
      {
        ...facts,
        method: 'get',
        path: `${at}/accounts/:email/sessions`,
        summary: 'Who is signed in, by which door and with which factors',
        params: email,
        success: { status: 200, schema: z.object({ sessions: z.array(z.looseObject({ id: z.string() })) }) },
        refuses: ['not_found'],
      },
      async ({ params }) => ({ sessions: await verbs.sessions(params.email) }),
    ),
    openRoute(
      {
        ...facts,
        method: 'delete',
        path: `${at}/accounts/:email/sessions`,
        summary: 'End every session of the account',
        params: email,
        success: { status: 200, schema: z.object({ ended: z.number() }) },
        refuses: ['not_found'],
      },
      async ({ params }) => ({ ended: await verbs.endSessions(params.email) }),
    ),
    openRoute(
      {
        ...facts,
        method: 'patch',
        path: `${at}/accounts/:email`,
        summary: 'Move the account to another region: TP-Link clients are answered -20212 with its appServerUrl',
        params: email,
        body: z.strictObject({ region: z.string().refine(isRegion, 'a region is written like euw1') }),
        success: done,
        refuses: ['not_found'],
      },
      async ({ params, body }) => void (await verbs.setRegion(params.email, body.region)),
    ),
    openRoute(
      {
        ...facts,
        method: 'post',
        path: `${at}/accounts/:email/expire-tokens`,
        summary: 'Tokens of apps and terminals run out now; refresh tokens stay',
        params: email,
        success: { status: 200, schema: z.object({ expired: z.number() }) },
        refuses: ['not_found'],
      },
      async ({ params }) => ({ expired: await verbs.expireTokens(params.email) }),
    ),
    openRoute(
      {
        ...facts,
        method: 'post',
        path: `${at}/accounts/:email/lock`,
        summary: 'Shut the account as ten wrong codes would: 429 locked_out, -20675 and -20661',
        params: email,
        success: done,
        refuses: ['not_found', 'second_factor_off'],
      },
      async ({ params }) => void (await verbs.lock(params.email)),
    ),
    openRoute(
      {
        ...facts,
        method: 'delete',
        path: `${at}/accounts/:email/lock`,
        summary: 'Forgive wrong codes and open the account again',
        params: email,
        success: done,
        refuses: ['not_found'],
      },
      async ({ params }) => void (await verbs.unlock(params.email)),
    ),
    openRoute(
      {
        ...facts,
        method: 'get',
        path: `${at}/mail`,
        summary: 'What was mailed, newest first',
        query: to,
        success: { status: 200, schema: z.object({ messages: z.array(z.looseObject({ id: z.string() })) }) },
      },
      async ({ query }) => ({
        messages: (await verbs.mail(query.to)).map((mail) => ({ ...mail, sentAt: iso(mail.sentAt) })),
      }),
    ),
    openRoute(
      { ...facts, method: 'delete', path: `${at}/mail`, summary: 'Empty the mailbox', query: to, success: done },
      async ({ query }) => void (await verbs.clearMail(query.to)),
    ),
    openRoute(
      {
        ...facts,
        method: 'get',
        path: `${at}/clock`,
        summary: 'The cloud’s time, and how far it is ahead of the machine’s',
        success: { status: 200, schema: clockNow },
      },
      async () => time(),
    ),
    openRoute(
      {
        ...facts,
        method: 'post',
        path: `${at}/clock`,
        summary: 'Move the clock, in all or on',
        body: z.union([z.strictObject({ offsetMs: z.int() }), z.strictObject({ advanceMs: z.int().min(0) })], {
          error: 'say offsetMs or advanceMs, in whole milliseconds',
        }),
        success: { status: 200, schema: clockNow },
      },
      async ({ body }) => {
        const { now, offsetMs } = verbs.clock();
        const wanted = 'offsetMs' in body ? body.offsetMs : offsetMs + body.advanceMs;
        const then = now - offsetMs + wanted;
        if (then < earliest || then > latest) {
          throw new CloudError('body_invalid', 'The clock goes from the year 2000 to the end of 2199.');
        }
        verbs.setClockOffset(wanted);
        return time();
      },
    ),
    openRoute(
      {
        ...facts,
        method: 'get',
        path: `${at}/gateways`,
        summary: 'Bound VMS Locals and whether their tunnel stands',
        success: {
          status: 200,
          schema: z.object({ gateways: z.array(z.object({ id: z.string(), online: z.boolean() })) }),
        },
      },
      async () => ({ gateways: await verbs.gateways() }),
    ),
    openRoute(
      {
        ...facts,
        method: 'post',
        path: `${at}/gateways/:id/cut-tunnel`,
        summary: 'Drop a tunnel as a broken network would',
        params: z.object({ id: z.string().max(64) }),
        success: { status: 200, schema: z.object({ cut: z.boolean() }) },
      },
      async ({ params }) => ({ cut: verbs.cutTunnel(params.id) }),
    ),
    openRoute(
      {
        ...facts,
        method: 'post',
        path: `${at}/tplink`,
        summary: 'How the TP-Link API says that a code is needed: -20677 on top, or 0 with it nested',
        body: z.strictObject({ mfaForm: z.enum(['top', 'nested']) }),
        success: done,
      },
      async ({ body }) => void verbs.setMfaForm(body.mfaForm),
    ),
    openRoute(
      {
        ...facts,
        method: 'get',
        path: `${at}/faults`,
        summary: 'Faults that are set, and how often each struck',
        success: { status: 200, schema: z.object({ faults: z.array(fault) }) },
      },
      async () => ({ faults: verbs.faults() }),
    ),
    openRoute(
      {
        ...facts,
        method: 'post',
        path: `${at}/faults`,
        summary: 'Make requests late (delayMs), refused (status 5xx) or cut off (drop), by path, method and count',
        body: faultShape,
        success: { status: 201, schema: fault },
      },
      async ({ body }) => verbs.addFault(body),
    ),
    openRoute(
      {
        ...facts,
        method: 'delete',
        path: `${at}/faults`,
        summary: 'Take one fault back, or all',
        query: z.object({ id: z.string().max(64).optional() }),
        success: { status: 200, schema: z.object({ cleared: z.number() }) },
      },
      async ({ query }) => ({ cleared: verbs.clearFaults(query.id) }),
    ),
    openRoute(
      {
        ...facts,
        method: 'post',
        path: `${at}/keys/rotate`,
        summary: 'Sign with a new key from now on; tokens signed before hold until they run out',
        success: { status: 200, schema: z.object({ kid: z.string() }) },
      },
      async () => ({ kid: await verbs.rotateKeys() }),
    ),
  ];
}
