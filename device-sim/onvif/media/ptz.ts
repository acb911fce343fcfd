import { formatXsDuration } from '../../../core/onvif/duration.ts';
import { Xml, xml } from '../../../core/soap/xml.ts';
import type { Camera } from '../../camera.ts';
import { tokens } from '../../state/new-state.ts';
import { type Arguments, invalidValue } from '../arguments.ts';
import { kept } from '../kept.ts';
import { type ConfigurationKind, cannotModify } from './kind.ts';

const root = 'http://www.onvif.org/ver10/tptz';
/** Coordinate spaces (PTZ Service §5.7). */
export const spaces = {
  panTiltPosition: `${root}/PanTiltSpaces/PositionGenericSpace`,
  panTiltTranslation: `${root}/PanTiltSpaces/TranslationGenericSpace`,
  /** Relative to what the picture shows: what trackers steer by. */
  panTiltFieldOfView: `${root}/PanTiltSpaces/TranslationSpaceFov`,
  panTiltVelocity: `${root}/PanTiltSpaces/VelocityGenericSpace`,
  panTiltSpeed: `${root}/PanTiltSpaces/GenericSpeedSpace`,
  zoomPosition: `${root}/ZoomSpaces/PositionGenericSpace`,
  zoomTranslation: `${root}/ZoomSpaces/TranslationGenericSpace`,
  zoomVelocity: `${root}/ZoomSpaces/VelocityGenericSpace`,
  zoomSpeed: `${root}/ZoomSpaces/ZoomGenericSpeedSpace`,
} as const;

export interface PtzSettings {
  timeoutMs: number;
  /** Shares of full speed. */
  speed: { panTilt: number; zoom: number };
  /** Part of the generic position space that may be moved to. */
  limits: { x: [number, number]; y: [number, number]; zoom: [number, number] };
}

export const ptzSettings = kept<PtzSettings>('ptz.settings', () => ({
  timeoutMs: 10_000,
  speed: { panTilt: 1, zoom: 1 },
  limits: { x: [-1, 1], y: [-1, 1], zoom: [0, 1] },
}));

export const ptzTimeoutRange = [1000, 60_000] as const;

const range = (tag: string, [least, most]: readonly [number, number]) =>
  xml`${new Xml(`<tt:${tag}>`)}<tt:Min>${least}</tt:Min><tt:Max>${most}</tt:Max>${new Xml(`</tt:${tag}>`)}`;
const both: [number, number] = [-1, 1];
const upward: [number, number] = [0, 1];

const plane = (tag: string, uri: string, x = both, y = both) =>
  xml`${new Xml(`<tt:${tag}>`)}<tt:URI>${uri}</tt:URI>${range('XRange', x)}${range('YRange', y)}${new Xml(`</tt:${tag}>`)}`;
const line = (tag: string, uri: string, x: readonly [number, number]) =>
  xml`${new Xml(`<tt:${tag}>`)}<tt:URI>${uri}</tt:URI>${range('XRange', x)}${new Xml(`</tt:${tag}>`)}`;

/** The inside of SupportedPTZSpaces and of Spaces. */
export function spacesMarkup(camera: Camera): Xml {
  const zooms = camera.profile.zoom === true;
  return xml`${plane('AbsolutePanTiltPositionSpace', spaces.panTiltPosition)}${zooms && line('AbsoluteZoomPositionSpace', spaces.zoomPosition, upward)}${plane('RelativePanTiltTranslationSpace', spaces.panTiltTranslation)}${plane('RelativePanTiltTranslationSpace', spaces.panTiltFieldOfView)}${zooms && line('RelativeZoomTranslationSpace', spaces.zoomTranslation, both)}${plane('ContinuousPanTiltVelocitySpace', spaces.panTiltVelocity)}${zooms && line('ContinuousZoomVelocitySpace', spaces.zoomVelocity, both)}${line('PanTiltSpeedSpace', spaces.panTiltSpeed, upward)}${zooms && line('ZoomSpeedSpace', spaces.zoomSpeed, upward)}`;
}

/** The position spaces under the names by which options of preset tours give them. */
export const spacesOfPosition = (camera: Camera): Xml =>
  xml`${plane('PanTiltPositionSpace', spaces.panTiltPosition)}${camera.profile.zoom === true && line('ZoomPositionSpace', spaces.zoomPosition, upward)}`;

/** Where the camera stands, in the generic position spaces. */
export const positionMarkup = (camera: Camera, at: { x: number; y: number; zoom: number }): Xml =>
  xml`<tt:PanTilt x="${rounded(at.x)}" y="${rounded(at.y)}" space="${spaces.panTiltPosition}"/>${camera.profile.zoom === true && xml`<tt:Zoom x="${rounded(at.zoom)}" space="${spaces.zoomPosition}"/>`}`;

