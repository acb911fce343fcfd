import { z } from 'zod';
import { detectionOf, openApiNames, setDetection } from '../detection.ts';
import { dashedMac } from '../identity.ts';
import type { SimCamera } from '../sim-camera.ts';
import { vendorTimeZone } from '../time-zone.ts';
import { OpenApiError, openApiCode } from './codes.ts';

export type Params = Record<string, unknown>;

/** What a method is given: the camera, its parameters, and the uptime nobody but the fleet knows. */
export interface MethodContext {
  camera: SimCamera;
  uptimeMs: number;
}
export type Method = (context: MethodContext, params: Params) => object;

const onOff = (on: boolean) => (on ? 'on' : 'off');

/** A parameter by its schema; what is absent and what is wrong have codes of their own. */
function take<T>(params: Params, name: string, schema: z.ZodType<T>): T {
  if (params[name] === undefined) throw new OpenApiError(openApiCode.valueMissing);
  const parsed = schema.safeParse(params[name]);
  if (!parsed.success) throw new OpenApiError(openApiCode.parameter);
  return parsed.data;
}

const switchWord = z.enum(['on', 'off']);
const percent = z.coerce.number().int().min(0).max(100);
/** Sensitivity is a number on some firmware, a word on others; both are taken. */
const sensitivity = z.union([
  percent,
  z
    .enum(['low', 'normal', 'medium', 'high'])
    .transform((word) => ({ low: 20, normal: 50, medium: 50, high: 80 })[word]),
]);
const extras = ['sound_alarm_enabled', 'light_alarm_enabled', 'msg_push_enabled', 'record_enabled'] as const;

const stateKey = 'openApiAlarms';
type Alarms = Record<string, Record<string, string>>;
const keptAlarms = (camera: SimCamera) => (camera.state.extra[stateKey] as Alarms | undefined) ?? {};
const keptExtras = (camera: SimCamera, kind: string) => keptAlarms(camera)[kind] ?? {};

/** Is this kind told to whoever subscribed to messages? */
export const pushes = (camera: SimCamera, kind: string) =>
  detectionOf(camera.state, kind).enabled && keptExtras(camera, kind)['msg_push_enabled'] !== 'off';

const readSwitch =
  (kind: string): Method =>
  ({ camera }) => {
    const { enabled, sensitivity: value } = detectionOf(camera.state, kind);
    const fresh = {
      sound_alarm_enabled: 'off',
      light_alarm_enabled: 'off',
      msg_push_enabled: 'on',
      record_enabled: 'on',
    };
    return { enabled: onOff(enabled), sensitivity: value, ...fresh, ...keptExtras(camera, kind) };
  };

const writeSwitch =
  (kind: string): Method =>
  ({ camera }, params) => {
    // As seen on real cameras: a set without its sensitivity is a wrong payload.
    if (params['sensitivity'] === undefined) throw new OpenApiError(openApiCode.payload);
    const change = {
      sensitivity: take(params, 'sensitivity', sensitivity),
      ...(params['enabled'] === undefined ? {} : { enabled: take(params, 'enabled', switchWord) === 'on' }),
    };
    const alarms = Object.fromEntries(
      extras.filter((name) => params[name] !== undefined).map((name) => [name, take(params, name, switchWord)]),
    );
    setDetection(camera.state, kind, change);
    camera.state.extra[stateKey] = { ...keptAlarms(camera), [kind]: { ...keptExtras(camera, kind), ...alarms } };
    camera.save();
    return {};
  };

const volume = (which: 'speaker' | 'microphone'): [Method, Method] => [
  ({ camera }) => ({ volume: Number((camera.state.extra[`${which}Volume`] as number | undefined) ?? 50) }),
  ({ camera }, params) => {
    camera.state.extra[`${which}Volume`] = take(params, 'volume', percent);
    camera.save();
    return {};
  },
];
const [getSpeakerVolume, setSpeakerVolume] = volume('speaker');
const [getMicrophoneVolume, setMicrophoneVolume] = volume('microphone');

