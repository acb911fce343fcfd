import { z } from 'zod';
import { isRole } from '../people/roles.ts';
import type { BindingRow, MemberRow } from '../store/cloud.ts';
import type { ReportedCamera } from './camera-report.ts';
import { askCloud } from './http.ts';
import type { Identity } from './identity.ts';

const instant = z.union([z.number(), z.iso.datetime().transform((text) => Date.parse(text))]);
const person = z.object({ sub: z.string().min(1), email: z.string(), name: z.string().optional() });

const begun = z.object({
  bindingId: z.string(),
  pollToken: z.string(),
  userCode: z.string(),
  verificationUri: z.string(),
  verificationUriComplete: z.string(),
  expiresAt: instant,
  intervalSeconds: z.number().positive(),
});
const polled = z.object({
  status: z.enum(['pending', 'approved', 'denied', 'expired']),
  gatewayId: z.string().optional(),
  issuer: z.url().optional(),
  tunnelUrl: z.url().optional(),
  owner: person.optional(),
});
const self = z.object({
  owner: person,
  members: z.array(person.extend({ role: z.string() })).default([]),
  redirectUris: z.array(z.string()).optional(),
  name: z.string().optional(),
  version: z.string().optional(),
});
const revocations = z.object({
  revocations: z.array(
    z.object({ seq: z.number(), sub: z.string(), at: instant, sid: z.string().nullable().optional() }),
  ),
  last: z.number(),
});
const redeemed = z.object({
  sub: z.string(),
  email: z.string(),
  amr: z.array(z.string()),
  scope: z.string(),
  elevationId: z.string(),
});
const nothing = z.unknown();

/** Before there is a binding: nothing but the answers tells who we are. */
export const beginBinding = (
  cloudUrl: string,
  body: { name: string; jwk: object; redirectUris: string[]; version: string },
) => askCloud(`${cloudUrl}/api/v1/bindings`, begun, { method: 'POST', body });

export const pollBinding = (cloudUrl: string, body: { bindingId: string; pollToken: string }, signal: AbortSignal) =>
  askCloud(`${cloudUrl}/api/v1/bindings/poll`, polled, { method: 'POST', body, signal });

export type MachineApi = ReturnType<typeof machineApi>;

/** The cloud's API for a bound gateway, signed with the gateway's key. */
export function machineApi(binding: Pick<BindingRow, 'cloud_url' | 'issuer'>, identity: Identity) {
  const ask = async <T>(
    path: string,
    schema: z.ZodType<T>,
    more: { method?: string; body?: unknown; signal?: AbortSignal } = {},
  ) =>
    askCloud(`${binding.cloud_url}/api/v1/gateway/${path}`, schema, {
      ...more,
      bearer: await identity.bearer(binding.issuer!),
    });
  return {
    self: async (signal?: AbortSignal) => {
      const answer = await ask('self', self, { signal });
      return { ...answer, members: withOwner(answer.owner, answer.members) };
    },
    update: (body: {
      name?: string;
      version?: string;
      redirectUris?: string[];
      policy?: { passwordPairing: boolean };
    }) => ask('self', nothing, { method: 'PATCH', body }),
    unbind: (signal: AbortSignal) => ask('self/unbind', nothing, { method: 'POST', body: {}, signal }),
    reportCameras: (cameras: ReportedCamera[], signal: AbortSignal) =>
      ask('cameras', nothing, { method: 'POST', body: { cameras }, signal }),
    redeemElevation: (elevation: string) => ask('elevations/redeem', redeemed, { method: 'POST', body: { elevation } }),
    revocations: (after: number, signal?: AbortSignal) => ask(`revocations?after=${after}`, revocations, { signal }),
  };
}

type Person = z.infer<typeof person>;

/** The owner has all rights; a role we do not know gets the least. */
function withOwner(owner: Person, members: (Person & { role: string })[]): MemberRow[] {
  const row = ({ sub, email, name }: Person, role: string): MemberRow => ({
    sub,
    email,
    name: name || email,
    role: isRole(role) ? role : 'live_only',
  });
  return [
    row(owner, 'super_admin'),
    ...members.filter(({ sub }) => sub !== owner.sub).map((member) => row(member, member.role)),
  ];
}
