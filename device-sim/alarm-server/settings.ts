import { z } from 'zod';
import type { SimCamera } from '../sim-camera.ts';

/** Where a camera pushes its alarms (Event > Alarm Server on its page). */
export const alarmServerSettings = z.strictObject({
  url: z.url({ protocol: /^https?$/, error: 'an http or https address is wanted' }).max(512),
  /** `legacy` names kinds, `enhanced` says where in the picture. */
  form: z.enum(['legacy', 'enhanced']).default('legacy'),
  /** A still picture with each alarm. */
  image: z.boolean().default(false),
});
export type AlarmServerSettings = z.infer<typeof alarmServerSettings>;

const stateKey = 'alarmServer';

export function alarmServerOf(camera: SimCamera): AlarmServerSettings | undefined {
  return alarmServerSettings.safeParse(camera.state.extra[stateKey]).data;
}

export function setAlarmServer(camera: SimCamera, settings: AlarmServerSettings | undefined): void {
  if (settings) camera.state.extra[stateKey] = settings;
  else delete camera.state.extra[stateKey];
}