const detections: Record<string, Method> = Object.fromEntries(
  Object.entries(openApiNames).flatMap(([kind, { detection }]) => [
    [`get${detection}DetectionSwitch`, readSwitch(kind)],
    [`set${detection}DetectionSwitch`, writeSwitch(kind)],
  ]),
);
/** Methods that are about one kind, so that a camera which does not see it does not know them. */
const kindOf = new Map(
  Object.entries(openApiNames).flatMap(([kind, { detection }]) => [
    [`get${detection}DetectionSwitch`, kind],
    [`set${detection}DetectionSwitch`, kind],
  ]),
);

const methods: Record<string, Method> = {
  ...detections,
  getDeviceInfo: ({ camera: { state, profile, identity } }) => ({
    alias: state.deviceName,
    type: 'SMART.IPCAMERA',
    model: `${profile.marketName} ${profile.hardware}`,
    mac: dashedMac(identity.mac),
    hwVer: profile.hardware,
    swVer: profile.firmware,
  }),
  getDeviceAlias: ({ camera }) => ({ alias: camera.state.deviceName }),
  setDeviceAlias({ camera }, params) {
    camera.state.deviceName = take(params, 'alias', z.string().min(1).max(64));
    camera.save();
    return {};
  },
  getDeviceStatus: ({ camera: { profile, state, address, identity }, uptimeMs }) => ({
    device_model: `${profile.marketName} ${profile.hardware}`,
    dev_alias: state.deviceName,
    ip: address.host,
    mac: dashedMac(identity.mac).toLowerCase(),
    link_status: '1',
    uptime: Math.floor(uptimeMs / 1000),
  }),
  doSoftReset({ camera }) {
    camera.reboot();
    return {};
  },
  getSystemTime: ({ camera }) => ({ time: Math.floor(camera.clock.now() / 1000) }),
  setSystemTime({ camera }, params) {
    const wanted = take(params, 'time', z.coerce.number().int().min(0).max(4_102_444_800));
    camera.state.clockOffsetMs += wanted * 1000 - camera.clock.now();
    camera.state.dateTimeType = 'Manual';
    camera.save();
    return {};
  },
  getTimeZone: ({ camera }) => ({ timezone: vendorTimeZone(camera.state.timeZone), area: 'UTC' }),
  getSpeakerVolume,
  setSpeakerVolume,
  getMicrophoneVolume,
  setMicrophoneVolume,
  getStreamPort: ({ camera }) => ({ streamPort: String(camera.address.ports.rtsp) }),
  getResolution: ({ camera }) => {
    const [main] = camera.state.videoEncoders;
    return { resolution: `${main!.width}*${main!.height}`, frame_rate: main!.fps, bitrate: main!.bitrateKbps };
  },
  getVideoCapability: ({ camera }) => ({
    resolutions: camera.profile.streams[0].resolutions.map(([width, height]) => `${width}*${height}`),
    frame_rates: camera.profile.streams[0].fpsRange,
  }),
  getSdCardStatus: () => ({ status: 'uninitialized', total_space: '0B', free_space: '0B' }),
  formatSdCard: () => {
    throw new OpenApiError(openApiCode.noStorage);
  },
  getUserID: ({ camera }) => ({ user_id: (camera.state.bootCount % 32) + 1 }),
  getPTZCapability: ({ camera }) => ({ ptz: onOff(camera.profile.ptz), preset: camera.profile.ptz ? 8 : 0 }),
};

const ptzMethods: Record<string, Method> = {
  motorMove({ camera }, params) {
    const step = z.coerce.number().min(-1).max(1);
    const ptz = camera.scene.ptz;
    ptz.pan = turn(ptz.pan + take(params, 'x_coord', step) * 30);
    ptz.tilt = Math.max(-90, Math.min(90, ptz.tilt + take(params, 'y_coord', step) * 20));
    return {};
  },
  stopMove: () => ({}),
};
/** Degrees, kept within -180..180. */
const turn = (degrees: number) => ((((degrees + 180) % 360) + 360) % 360) - 180;

/** The method of a camera by name; undefined when this model has none of the kind. */
export function methodOf(camera: SimCamera, name: string): Method | undefined {
  if (Object.hasOwn(ptzMethods, name)) return camera.profile.ptz ? ptzMethods[name] : undefined;
  const kind = kindOf.get(name);
  if (kind !== undefined && !camera.kinds.includes(kind)) return undefined;
  return Object.hasOwn(methods, name) ? methods[name] : undefined;
}
