import { SoapFault } from '../../core/soap/fault.ts';
import { Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { type Arguments, invalidValue } from '../onvif/arguments.ts';
import { type Behavior, type Call, classified, type Service } from '../onvif/behavior.ts';
import { configurationMarkup, needConfiguration, setConfiguration } from '../onvif/media/kind.ts';
import { needProfile } from '../onvif/media/profiles.ts';
import {
  notPtz,
  positionMarkup,
  ptzKind,
  ptzOptionsMarkup,
  ptzSettings,
  ptzTimeoutRange,
  spaces,
  spacesMarkup,
} from '../onvif/media/ptz.ts';
import { createPtzHead, type PtzHead, type PtzPosition } from '../onvif/ptz-head.ts';
import {
  dropPreset,
  freePresetToken,
  home,
  keepPreset,
  maxPresets,
  needPreset,
  positionOf,
  presets,
} from '../onvif/ptz-presets.ts';
import { tourSupport } from '../onvif/ptz-tours.ts';
import { tokens } from '../state/new-state.ts';
import { auxiliaryCommands, obeyAuxiliary } from './device-io-state.ts';

export const ptzService: Service = {
  name: 'ptz',
  prefix: 'tptz',
  version: [23, 6],
  path: (camera) => camera.profile.servicePaths.media,
  offered: (camera) => camera.profile.ptz,
  uses: ['tptz', 'tt'],
  access: classified({
    PRE_AUTH: 'GetServiceCapabilities',
    READ_MEDIA: `GetNodes GetNode GetConfiguration GetConfigurations GetConfigurationOptions GetPresets GetStatus
      GetPresetTours GetPresetTour GetPresetTourOptions GetCompatibleConfigurations`,
    ACTUATE: `SetConfiguration SendAuxiliaryCommand SetPreset RemovePreset GotoPreset GotoHomePosition SetHomePosition
      ContinuousMove RelativeMove AbsoluteMove GeoMove Stop CreatePresetTour ModifyPresetTour OperatePresetTour
      RemovePresetTour MoveAndStartTracking`,
  }),
  capabilities: (_camera, has) =>
    xml`<tptz:Capabilities EFlip="false" Reverse="false" GetCompatibleConfigurations="${String(has('GetCompatibleConfigurations'))}" MoveStatus="true" StatusPosition="true"/>`,
};

export const ptz: Behavior = {
  name: 'ptz',
  service: ptzService,
  operations: {
    GetNodes: (camera) => nodeMarkup(camera, 'tptz:PTZNode'),

    GetNode(camera, args) {
      const token = args.text('NodeToken');
      if (token !== tokens.ptzNode) throw invalidValue(`there is no node "${token}"`, 'ter:NoEntity');
      return nodeMarkup(camera, 'tptz:PTZNode');
    },

    GetConfigurations: (camera) => configuration(camera),
    GetConfiguration(camera, args) {
      needConfiguration(ptzKind, camera, args.text('PTZConfigurationToken'));
      return configuration(camera);
    },
    GetCompatibleConfigurations(camera, args) {
      needProfile(camera, args.text('ProfileToken'));
      return configuration(camera);
    },
    SetConfiguration(camera, args) {
      setConfiguration(ptzKind, camera, args.part('PTZConfiguration'), 1);
      return undefined;
    },
    GetConfigurationOptions(camera, args) {
      needConfiguration(ptzKind, camera, args.text('ConfigurationToken'));
      return xml`<tptz:PTZConfigurationOptions>${ptzOptionsMarkup(camera)}</tptz:PTZConfigurationOptions>`;
    },

    GetStatus(camera, args, call) {
      const { position, moving } = headOf(camera, args, call);
      const word = (on: boolean) => (on ? 'MOVING' : 'IDLE');
      return xml`<tptz:PTZStatus><tt:Position>${positionMarkup(camera, position)}</tt:Position><tt:MoveStatus><tt:PanTilt>${word(moving.panTilt)}</tt:PanTilt>${camera.profile.zoom === true && xml`<tt:Zoom>${word(moving.zoom)}</tt:Zoom>`}</tt:MoveStatus><tt:UtcTime>${new Date(camera.clock.now()).toISOString()}</tt:UtcTime></tptz:PTZStatus>`;
    },

    AbsoluteMove(camera, args, call) {
      const head = headOf(camera, args, call);
      const target = vectorOf(camera, args.part('Position'), 'ter:InvalidPosition', {
        panTilt: [spaces.panTiltPosition],
        zoom: [spaces.zoomPosition],
      });
      const { limits } = ptzSettings.read(camera);
      const inside = (value: number | undefined, [least, most]: [number, number]) =>
        value === undefined || (value >= least && value <= most);
      if (!inside(target.x, limits.x) || !inside(target.y, limits.y) || !inside(target.zoom, limits.zoom)) {
        throw invalidValue('the position is out of reach', 'ter:InvalidPosition');
      }
      head.moveTo(target, speedOf(camera, args));
      return undefined;
    },

    RelativeMove(camera, args, call) {
      const head = headOf(camera, args, call);
      const by = vectorOf(camera, args.part('Translation'), 'ter:InvalidTranslation', {
        panTilt: [spaces.panTiltTranslation, spaces.panTiltFieldOfView],
        zoom: [spaces.zoomTranslation],
      });
      if ([by.x, by.y, by.zoom].some((part) => part !== undefined && Math.abs(part) > 1)) {
        throw invalidValue('a translation is within -1 and 1', 'ter:InvalidTranslation');
      }
      // In the space of the picture its corner is (1, 1): half of what it shows.
      const inPicture = by.panTiltSpace === spaces.panTiltFieldOfView;
      const scale = inPicture ? { x: head.fieldOfView.x / 2, y: head.fieldOfView.y / 2 } : { x: 1, y: 1 };
      const from = head.position;
      head.moveTo(
        {
          ...(by.x === undefined ? {} : { x: from.x + by.x * scale.x }),
          ...(by.y === undefined ? {} : { y: from.y + by.y * scale.y }),
          ...(by.zoom === undefined ? {} : { zoom: from.zoom + by.zoom }),
        },
        speedOf(camera, args),
      );
      return undefined;
    },

    ContinuousMove(camera, args, call) {
      const head = headOf(camera, args, call);
      const velocity = vectorOf(camera, args.part('Velocity'), 'ter:InvalidVelocity', {
        panTilt: [spaces.panTiltVelocity],
        zoom: [spaces.zoomVelocity],
      });
      if ([velocity.x, velocity.y, velocity.zoom].some((part) => part !== undefined && Math.abs(part) > 1)) {
        throw invalidValue('a velocity is within -1 and 1', 'ter:InvalidVelocity');
      }
      const timeoutMs = args.optionalDuration('Timeout', camera) ?? ptzSettings.read(camera).timeoutMs;
      if (timeoutMs <= 0 || timeoutMs > ptzTimeoutRange[1]) {
        throw invalidValue('that timeout will not do', 'ter:TimeoutNotSupported');
      }
      head.drive(velocity, timeoutMs);
      return undefined;
    },

    Stop(camera, args, call) {
      const head = headOf(camera, args, call);
      const panTilt = args.optionalFlag('PanTilt');
      const zoom = args.optionalFlag('Zoom');
      const all = panTilt === undefined && zoom === undefined;
      head.stop(all || panTilt === true, all || zoom === true);
      return undefined;
    },

    GetPresets(camera, args) {
      needPtzProfile(camera, args);
      return xml`${presets.read(camera).map((preset) => xml`<tptz:Preset token="${preset.token}"><tt:Name>${preset.name}</tt:Name><tt:PTZPosition>${positionMarkup(camera, preset)}</tt:PTZPosition></tptz:Preset>`)}`;
    },

    SetPreset(camera, args, call) {
      const head = headOf(camera, args, call);
      const name = args.optionalText('PresetName');
      const wanted = args.optionalText('PresetToken');
      const all = presets.read(camera);
      const before = wanted ? needPreset(camera, wanted) : undefined;
      if (name !== undefined && (name.length > 64 || /[\u0000-\u001f]/.test(name))) {
        throw invalidValue('that is no name of a preset', 'ter:InvalidPresetName');
      }
      if (name && all.some((one) => one.name === name && one !== before)) {
        throw invalidValue(`there is a preset "${name}" already`, 'ter:PresetExist');
      }
      if (!before && all.length >= maxPresets) {
        throw new SoapFault(['ter:Action', 'ter:TooManyPresets'], `at most ${maxPresets} presets`);
      }
      if (head.moving.panTilt || head.moving.zoom) {
        throw new SoapFault(['ter:Action', 'ter:MovingPTZ'], 'the camera is moving');
      }
      const token = before?.token ?? freePresetToken(all);
      const preset = { token, name: name || before?.name || `Preset ${token}`, ...head.position };
      keepPreset(camera, preset);
      return xml`<tptz:PresetToken>${token}</tptz:PresetToken>`;
    },

    RemovePreset(camera, args) {
      needPtzProfile(camera, args);
      dropPreset(camera, needPreset(camera, args.text('PresetToken')).token);
      return undefined;
    },

    GotoPreset(camera, args, call) {
      const head = headOf(camera, args, call);
      head.moveTo(positionOf(camera, needPreset(camera, args.text('PresetToken'))), speedOf(camera, args));
      return undefined;
    },

    SetHomePosition(camera, args, call) {
      home.write(camera, headOf(camera, args, call).position);
      return undefined;
    },

    GotoHomePosition(camera, args, call) {
      headOf(camera, args, call).moveTo(positionOf(camera, home.read(camera)), speedOf(camera, args));
      return undefined;
    },

    SendAuxiliaryCommand(camera, args) {
      needPtzProfile(camera, args);
      return xml`<tptz:AuxiliaryResponse>${obeyAuxiliary(camera, args.text('AuxiliaryData'))}</tptz:AuxiliaryResponse>`;
    },
  },
};

export function needPtzProfile(camera: Camera, args: Arguments) {
  const token = args.text('ProfileToken');
  if (needProfile(camera, token).ptzConfiguration === undefined) throw notPtz(token);
}

function headOf(camera: Camera, args: Arguments, call: Call): PtzHead {
  needPtzProfile(camera, args);
  return call.onvif.get(createPtzHead);
}

interface AskedVector extends Partial<PtzPosition> {
  panTiltSpace?: string;
}

/** PanTilt and Zoom of a vector, each in one of the spaces allowed here; a space that is not named is the first. */
export function vectorOf(
  camera: Camera,
  vector: Arguments,
  subcode: string,
  allowed: { panTilt: string[]; zoom: string[] },
): AskedVector {
  const panTilt = vector.optionalPart('PanTilt');
  const zoom = vector.optionalPart('Zoom');
  if (!panTilt && !zoom) throw invalidValue('neither PanTilt nor Zoom is given', subcode);
  const spaceOf = (part: Arguments, spacesAllowed: string[]) => {
    const space = part.optionalAttribute('space') || spacesAllowed[0]!;
    if (!spacesAllowed.includes(space))
      throw invalidValue(`the space ${space} is not offered`, 'ter:SpaceNotSupported');
    return space;
  };
  const result: AskedVector = {};
  if (panTilt) {
    result.panTiltSpace = spaceOf(panTilt, allowed.panTilt);
    result.x = panTilt.floatAttribute('x');
    result.y = panTilt.floatAttribute('y');
  }
  if (zoom) {
    if (camera.profile.zoom !== true) {
      // Clients send a zoom of 0 to cameras that have none.
      if (zoom.floatAttribute('x') !== 0) throw invalidValue('this camera does not zoom', 'ter:SpaceNotSupported');
    } else {
      spaceOf(zoom, allowed.zoom);
      result.zoom = zoom.floatAttribute('x');
    }
  }
  return result;
}

/** Speed of a move; the configuration's default where the request has none. */
export function speedOf(camera: Camera, args: Arguments): { panTilt: number; zoom: number } {
  const usual = ptzSettings.read(camera).speed;
  const speed = args.optionalPart('Speed');
  const share = (part: Arguments | undefined, names: string[], fallback: number) => {
    if (!part) return fallback;
    const values = names.map((name) => Math.abs(part.floatAttribute(name)));
    const value = Math.max(...values);
    if (value > 1) throw invalidValue('a speed is within 0 and 1', 'ter:InvalidSpeed');
    return value === 0 ? fallback : value;
  };
  return {
    panTilt: share(speed?.optionalPart('PanTilt'), ['x', 'y'], usual.panTilt),
    zoom: share(speed?.optionalPart('Zoom'), ['x'], usual.zoom),
  };
}

const configuration = (camera: Camera) =>
  configurationMarkup(ptzKind, camera, tokens.ptzConfiguration, 1, 'tptz:PTZConfiguration');

const nodeMarkup = (camera: Camera, tag: string): Xml =>
  xml`${new Xml(`<${tag}`)} token="${tokens.ptzNode}" FixedHomePosition="false"><tt:Name>PTZ</tt:Name><tt:SupportedPTZSpaces>${spacesMarkup(camera)}</tt:SupportedPTZSpaces><tt:MaximumNumberOfPresets>${maxPresets}</tt:MaximumNumberOfPresets><tt:HomeSupported>true</tt:HomeSupported>${auxiliaryCommands.map((command) => xml`<tt:AuxiliaryCommands>${command}</tt:AuxiliaryCommands>`)}${camera.profile.presetTours === true && tourSupport}${new Xml(`</${tag}>`)}`;
