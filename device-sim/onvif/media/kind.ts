import { SoapFault } from '../../../core/soap/fault.ts';
import { Xml, type XmlValue, xml } from '../../../core/soap/xml.ts';
import type { Camera, MediaProfileState } from '../../camera.ts';
import type { Arguments } from '../arguments.ts';
import { invalidValue } from '../arguments.ts';
import { kept } from '../kept.ts';

/** Media (ver10) and Media2 (ver20) show the same configurations in two shapes. */
export type Generation = 1 | 2;

/** One kind of configuration: what there is of it, how it looks, what can be changed. */
export interface ConfigurationKind {
  /** tr2:ConfigurationEnumeration. */
  readonly type:
    | 'VideoSource'
    | 'VideoEncoder'
    | 'AudioSource'
    | 'AudioEncoder'
    | 'AudioOutput'
    | 'AudioDecoder'
    | 'Metadata'
    | 'Analytics'
    | 'PTZ';
  /** Where a profile refers to it. */
  readonly slot: Exclude<keyof MediaProfileState, 'token' | 'name' | 'fixed'>;
  tokens(camera: Camera): readonly string[];
  /** The name a configuration has before somebody changes it. */
  usualName(camera: Camera, token: string): string;
  attributes?(camera: Camera, token: string, generation: Generation): XmlValue;
  /** What follows Name and UseCount. */
  inside(camera: Camera, token: string, generation: Generation): Xml;
  /** Take over what a Set request says beyond the name; throws the fault that fits. */
  change?(camera: Camera, token: string, args: Arguments, generation: Generation): void;
  /** The Options elements for these configurations, with the given tag. */
  options?(camera: Camera, tokens: readonly string[], generation: Generation, tag: string): Xml;
  /** Is it shown in this generation? Media knows no H.265. */
  shown?(camera: Camera, token: string, generation: Generation): boolean;
}

const names = kept<Record<string, string>>('media.names', () => ({}));

export const nameOf = (kind: ConfigurationKind, camera: Camera, token: string): string =>
  names.read(camera)[token] ?? kind.usualName(camera, token);

const useCount = (kind: ConfigurationKind, { state }: Camera, token: string) =>
  state.mediaProfiles.filter((profile) => profile[kind.slot] === token).length;

/** One configuration under the tag it has where it stands. */
export const configurationMarkup = (
  kind: ConfigurationKind,
  camera: Camera,
  token: string,
  generation: Generation,
  tag: string,
): Xml =>
  xml`${new Xml(`<${tag}`)} token="${token}"${kind.attributes?.(camera, token, generation)}><tt:Name>${nameOf(kind, camera, token)}</tt:Name><tt:UseCount>${useCount(kind, camera, token)}</tt:UseCount>${kind.inside(camera, token, generation)}${new Xml(`</${tag}>`)}`;

export function needConfiguration(kind: ConfigurationKind, camera: Camera, token: string): string {
  if (!kind.tokens(camera).includes(token)) {
    throw invalidValue(`there is no ${kind.type} configuration "${token}"`, 'ter:NoConfig');
  }
  return token;
}

export const cannotModify = (reason: string) => invalidValue(reason, 'ter:ConfigModify');

/** Set<kind>Configuration of either generation: name and values, then the change event. */
export function setConfiguration(
  kind: ConfigurationKind,
  camera: Camera,
  configuration: Arguments,
  generation: Generation,
) {
  const token = needConfiguration(kind, camera, configuration.attribute('token'));
  const name = configuration.text('Name');
  if (name.length > 64) throw cannotModify('a name has at most 64 characters');
  kind.change?.(camera, token, configuration, generation);
  if (name !== '' && name !== nameOf(kind, camera, token)) {
    names.write(camera, { ...names.read(camera), [token]: name });
  }
  camera.save();
  camera.events.raise({
    topic: 'tns1:Media/ConfigurationChanged',
    source: { Token: token, Type: kind.type },
    data: {},
  });
}

/** Multicast is not offered; ver10 wants the element all the same. */
export const noMulticast = xml`<tt:Multicast><tt:Address><tt:Type>IPv4</tt:Type><tt:IPv4Address>0.0.0.0</tt:IPv4Address></tt:Address><tt:Port>0</tt:Port><tt:TTL>1</tt:TTL><tt:AutoStart>false</tt:AutoStart></tt:Multicast>`;
export const sessionTimeout = xml`<tt:SessionTimeout>PT60S</tt:SessionTimeout>`;

export const intRange = (tag: string, least: number, most: number): Xml =>
  xml`${new Xml(`<tt:${tag}>`)}<tt:Min>${least}</tt:Min><tt:Max>${most}</tt:Max>${new Xml(`</tt:${tag}>`)}`;

export const incomplete = (reason: string) => new SoapFault(['ter:Action', 'ter:IncompleteConfiguration'], reason);
