import { dashedMac } from '../identity.ts';
import { offsetAt, parseTimeZone } from '../onvif/time-zone.ts';
import type { SimCamera } from '../sim-camera.ts';

/** Kinds as the alarm push spells them. MOTION and PEOPLE were seen; the rest follows their manner. */
const alarmNames: Record<string, string> = {
  motion: 'MOTION',
  tamper: 'TAMPER',
  people: 'PEOPLE',
  vehicle: 'VEHICLE',
  'line-cross': 'LINE_CROSSING',
  intrusion: 'INTRUSION',
  'area-entry': 'REGION_ENTRANCE',
  'area-leave': 'REGION_EXITING',
  'drop-and-take': 'ABANDON_AND_TAKEN',
  loiter: 'LOITERING',
  'scene-change': 'SCENE_CHANGE',
  audio: 'AUDIO_EXCEPTION',
};

export const alarmName = (kind: string): string | undefined => alarmNames[kind];

export interface Alarm {
  /** Kinds going on, at least one with a name. */
  kinds: string[];
  form: 'legacy' | 'enhanced';
  /** The address the camera calls from. */
  ip: string;
}

/** `20260131081500` and `2026-01-31 08:15:00`: the camera's local time. */
export function localTimes(camera: SimCamera): { compact: string; plain: string } {
  const now = camera.clock.now();
  const zone = parseTimeZone(camera.state.timeZone);
  const text = new Date(now + (zone ? offsetAt(zone, now, true) * 1000 : 0)).toISOString();
  return {
    compact: text.slice(0, 19).replace(/[-:T]/g, ''),
    plain: text.slice(0, 19).replace('T', ' '),
  };
}

/** `VIGI C250 1.0`, or `InSight S445 1.0_1003` with the last of the MAC: as seen on either family. */
function deviceName({ state, profile, identity }: SimCamera): string {
  const tail = identity.mac.replaceAll(':', '').slice(-4);
  return profile.marketName.startsWith('InSight') ? `${state.deviceName}_${tail}` : state.deviceName;
}

export function alarmBody(camera: SimCamera, { kinds, form, ip }: Alarm): object {
  const names = kinds.flatMap((kind) => alarmName(kind) ?? []);
  const { compact, plain } = localTimes(camera);
  const head = {
    ip,
    mac: dashedMac(camera.identity.mac).toLowerCase(),
    protocol: 'HTTP',
    device_name: deviceName(camera),
  };
  if (form === 'legacy') return { ...head, event_list: [{ dateTime: compact, event_type: names }] };
  return {
    ...head,
    event_list: names.map((event_type) => ({
      camera: '1',
      dateTime: plain,
      event_type,
      // One thing in the middle, in ten-thousandths of the picture.
      extra_text: [{ region_id: [1], obj_num: 1, obj_rect_info: [{ x: 4000, y: 3500, height: 4000, width: 1800 }] }],
    })),
  };
}

const boundary = 'ReportEventBoundary';

/** The body of a push and its type: JSON alone, or a form with the picture under the time of the alarm. */
export function formatPush(body: object, time: string, image?: Buffer): { type: string; bytes: Buffer } {
  const json = JSON.stringify(body);
  if (!image) return { type: 'application/json', bytes: Buffer.from(json) };
  const part = (name: string, type: string) =>
    `--${boundary}\r\nContent-Disposition: form-data; name="${name}"\r\nContent-Type: ${type}\r\n\r\n`;
  return {
    type: `multipart/form-data; boundary=${boundary}`,
    bytes: Buffer.concat([
      Buffer.from(`${part('event', 'application/json')}${json}\r\n${part(time, 'image/jpeg')}`),
      image,
      Buffer.from(`\r\n--${boundary}--\r\n`),
    ]),
  };
}