const rounded = (value: number) => Math.round(value * 10_000) / 10_000;

export const ptzKind: ConfigurationKind = {
  type: 'PTZ',
  slot: 'ptzConfiguration',
  tokens: ({ profile }) => (profile.ptz ? [tokens.ptzConfiguration] : []),
  usualName: () => 'PTZ',
  inside(camera) {
    const { timeoutMs, speed, limits } = ptzSettings.read(camera);
    const zooms = camera.profile.zoom === true;
    return xml`<tt:NodeToken>${tokens.ptzNode}</tt:NodeToken><tt:DefaultAbsolutePantTiltPositionSpace>${spaces.panTiltPosition}</tt:DefaultAbsolutePantTiltPositionSpace>${zooms && xml`<tt:DefaultAbsoluteZoomPositionSpace>${spaces.zoomPosition}</tt:DefaultAbsoluteZoomPositionSpace>`}<tt:DefaultRelativePanTiltTranslationSpace>${spaces.panTiltTranslation}</tt:DefaultRelativePanTiltTranslationSpace>${zooms && xml`<tt:DefaultRelativeZoomTranslationSpace>${spaces.zoomTranslation}</tt:DefaultRelativeZoomTranslationSpace>`}<tt:DefaultContinuousPanTiltVelocitySpace>${spaces.panTiltVelocity}</tt:DefaultContinuousPanTiltVelocitySpace>${zooms && xml`<tt:DefaultContinuousZoomVelocitySpace>${spaces.zoomVelocity}</tt:DefaultContinuousZoomVelocitySpace>`}<tt:DefaultPTZSpeed><tt:PanTilt x="${speed.panTilt}" y="${speed.panTilt}" space="${spaces.panTiltSpeed}"/>${zooms && xml`<tt:Zoom x="${speed.zoom}" space="${spaces.zoomSpeed}"/>`}</tt:DefaultPTZSpeed><tt:DefaultPTZTimeout>${formatXsDuration(timeoutMs)}</tt:DefaultPTZTimeout><tt:PanTiltLimits>${plane('Range', spaces.panTiltPosition, limits.x, limits.y)}</tt:PanTiltLimits>${zooms && xml`<tt:ZoomLimits>${line('Range', spaces.zoomPosition, limits.zoom)}</tt:ZoomLimits>`}`;
  },
  change(camera, _token, configuration) {
    const node = configuration.text('NodeToken');
    if (node !== tokens.ptzNode) throw cannotModify(`there is no node "${node}"`);
    const before = ptzSettings.read(camera);
    const timeoutMs = configuration.optionalDuration('DefaultPTZTimeout', camera) ?? before.timeoutMs;
    if (timeoutMs < ptzTimeoutRange[0] || timeoutMs > ptzTimeoutRange[1])
      throw cannotModify('that timeout will not do');
    const speed = configuration.optionalPart('DefaultPTZSpeed');
    const share = (part: Arguments | undefined, usual: number) => {
      const value = part ? part.floatAttribute('x') : usual;
      if (value < 0 || value > 1) throw cannotModify(`a speed of ${value} will not do`);
      return value;
    };
    const panTilt = configuration.optionalPart('PanTiltLimits')?.part('Range');
    const zoom = configuration.optionalPart('ZoomLimits')?.part('Range');
    ptzSettings.write(camera, {
      timeoutMs,
      speed: {
        panTilt: share(speed?.optionalPart('PanTilt'), before.speed.panTilt),
        zoom: share(speed?.optionalPart('Zoom'), before.speed.zoom),
      },
      limits: {
        x: panTilt ? limitsOf(panTilt.part('XRange'), both) : before.limits.x,
        y: panTilt ? limitsOf(panTilt.part('YRange'), both) : before.limits.y,
        zoom: zoom ? limitsOf(zoom.part('XRange'), upward) : before.limits.zoom,
      },
    });
  },
};

function limitsOf(part: Arguments, [least, most]: [number, number]): [number, number] {
  const limits: [number, number] = [part.float('Min'), part.float('Max')];
  if (limits[0] > limits[1] || limits[0] < least || limits[1] > most) throw cannotModify('those limits will not do');
  return limits;
}

/** The inside of PTZConfigurationOptions. */
export const ptzOptionsMarkup = (camera: Camera): Xml =>
  xml`<tt:Spaces>${spacesMarkup(camera)}</tt:Spaces><tt:PTZTimeout><tt:Min>${formatXsDuration(ptzTimeoutRange[0])}</tt:Min><tt:Max>${formatXsDuration(ptzTimeoutRange[1])}</tt:Max></tt:PTZTimeout>`;

export const notPtz = (token: string) =>
  invalidValue(`the profile "${token}" has no PTZ configuration`, 'ter:NoPTZProfile');
