import { detectionOf, openApiNames, setDetection } from '../detection.ts';
import { dashedMac } from '../identity.ts';
import { presets } from '../onvif/ptz-presets.ts';
import { openApiEnabled, setOpenApi } from '../open-api/switch.ts';
import type { SimCamera } from '../sim-camera.ts';

/** Values as `/ds` has them: flat, strings mostly. */
export type SectionValues = Record<string, unknown>;

export interface Section {
  read(camera: SimCamera): SectionValues;
  /** Absent: read only. Values are checked to be among those that `read` gives, and small. */
  write?(camera: SimCamera, values: Record<string, string>): void;
}

const stateKey = 'ds';
const keptValues = (camera: SimCamera, name: string) =>
  (camera.state.extra[stateKey] as Record<string, Record<string, string>> | undefined)?.[name] ?? {};

/** A section that remembers what was set and does nothing else. */
const remembered = (name: string, defaults: Record<string, string>): Section => ({
  read: (camera) => ({ ...defaults, ...keptValues(camera, name) }),
  write(camera, values) {
    const all = (camera.state.extra[stateKey] as Record<string, unknown> | undefined) ?? {};
    camera.state.extra[stateKey] = { ...all, [name]: { ...keptValues(camera, name), ...values } };
  },
});

const onOff = (on: boolean) => (on ? 'on' : 'off');

/** A detection switch: what is off raises no event. */
const detection = (kind: string, more: Record<string, string> = {}): Section => ({
  read(camera) {
    const { enabled, sensitivity } = detectionOf(camera.state, kind);
    return {
      enabled: onOff(enabled),
      digital_sensitivity: String(sensitivity),
      ...Object.fromEntries(
        Object.entries(more).map(([item, other]) => [item, onOff(detectionOf(camera.state, other).enabled)]),
      ),
    };
  },
  write(camera, values) {
    if (values['enabled'] !== undefined) setDetection(camera.state, kind, { enabled: values['enabled'] === 'on' });
    const sensitivity = Number(values['digital_sensitivity']);
    if (values['digital_sensitivity'] !== undefined && sensitivity >= 0 && sensitivity <= 100)
      setDetection(camera.state, kind, { sensitivity });
    for (const [item, other] of Object.entries(more))
      if (values[item] !== undefined) setDetection(camera.state, other, { enabled: values[item] === 'on' });
  },
});

const smartSwitches = (camera: SimCamera) =>
  Object.fromEntries(
    Object.keys(openApiNames)
      .filter((kind) => camera.kinds.includes(kind))
      .map((kind) => [kind.replaceAll('-', '_'), onOff(detectionOf(camera.state, kind).enabled)]),
  );

/** Modules and their sections (facts: public integrations of C540V, C340I and others). */
export const sections: Record<string, Record<string, Section>> = {
  device_info: {
    basic_info: {
      read: ({ profile, identity, state }) => ({
        dev_name: state.deviceName,
        alias: state.deviceName,
        device_type: 'SMART.IPCAMERA',
        device_model: `${profile.marketName} ${profile.hardware}`,
        sw_version: profile.firmware,
        hw_version: profile.hardware,
        mac: dashedMac(identity.mac),
        // Ours: what the label says, so that a tool can match label and camera.
        serial: identity.serial,
      }),
    },
    name: {
      read: ({ state }) => ({ alias: state.deviceName }),
      write: (camera, { alias }) => {
        if (alias) camera.state.deviceName = alias;
      },
    },
  },
  network: {
    wan: {
      read: ({ address, identity }) => ({
        ipaddr: address.host,
        macaddr: dashedMac(identity.mac),
        proto: 'static',
        http_port: String(address.ports.http),
        https_port: String(address.ports.https),
        rtsp_port: String(address.ports.rtsp),
      }),
    },
  },
  system: {
    clock_status: {
      read: ({ clock, state }) => ({
        seconds_from_1970: String(Math.floor(clock.now() / 1000)),
        local_time: new Date(clock.now()).toISOString().slice(0, 19).replace('T', ' '),
        timezone: state.timeZone,
      }),
    },
  },
  led: { config: remembered('led.config', { enabled: 'on' }) },
  image: {
    switch: remembered('image.switch', {
      night_vision_mode: 'inf_night_vision',
      wtl_intensity_level: '5',
      flip_type: 'off',
      ldc: 'off',
    }),
  },
  motion_detection: { motion_det: detection('motion', { people_enabled: 'people', vehicle_enabled: 'vehicle' }) },
  tamper_detection: { tamper_det: detection('tamper') },
  people_detection: { detection: detection('people') },
  linecross_detection: { detection: detection('line-cross') },
  intrusion_detection: { detection: detection('intrusion') },
  msg_alarm: {
    chn1_msg_alarm_info: remembered('msg_alarm.chn1_msg_alarm_info', {
      enabled: 'off',
      light_alarm_enabled: 'on',
      sound_alarm_enabled: 'on',
      sound_alarm_times: '1',
    }),
  },
  preset: {
    preset: {
      read: (camera) => {
        const all = camera.profile.ptz ? presets.read(camera) : [];
        return { id: all.map(({ token }) => token), name: all.map(({ name }) => name) };
      },
    },
  },
  lens_mask: { lens_mask_info: remembered('lens_mask.lens_mask_info', { enabled: 'off' }) },
  smart_detection: { event: { read: (camera) => smartSwitches(camera) } },
  audio_config: {
    speaker: remembered('audio_config.speaker', { volume: '50', mute: 'off' }),
    microphone: remembered('audio_config.microphone', { volume: '50', mute: 'off' }),
  },
  // Name of the module chosen by us; the real page's is not known.
  openapi: {
    config: {
      read: (camera) => ({ enabled: onOff(openApiEnabled(camera)), port: String(camera.address.ports.openApi) }),
      write: (camera, { enabled }) => {
        if (enabled !== undefined) setOpenApi(camera, enabled === 'on');
      },
    },
  },
  harddisk_manage: {
    // A card leaves the shop unformatted: `Uninitialized`, 0 B of 0 B.
    hd_info: {
      read: ({ recorder }) => ({
        hd_info_1: recorder
          ? {
              disk_name: '1',
              status: 'normal',
              total_space: `${recorder.facts.sizeGb}GB`,
              free_space: '0B',
              rw_attr: 'rw',
            }
          : { disk_name: '1', status: 'unformatted', total_space: '0B', free_space: '0B', rw_attr: 'r' },
      }),
    },
  },
};
