import { SoapFault } from '../../core/soap/fault.ts';
import { Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import { type Behavior, classified, type Service } from '../onvif/behavior.ts';
import { createFocus } from '../onvif/focus.ts';
import { type ImagingState, imaging } from '../onvif/imaging-state.ts';
import { tokens } from '../state/new-state.ts';

export const imagingService: Service = {
  name: 'imaging',
  prefix: 'timg',
  version: [22, 6],
  path: (camera) => camera.profile.servicePaths.media,
  // A recorder leaves it to its cameras.
  offered: ({ profile }) => profile.channels === undefined,
  uses: ['timg', 'tt'],
  access: classified({
    PRE_AUTH: 'GetServiceCapabilities',
    READ_MEDIA: 'GetImagingSettings GetOptions GetMoveOptions GetStatus GetPresets GetCurrentPreset',
    ACTUATE: 'SetImagingSettings Move Stop SetCurrentPreset',
  }),
  capabilities: (_camera, has) =>
    xml`<timg:Capabilities ImageStabilization="false" Presets="${String(has('GetPresets'))}" AdaptablePreset="false"/>`,
};

const switchedOff = { mode: 'OFF', level: 50 } as const;

/** Settings that belong together, as the page of a camera offers them; names and values chosen. */
const imagingPresets: { token: string; name: string; type: string; settings: Partial<ImagingState> }[] = [
  {
    token: 'day',
    name: 'Day',
    type: 'Sunny',
    settings: { brightness: 50, contrast: 50, saturation: 50, irCutFilter: 'ON', wideDynamicRange: switchedOff },
  },
  {
    token: 'night',
    name: 'Night',
    type: 'Night',
    settings: { brightness: 60, contrast: 60, saturation: 40, irCutFilter: 'OFF', wideDynamicRange: switchedOff },
  },
  {
    token: 'backlight',
    name: 'Against the light',
    type: 'Custom',
    settings: { brightness: 50, contrast: 55, irCutFilter: 'AUTO', wideDynamicRange: { mode: 'ON', level: 70 } },
  },
];

const presetMarkup = ({ token, name, type }: (typeof imagingPresets)[number]) =>
  xml`<timg:Preset token="${token}" type="${type}"><timg:Name>${name}</timg:Name></timg:Preset>`;

/** A preset is in force while all it sets stands as it set it. */
const presetInForce = (state: ImagingState) =>
  imagingPresets.find(({ settings }) =>
    Object.entries(settings).every(
      ([name, value]) => JSON.stringify(state[name as keyof ImagingState]) === JSON.stringify(value),
    ),
  );

const percent = [0, 100] as const;
/** Microseconds. */
const exposureTimes = [100, 40_000] as const;
const range = (tag: string, [least, most]: readonly [number, number]) =>
  xml`${new Xml(`<tt:${tag}>`)}<tt:Min>${least}</tt:Min><tt:Max>${most}</tt:Max>${new Xml(`</tt:${tag}>`)}`;

function needSource(args: Arguments) {
  const token = args.text('VideoSourceToken');
  if (token !== tokens.videoSource) throw invalidValue(`there is no video source "${token}"`, 'ter:NoSource');
}

/** Focus is for lenses with a motor. */
function needMotor({ profile }: Camera) {
  if (profile.zoom !== true)
    throw new SoapFault(['ter:ActionNotSupported', 'ter:NoImagingForSource'], 'the lens has no motor');
}

export const imagingBehavior: Behavior = {
  name: 'imaging',
  service: imagingService,
  operations: {
    GetImagingSettings(camera, args) {
      needSource(args);
      const s = imaging.read(camera);
      return xml`<timg:ImagingSettings><tt:BacklightCompensation><tt:Mode>${s.backlight.mode}</tt:Mode><tt:Level>${s.backlight.level}</tt:Level></tt:BacklightCompensation><tt:Brightness>${s.brightness}</tt:Brightness><tt:ColorSaturation>${s.saturation}</tt:ColorSaturation><tt:Contrast>${s.contrast}</tt:Contrast><tt:Exposure><tt:Mode>${s.exposure.mode}</tt:Mode><tt:ExposureTime>${s.exposure.time}</tt:ExposureTime><tt:Gain>${s.exposure.gain}</tt:Gain></tt:Exposure>${camera.profile.zoom === true && xml`<tt:Focus><tt:AutoFocusMode>${s.autoFocus}</tt:AutoFocusMode></tt:Focus>`}<tt:IrCutFilter>${s.irCutFilter}</tt:IrCutFilter><tt:Sharpness>${s.sharpness}</tt:Sharpness><tt:WideDynamicRange><tt:Mode>${s.wideDynamicRange.mode}</tt:Mode><tt:Level>${s.wideDynamicRange.level}</tt:Level></tt:WideDynamicRange><tt:WhiteBalance><tt:Mode>${s.whiteBalance.mode}</tt:Mode><tt:CrGain>${s.whiteBalance.red}</tt:CrGain><tt:CbGain>${s.whiteBalance.blue}</tt:CbGain></tt:WhiteBalance></timg:ImagingSettings>`;
    },

    SetImagingSettings(camera, args) {
      needSource(args);
      imaging.write(camera, changed(imaging.read(camera), args.part('ImagingSettings'), camera));
      return undefined;
    },

    GetOptions(camera, args) {
      needSource(args);
      const onOff = xml`<tt:Mode>OFF</tt:Mode><tt:Mode>ON</tt:Mode>${range('Level', percent)}`;
      const autoManual = xml`<tt:Mode>AUTO</tt:Mode><tt:Mode>MANUAL</tt:Mode>`;
      return xml`<timg:ImagingOptions><tt:BacklightCompensation>${onOff}</tt:BacklightCompensation>${range('Brightness', percent)}${range('ColorSaturation', percent)}${range('Contrast', percent)}<tt:Exposure>${autoManual}${range('ExposureTime', exposureTimes)}${range('Gain', percent)}</tt:Exposure>${camera.profile.zoom === true && xml`<tt:Focus><tt:AutoFocusModes>AUTO</tt:AutoFocusModes><tt:AutoFocusModes>MANUAL</tt:AutoFocusModes></tt:Focus>`}<tt:IrCutFilterModes>ON</tt:IrCutFilterModes><tt:IrCutFilterModes>OFF</tt:IrCutFilterModes><tt:IrCutFilterModes>AUTO</tt:IrCutFilterModes>${range('Sharpness', percent)}<tt:WideDynamicRange>${onOff}</tt:WideDynamicRange><tt:WhiteBalance>${autoManual}${range('YrGain', percent)}${range('YbGain', percent)}</tt:WhiteBalance></timg:ImagingOptions>`;
    },

    GetPresets(_camera, args) {
      needSource(args);
      return xml`${imagingPresets.map(presetMarkup)}`;
    },

    GetCurrentPreset(camera, args) {
      needSource(args);
      const current = presetInForce(imaging.read(camera));
      return current && presetMarkup(current);
    },

    SetCurrentPreset(camera, args) {
      needSource(args);
      const token = args.text('PresetToken');
      const preset = imagingPresets.find((one) => one.token === token);
      if (!preset) throw invalidValue(`there is no imaging preset "${token}"`, 'ter:NoImagingPreset');
      imaging.write(camera, { ...imaging.read(camera), ...preset.settings });
      return undefined;
    },

    GetMoveOptions(camera, args) {
      needSource(args);
      if (camera.profile.zoom !== true) return xml`<timg:MoveOptions/>`;
      return xml`<timg:MoveOptions><tt:Absolute>${range('Position', [0, 1])}${range('Speed', [0, 1])}</tt:Absolute><tt:Relative>${range('Distance', [-1, 1])}${range('Speed', [0, 1])}</tt:Relative><tt:Continuous>${range('Speed', [-1, 1])}</tt:Continuous></timg:MoveOptions>`;
    },

    Move(camera, args, call) {
      needSource(args);
      needMotor(camera);
      const focus = args.part('Focus');
      const motor = call.onvif.get(createFocus);
      const [absolute, relative, continuous] = (['Absolute', 'Relative', 'Continuous'] as const).map((name) =>
        focus.optionalPart(name),
      );
      if (absolute) motor.moveTo(within(absolute.float('Position'), [0, 1]), speedOf(absolute));
      else if (relative) motor.moveBy(within(relative.float('Distance'), [-1, 1]), speedOf(relative));
      else if (continuous) motor.drive(within(continuous.float('Speed'), [-1, 1]));
      else throw new SoapFault(['ter:InvalidArgs'], 'Focus says no move');
      return undefined;
    },

    Stop(camera, args, call) {
      needSource(args);
      needMotor(camera);
      call.onvif.get(createFocus).stop();
      return undefined;
    },

    GetStatus(camera, args, call) {
      needSource(args);
      if (camera.profile.zoom !== true) return xml`<timg:Status/>`;
      const { position, moving } = call.onvif.get(createFocus);
      return xml`<timg:Status><tt:FocusStatus20><tt:Position>${position}</tt:Position><tt:MoveStatus>${moving ? 'MOVING' : 'IDLE'}</tt:MoveStatus></tt:FocusStatus20></timg:Status>`;
    },
  },
};

const within = (value: number, [least, most]: readonly [number, number]) => {
  if (value < least || value > most)
    throw invalidValue(`${value} is not within ${least} and ${most}`, 'ter:SettingsInvalid');
  return value;
};
const speedOf = (part: Arguments) => within(part.optionalFloat('Speed') ?? 1, [0, 1]);

/** What is not in the request stays as it is (Imaging §5.1.3). */
function changed(before: ImagingState, settings: Arguments, camera: Camera): ImagingState {
  const level = (
    part: Arguments | undefined,
    name: string,
    usual: number,
    limits: readonly [number, number] = percent,
  ) => {
    const value = part?.optionalFloat(name);
    return value === undefined ? usual : within(value, limits);
  };
  const mode = <V extends string>(part: Arguments | undefined, name: string, values: readonly V[], usual: V): V => {
    const text = part?.optionalText(name);
    const found = values.find((value) => value === text);
    if (text !== undefined && found === undefined)
      throw invalidValue(`${name} cannot be "${text}"`, 'ter:SettingsInvalid');
    return found ?? usual;
  };
  const backlight = settings.optionalPart('BacklightCompensation');
  const wide = settings.optionalPart('WideDynamicRange');
  const exposure = settings.optionalPart('Exposure');
  const white = settings.optionalPart('WhiteBalance');
  const focus = settings.optionalPart('Focus');
  if (focus && camera.profile.zoom !== true) throw invalidValue('the lens has no motor', 'ter:SettingsInvalid');
  const onOff = ['OFF', 'ON'] as const;
  const autoManual = ['AUTO', 'MANUAL'] as const;
  return {
    brightness: level(settings, 'Brightness', before.brightness),
    saturation: level(settings, 'ColorSaturation', before.saturation),
    contrast: level(settings, 'Contrast', before.contrast),
    sharpness: level(settings, 'Sharpness', before.sharpness),
    backlight: {
      mode: mode(backlight, 'Mode', onOff, before.backlight.mode),
      level: level(backlight, 'Level', before.backlight.level),
    },
    wideDynamicRange: {
      mode: mode(wide, 'Mode', onOff, before.wideDynamicRange.mode),
      level: level(wide, 'Level', before.wideDynamicRange.level),
    },
    exposure: {
      mode: mode(exposure, 'Mode', autoManual, before.exposure.mode),
      time: level(exposure, 'ExposureTime', before.exposure.time, exposureTimes),
      gain: level(exposure, 'Gain', before.exposure.gain),
    },
    whiteBalance: {
      mode: mode(white, 'Mode', autoManual, before.whiteBalance.mode),
      red: level(white, 'CrGain', before.whiteBalance.red),
      blue: level(white, 'CbGain', before.whiteBalance.blue),
    },
    irCutFilter: mode(settings, 'IrCutFilter', ['ON', 'OFF', 'AUTO'], before.irCutFilter),
    autoFocus: mode(focus, 'AutoFocusMode', autoManual, before.autoFocus),
  };
}
