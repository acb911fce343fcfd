import { z } from 'zod';
import { detectionOf, openApiNames, setDetection } from '../detection.ts';
import { dashedMac } from '../identity.ts';
import { withinRange } from '../onvif/time-range.ts';
import type { SimCamera } from '../sim-camera.ts';
import { vendorTimeZone } from '../time-zone.ts';
import { OpenApiError, openApiCode } from './codes.ts';
import { type Method, remembered, take, takeOptional } from './method.ts';
import { ptzMethods } from './ptz-methods.ts';
import { regionKinds, regionMethods } from './region-methods.ts';
import { storageMethods } from './storage-methods.ts';

const onOff = (on: boolean) => (on ? 'on' : 'off');

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

const manualAlarm = remembered('openApi.manualAlarm', false);
/** Seconds between two pushes of what goes on; 16 was seen on a VIGI camera. */
export const pushInterval = remembered('openApi.pushInterval', 16);
const mostLogs = 100;

/** What the camera was asked to do, what it saw and when it started, the latest last. */
function systemLog(camera: SimCamera) {
  const seen = [...camera.active].map((kind) => ({ at: camera.clock.now(), type: 'alarm', content: kind }));
  const asked = camera.timeline.map(({ at, what, outcome }) => ({
    at: at + camera.state.clockOffsetMs,
    type: outcome !== undefined && /^(4|5)\d\d$|Fault|NotAuthorized/.test(outcome) ? 'exception' : 'operation',
    content: what,
  }));
  const started = { at: camera.bootedAt, type: 'information', content: `start ${camera.state.bootCount}` };
  return [started, ...asked, ...seen]
    .sort((a, b) => a.at - b.at)
    .map(({ at, type, content }) => ({ time: Math.floor(at / 1000), type, content }));
}

const methods: Record<string, Method> = {
  ...detections,
  ...regionMethods,
  ...storageMethods,
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
  getDeviceStatus({ camera, uptimeMs }) {
    const { profile, state, address, identity } = camera;
    return {
      device_model: `${profile.marketName} ${profile.hardware}`,
      dev_alias: state.deviceName,
      ip: address.host,
      mac: dashedMac(identity.mac).toLowerCase(),
      link_status: '1',
      manual_alarm: onOff(manualAlarm.read(camera)),
      uptime: Math.floor(uptimeMs / 1000),
    };
  },
  doSoftReset({ camera }) {
    camera.reboot();
    return {};
  },
  getSystemTime: ({ camera }) => ({ time: Math.floor(camera.clock.now() / 1000) }),
  setSystemTime({ camera }, params) {
    const wanted = take(params, 'time', z.coerce.number().int().min(0).max(4_102_444_800));
    if (camera.quirk('time-in-range') && !withinRange(wanted * 1000)) throw new OpenApiError(openApiCode.wrongTime);
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
  setResolution({ camera }, params) {
    const [stream] = camera.profile.streams;
    const [main] = camera.state.videoEncoders;
    const wanted = take(params, 'resolution', z.string());
    const size = stream.resolutions.find(([width, height]) => `${width}*${height}` === wanted);
    const fps = takeOptional(
      params,
      'frame_rate',
      z.coerce.number().int().min(stream.fpsRange[0]).max(stream.fpsRange[1]),
    );
    const bitrate = takeOptional(
      params,
      'bitrate',
      z.coerce.number().int().min(stream.bitrateRange[0]).max(stream.bitrateRange[1]),
    );
    if (!size || !main) throw new OpenApiError(openApiCode.parameter);
    Object.assign(
      main,
      { width: size[0], height: size[1] },
      fps ? { fps } : {},
      bitrate ? { bitrateKbps: bitrate } : {},
    );
    camera.save();
    camera.events.raise({
      topic: 'tns1:Media/ConfigurationChanged',
      source: { Token: main.token, Type: 'VideoEncoder' },
      data: {},
    });
    return {};
  },
  getAudioCapability: ({ camera: { profile } }) => ({
    microphone: onOff(profile.audio),
    speaker: onOff(profile.audio),
    encodings: profile.audio ? ['G711alaw'] : [],
    sample_rates: profile.audio ? ['8'] : [],
  }),
  getEventEnhanceCapability: ({ camera }) => ({
    events: Object.entries(openApiNames)
      .filter(([kind]) => camera.kinds.includes(kind))
      .map(([, { event }]) => event),
  }),
  searchSystemLog({ camera }, params) {
    const type = take(params, 'type', z.enum(['all', 'alarm', 'exception', 'operation', 'information']));
    const logs = systemLog(camera).filter((one) => type === 'all' || one.type === type);
    return { total: logs.length, logs: logs.slice(-mostLogs) };
  },
  manualAlarm({ camera }, params) {
    manualAlarm.write(camera, take(params, 'action', z.enum(['start', 'stop'])) === 'start');
    return {};
  },
  getMsgpushInterval: ({ camera }) => ({ interval: pushInterval.read(camera) }),
  setMsgpushInterval({ camera }, params) {
    pushInterval.write(camera, take(params, 'interval', z.coerce.number().int().min(1).max(3600)));
    return {};
  },
  getUserID: ({ camera }) => ({ user_id: (camera.state.bootCount % 32) + 1 }),
  getPTZCapability: ({ camera }) => ({ ptz: onOff(camera.profile.ptz), preset: camera.profile.ptz ? 8 : 0 }),
};

/** The method of a camera by name; undefined when this model has none of the kind. */
export function methodOf(camera: SimCamera, name: string): Method | undefined {
  if (Object.hasOwn(ptzMethods, name)) return camera.profile.ptz ? ptzMethods[name] : undefined;
  const kind = kindOf.get(name) ?? regionKinds.get(name);
  if (kind !== undefined && !camera.kinds.includes(kind)) return undefined;
  return Object.hasOwn(methods, name) ? methods[name] : undefined;
}
