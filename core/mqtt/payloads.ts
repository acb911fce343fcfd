import { z } from 'zod';

/** `up/status`: retained; the last will carries `online: false`. */
export const statusPayload = z.object({
  online: z.boolean(),
  at: z.iso.datetime(),
  firmware: z.string().max(64).optional(),
  bootCount: z.number().int().nonnegative().optional(),
});
export type StatusPayload = z.infer<typeof statusPayload>;

/** `up/telemetry`: once a minute. */
export const telemetryPayload = z.object({
  at: z.iso.datetime(),
  uptimeSeconds: z.number().nonnegative(),
  temperatureCelsius: z.number().optional(),
  bitrateKbps: z.number().nonnegative().optional(),
  viewers: z.number().int().nonnegative().optional(),
});
export type TelemetryPayload = z.infer<typeof telemetryPayload>;

/** `down/command/<name>`: answered on `up/reply/<id>`. */
export const commandPayload = z.object({
  id: z.string().min(1).max(64),
  arguments: z.record(z.string(), z.unknown()).default({}),
});
export type CommandPayload = z.infer<typeof commandPayload>;

export const replyPayload = z.object({
  id: z.string().min(1).max(64),
  ok: z.boolean(),
  result: z.unknown().optional(),
  error: z.string().max(500).optional(),
});
export type ReplyPayload = z.infer<typeof replyPayload>;

/** Commands a camera obeys. */
export const commandNames = ['reboot', 'unpair', 'identify', 'sync'] as const;
export type CommandName = (typeof commandNames)[number];
