import { z } from 'zod';
import { alarmServerSettings, setAlarmServer } from '../alarm-server/settings.ts';
import { setDetection } from '../detection.ts';
import { SimError } from '../errors.ts';
import { faultSpec } from '../faults/fault.ts';
import { describeFault } from '../faults/fault-book.ts';
import type { FleetCamera } from '../fleet-camera.ts';
import { setOpenApi } from '../open-api/switch.ts';
import { trafficLevels } from '../plan.ts';
import type { ControlledFleet } from './controlled-fleet.ts';
import { movePtz, ptzBody } from './ptz.ts';
import { summary } from './summary.ts';
import { take } from './take.ts';

const triggerBody = z.union([
  z.strictObject({ kind: z.string().max(40), active: z.boolean() }),
  z.strictObject({ kind: z.string().max(40), durationMs: z.number().int().min(1).max(86_400_000).optional() }),
]);
const powerCutBody = z.strictObject({ offMs: z.number().int().min(0).max(86_400_000).optional() });
const networkBody = z.strictObject({ connected: z.boolean() });
const clockBody = z.strictObject({ offsetMs: z.number().int().min(-3_153_600_000_000).max(3_153_600_000_000) });
const detectionBody = z.strictObject({
  kind: z.string().max(40),
  enabled: z.boolean().optional(),
  sensitivity: z.number().int().min(0).max(100).optional(),
});
const enabledBody = z.strictObject({ enabled: z.boolean() });
const clearFaultsBody = z.strictObject({ id: z.number().int().optional() });
const alarmServerBody = z.strictObject({ server: alarmServerSettings.nullable() });
const driftBody = z.strictObject({ ppm: z.number().int().min(-100_000).max(100_000) });
const trafficBody = z.strictObject({ level: z.enum(trafficLevels) });
const emptyBody = z.strictObject({});

export type Verb = (one: FleetCamera, body: unknown, fleet: ControlledFleet) => Promise<object> | object;

/** `POST …/cameras/:name/<verb>` */
export const verbs: Record<string, Verb> = {
  trigger(one, given) {
    const { kind, ...how } = take(triggerBody, given);
    one.trigger(kind, 'active' in how ? how : how.durationMs === undefined ? {} : { durationMs: how.durationMs });
    return summary(one);
  },
  async 'power-cut'(one, given) {
    await one.powerCut(take(powerCutBody, given).offMs);
    return summary(one);
  },
  async reboot(one, given) {
    take(emptyBody, given);
    await one.reboot();
    return summary(one);
  },
  network(one, given) {
    one.network(take(networkBody, given).connected);
    return summary(one);
  },
  clock(one, given) {
    one.camera.state.clockOffsetMs = take(clockBody, given).offsetMs;
    one.camera.save();
    return summary(one);
  },
  traffic(one, given, fleet) {
    fleet.setTraffic(one.name, take(trafficBody, given).level);
    return summary(one);
  },
  ptz: (one, given) => movePtz(one, take(ptzBody, given)),
  'alarm-server'(one, given) {
    const { server } = take(alarmServerBody, given);
    setAlarmServer(one.camera, server ?? undefined);
    one.camera.save();
    return summary(one);
  },
  fault(one, given) {
    return { fault: describeFault(one.faults.add(take(faultSpec, given))) };
  },
  drift(one, given) {
    one.drift(take(driftBody, given).ppm);
    return summary(one);
  },
  'lose-subscriptions'(one, given) {
    take(emptyBody, given);
    one.loseSubscriptions();
    return summary(one);
  },
  'clear-faults'(one, given) {
    const { id } = take(clearFaultsBody, given);
    if (id === undefined) one.faults.clear();
    else if (!one.faults.remove(id)) throw new SimError('not_found', `${one.name} has no fault ${id}`);
    return { faults: one.faults.list().map(describeFault) };
  },
  'open-api'(one, given) {
    const { enabled } = take(enabledBody, given);
    if (!one.camera.profile.openApi) throw new SimError('not_offered', `${one.name} has no OpenAPI`);
    setOpenApi(one.camera, enabled);
    one.camera.save();
    return summary(one);
  },
  detection(one, given) {
    const { kind, ...change } = take(detectionBody, given);
    if (!one.camera.kinds.includes(kind)) throw new SimError('kind_unknown', `${one.name} sees no "${kind}"`);
    setDetection(one.camera.state, kind, change);
    one.camera.save();
    return summary(one);
  },
};
