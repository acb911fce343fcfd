import { namespaces } from '../../core/soap/namespaces.ts';
import { childrenOf, escapeXml, textAt } from '../../core/soap/xml.ts';
import type { OnvifClient } from './client.ts';
import { OnvifError } from './errors.ts';

export interface Preset {
  token: string;
  name: string;
}

/** Speeds from -1 to 1: left and down are below zero, so is zooming out. */
export interface Move {
  pan: number;
  tilt: number;
  zoom: number;
}

/** Pan, tilt and zoom of one camera (ONVIF PTZ Service §5), by its first profile. Throws OnvifError. */
export interface Ptz {
  presets(): Promise<Preset[]>;
  /** Move until `stop`, or for so long at most: a client that is gone leaves no camera turning. Whole seconds. */
  move(move: Move, seconds: number): Promise<void>;
  stop(): Promise<void>;
  goTo(preset: string): Promise<void>;
}

const mostPresets = 256;

export async function openPtz(client: OnvifClient): Promise<Ptz> {
  const service = client.servicePath('ptz');
  if (!service) throw new OnvifError('unsupported', 'the camera does not turn');
  const [profile] = await client.profiles();
  if (!profile) throw new OnvifError('unsupported', 'the camera has no profile');
  const call = (operation: string, inner = '') =>
    client.call({
      ...service,
      body: `<${operation} xmlns="${namespaces.tptz}"><ProfileToken>${escapeXml(profile.token)}</ProfileToken>${inner}</${operation}>`,
    });
  return {
    async presets() {
      const answer = (await call('GetPresets')).children[0];
      return childrenOf(answer, 'Preset')
        .slice(0, mostPresets)
        .flatMap((preset) => {
          const token = preset.attributes['token']?.slice(0, 64);
          return token ? [{ token, name: textAt(preset, 'Name')?.slice(0, 64) || token }] : [];
        });
    },
    async move({ pan, tilt, zoom }, seconds) {
      const turn = pan !== 0 || tilt !== 0 ? `<PanTilt xmlns="${namespaces.tt}" x="${pan}" y="${tilt}"/>` : '';
      const lens = zoom === 0 ? '' : `<Zoom xmlns="${namespaces.tt}" x="${zoom}"/>`;
      // Whole seconds: VIGI firmware refuses PT1.000S.
      await call('ContinuousMove', `<Velocity>${turn}${lens}</Velocity><Timeout>PT${Math.ceil(seconds)}S</Timeout>`);
    },
    async stop() {
      await call('Stop', '<PanTilt>true</PanTilt><Zoom>true</Zoom>');
    },
    async goTo(preset) {
      await call('GotoPreset', `<PresetToken>${escapeXml(preset)}</PresetToken>`);
    },
  };
}
