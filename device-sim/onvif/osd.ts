import { SoapFault } from '../../core/soap/fault.ts';
import { Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { tokens } from '../state/new-state.ts';
import { dateFormats, formatDate, formatTime, timeFormats } from '../video/clock-text.ts';
import { type Arguments, invalidValue } from './arguments.ts';
import type { Behavior } from './behavior.ts';
import { kept } from './kept.ts';
import { needConfiguration } from './media/kind.ts';
import { videoSourceKind } from './media/video-source.ts';

/** A text in the picture (Media2 §5.13). */
interface Osd {
  token: string;
  position: string;
  x?: number;
  y?: number;
  text: 'Plain' | 'Date' | 'Time' | 'DateAndTime';
  dateFormat?: string;
  timeFormat?: string;
  fontSize?: number;
  plain?: string;
}

/** The two texts every picture carries from the start: the camera's name and the clock. */
const nameToken = 'osd_name';
const factoryOsds: readonly Osd[] = [
  { token: nameToken, position: 'LowerLeft', text: 'Plain' },
  {
    token: 'osd_clock',
    position: 'UpperRight',
    text: 'DateAndTime',
    dateFormat: dateFormats[0]!,
    timeFormat: timeFormats[0]!,
  },
];
const osds = kept<readonly Osd[], Pick<Camera, 'state' | 'profile'>>('media.osds', ({ profile }) =>
  profile.channels ? [] : factoryOsds,
);

/** Corners of the picture, of which each has a bar of text. */
const corners = ['UpperLeft', 'UpperRight', 'LowerLeft', 'LowerRight'] as const;

/** Texts as the picture shows them: in its corners, and at places of their own (-1 to 1, y upwards; FontSize). */
export type ShownTexts = Record<(typeof corners)[number], string[]> & {
  placed: { text: string; x: number; y: number; size?: number }[];
};

/** What the picture shows at a local time, in milliseconds. In the corners clocks tell milliseconds. */
export function shownTexts(camera: Pick<Camera, 'state' | 'profile'>, localMs: number): ShownTexts {
  const shown: ShownTexts = { UpperLeft: [], UpperRight: [], LowerLeft: [], LowerRight: [], placed: [] };
  // What a recorder passes on carries the texts of its cameras.
  const all = camera.profile.channels ? factoryOsds : osds.read(camera);
  // There is not room for all on a small picture: what somebody added comes before the name.
  for (const named of [false, true])
    for (const osd of all) {
      if ((osd.token === nameToken) !== named) continue;
      const corner = corners.find((one) => one === osd.position);
      const text = textOf(camera, osd, localMs, corner !== undefined);
      if (text === '') continue;
      if (corner) shown[corner].push(text);
      else
        shown.placed.push({
          text,
          x: osd.x ?? 0,
          y: osd.y ?? 0,
          ...(osd.fontSize === undefined ? {} : { size: osd.fontSize }),
        });
    }
  return shown;
}

function textOf({ state }: Pick<Camera, 'state'>, osd: Osd, localMs: number, fine: boolean): string {
  if (osd.text === 'Plain') return osd.token === nameToken ? state.deviceName : (osd.plain ?? '');
  const date = osd.text === 'Time' ? '' : formatDate(localMs, osd.dateFormat);
  const time = osd.text === 'Date' ? '' : formatTime(localMs, osd.timeFormat, fine);
  return [date, time].filter(Boolean).join(' ');
}

const maxOsds = 4;
const positions = ['UpperLeft', 'UpperRight', 'LowerLeft', 'LowerRight', 'Custom'] as const;
const textTypes = ['Plain', 'Date', 'Time', 'DateAndTime'] as const;
const fontSizes = [8, 64] as const;

/** The plain text of the name is the camera's name itself: changing one changes the other, and the picture shows it. */
const plainText = (camera: Camera, osd: Osd) => (osd.token === nameToken ? camera.state.deviceName : (osd.plain ?? ''));

function osdMarkup(camera: Camera, osd: Osd, tag: string): Xml {
  const { token, position, x, y, text, dateFormat, timeFormat, fontSize } = osd;
  return xml`${new Xml(`<${tag}`)} token="${token}"><tt:VideoSourceConfigurationToken>${tokens.videoSourceConfiguration}</tt:VideoSourceConfigurationToken><tt:Type>Text</tt:Type><tt:Position><tt:Type>${position}</tt:Type>${position === 'Custom' && xml`<tt:Pos x="${x ?? 0}" y="${y ?? 0}"/>`}</tt:Position><tt:TextString><tt:Type>${text}</tt:Type>${text.startsWith('Date') && xml`<tt:DateFormat>${dateFormat ?? dateFormats[0]}</tt:DateFormat>`}${text.endsWith('Time') && xml`<tt:TimeFormat>${timeFormat ?? timeFormats[0]}</tt:TimeFormat>`}${fontSize !== undefined && xml`<tt:FontSize>${fontSize}</tt:FontSize>`}${text === 'Plain' && xml`<tt:PlainText>${plainText(camera, osd)}</tt:PlainText>`}</tt:TextString>${new Xml(`</${tag}>`)}`;
}

const modify = (reason: string) => invalidValue(reason, 'ter:ConfigModify');

function osdOf(camera: Camera, part: Arguments, token: string): Osd {
  needConfiguration(videoSourceKind, camera, part.text('VideoSourceConfigurationToken'));
  if (part.text('Type') !== 'Text') throw modify('only texts can be shown');
  const position = part.part('Position');
  const place = position.text('Type');
  if (!positions.some((known) => known === place)) throw modify(`there is no position ${place}`);
  const at = position.optionalPart('Pos');
  if (place === 'Custom' && !at) throw modify('a custom position has coordinates');
  const text = part.part('TextString');
  const type = textTypes.find((known) => known === text.text('Type'));
  if (!type) throw modify(`there is no text type ${text.text('Type')}`);
  const dateFormat = text.optionalText('DateFormat');
  const timeFormat = text.optionalText('TimeFormat');
  const fontSize = text.optionalInt('FontSize');
  const plain = text.optionalText('PlainText');
  if (dateFormat !== undefined && !dateFormats.includes(dateFormat)) throw modify(`there is no format ${dateFormat}`);
  if (timeFormat !== undefined && !timeFormats.includes(timeFormat)) throw modify(`there is no format ${timeFormat}`);
  if (fontSize !== undefined && (fontSize < fontSizes[0] || fontSize > fontSizes[1]))
    throw modify('that font size will not do');
  if (plain !== undefined && plain.length > 64) throw modify('a text has at most 64 characters');
  const coordinate = (name: string) => {
    const value = at!.floatAttribute(name);
    if (value < -1 || value > 1) throw modify('coordinates are within -1 and 1');
    return value;
  };
  return {
    token,
    position: place,
    text: type,
    ...(place === 'Custom' ? { x: coordinate('x'), y: coordinate('y') } : {}),
    ...(dateFormat === undefined ? {} : { dateFormat }),
    ...(timeFormat === undefined ? {} : { timeFormat }),
    ...(fontSize === undefined ? {} : { fontSize }),
    ...(plain === undefined ? {} : { plain }),
  };
}

function needOsd(camera: Camera, token: string): Osd {
  const osd = osds.read(camera).find((one) => one.token === token);
  if (!osd) throw invalidValue(`there is no OSD "${token}"`, 'ter:NoConfig');
  return osd;
}

function keep(camera: Camera, osd: Osd) {
  const all = osds.read(camera);
  const known = all.some(({ token }) => token === osd.token);
  if (osd.token === nameToken && osd.plain !== undefined) camera.state.deviceName = osd.plain;
  osds.write(camera, known ? all.map((one) => (one.token === osd.token ? osd : one)) : [...all, osd]);
}

/** The operations of one generation; `prefix` is its namespace's. */
export const osdOperations = (prefix: 'trt' | 'tr2'): Behavior['operations'] => ({
  GetOSDs(camera, args) {
    const configuration = args.optionalText('ConfigurationToken');
    if (configuration) needConfiguration(videoSourceKind, camera, configuration);
    const token = prefix === 'tr2' ? args.optionalText('OSDToken') : undefined;
    const wanted = token ? [needOsd(camera, token)] : osds.read(camera);
    return xml`${wanted.map((osd) => osdMarkup(camera, osd, `${prefix}:OSDs`))}`;
  },

  GetOSDOptions(camera, args) {
    needConfiguration(videoSourceKind, camera, args.text('ConfigurationToken'));
    const list = (tag: string, values: readonly string[]) =>
      values.map((value) => xml`${new Xml(`<tt:${tag}>`)}${value}${new Xml(`</tt:${tag}>`)}`);
    const [open, close] = [new Xml(`<${prefix}:OSDOptions>`), new Xml(`</${prefix}:OSDOptions>`)];
    return xml`${open}<tt:MaximumNumberOfOSDs Total="${maxOsds}" Image="0" PlainText="${maxOsds}" Date="1" Time="1" DateAndTime="1"/><tt:Type>Text</tt:Type>${list('PositionOption', positions)}<tt:TextOption>${list('Type', textTypes)}<tt:FontSizeRange><tt:Min>${fontSizes[0]}</tt:Min><tt:Max>${fontSizes[1]}</tt:Max></tt:FontSizeRange>${list('DateFormat', dateFormats)}${list('TimeFormat', timeFormats)}</tt:TextOption>${close}`;
  },

  CreateOSD(camera, args) {
    const all = osds.read(camera);
    if (camera.profile.channels || all.length >= maxOsds)
      throw new SoapFault(['ter:Action', 'ter:MaxOSDs'], `at most ${maxOsds} texts`);
    let number = 1;
    while (all.some(({ token }) => token === `osd_${number}`)) number += 1;
    const osd = osdOf(camera, args.part('OSD'), `osd_${number}`);
    keep(camera, osd);
    return xml`${new Xml(`<${prefix}:OSDToken>`)}${osd.token}${new Xml(`</${prefix}:OSDToken>`)}`;
  },

  SetOSD(camera, args) {
    const part = args.part('OSD');
    const token = needOsd(camera, part.attribute('token')).token;
    keep(camera, osdOf(camera, part, token));
    return undefined;
  },

  DeleteOSD(camera, args) {
    const gone = needOsd(camera, args.text('OSDToken'));
    osds.write(
      camera,
      osds.read(camera).filter((one) => one !== gone),
    );
    return undefined;
  },

  ...(prefix === 'trt'
    ? {
        GetOSD: ((camera, args) =>
          osdMarkup(
            camera,
            needOsd(camera, args.text('OSDToken')),
            'trt:OSD',
          )) satisfies Behavior['operations'][string],
      }
    : {}),
});
