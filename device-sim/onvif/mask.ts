import { SoapFault } from '../../core/soap/fault.ts';
import { Xml, xml } from '../../core/soap/xml.ts';
import type { Camera } from '../camera.ts';
import { tokens } from '../state/new-state.ts';
import { type Arguments, invalidValue } from './arguments.ts';
import type { Behavior } from './behavior.ts';
import { kept } from './kept.ts';
import { cannotModify, needConfiguration } from './media/kind.ts';
import { videoSourceKind } from './media/video-source.ts';
import { type Point, polygonMarkup, polygonOf } from './polygon.ts';

/** A privacy mask (Media2 §5.14): what it covers is one colour in picture and still. */
export interface Mask {
  token: string;
  /** At least three corners, -1 to 1, y upwards. */
  polygon: Point[];
  /** YCbCr, 0 to 255. */
  color: { y: number; cb: number; cr: number };
  enabled: boolean;
}

/** All masks of a camera, in the order in which they were made. */
export const masks = kept<Mask[], Pick<Camera, 'state'>>('media.masks', () => []);

const maxMasks = 4;
const maxPoints = 8;
const colorspace = 'http://www.onvif.org/ver10/colorspace/YCbCr';
const black = { y: 16, cb: 128, cr: 128 };

function maskOf(camera: Camera, part: Arguments, token: string): Mask {
  needConfiguration(videoSourceKind, camera, part.text('ConfigurationToken'));
  const type = part.text('Type');
  if (type !== 'Color') throw cannotModify(`a mask is a Color, not ${type}`);
  const polygon = polygonOf(part.part('Polygon'));
  if (polygon.length < 3 || polygon.length > maxPoints) throw cannotModify(`a mask has 3 to ${maxPoints} corners`);
  if (polygon.some(({ x, y }) => Math.abs(x) > 1 || Math.abs(y) > 1)) throw cannotModify('corners are within -1 and 1');
  const color = part.optionalPart('Color');
  return {
    token,
    polygon,
    color: color ? colorOf(color) : black,
    enabled: part.flag('Enabled'),
  };
}

function colorOf(part: Arguments): Mask['color'] {
  const space = part.optionalAttribute('Colorspace');
  if (space !== undefined && space !== colorspace) throw cannotModify('colours are YCbCr');
  const value = (name: string) => {
    const at = part.floatAttribute(name);
    if (at < 0 || at > 255) throw cannotModify('a colour has values from 0 to 255');
    return at;
  };
  return { y: value('X'), cb: value('Y'), cr: value('Z') };
}

const maskMarkup = ({ token, polygon, color, enabled }: Mask): Xml =>
  xml`<tr2:Masks token="${token}"><tr2:ConfigurationToken>${tokens.videoSourceConfiguration}</tr2:ConfigurationToken>${polygonMarkup('tr2:Polygon', polygon)}<tr2:Type>Color</tr2:Type><tr2:Color X="${color.y}" Y="${color.cb}" Z="${color.cr}" Colorspace="${colorspace}"/><tr2:Enabled>${String(enabled)}</tr2:Enabled></tr2:Masks>`;

function needMask(camera: Camera, token: string): Mask {
  const mask = masks.read(camera).find((one) => one.token === token);
  if (!mask) throw invalidValue(`there is no mask "${token}"`, 'ter:NoConfig');
  return mask;
}

export const maskOperations: Behavior['operations'] = {
  GetMasks(camera, args) {
    const configuration = args.optionalText('ConfigurationToken');
    if (configuration) needConfiguration(videoSourceKind, camera, configuration);
    const token = args.optionalText('Token');
    return xml`${(token ? [needMask(camera, token)] : masks.read(camera)).map(maskMarkup)}`;
  },

  GetMaskOptions(camera, args) {
    needConfiguration(videoSourceKind, camera, args.text('ConfigurationToken'));
    const channel = (name: string) => new Xml(`<tt:${name}><tt:Min>0</tt:Min><tt:Max>255</tt:Max></tt:${name}>`);
    return xml`<tr2:Options RectangleOnly="false" SingleColorOnly="false"><tr2:MaxMasks>${maxMasks}</tr2:MaxMasks><tr2:MaxPoints>${maxPoints}</tr2:MaxPoints><tr2:Types>Color</tr2:Types><tr2:Color><tt:ColorspaceRange>${channel('X')}${channel('Y')}${channel('Z')}<tt:Colorspace>${colorspace}</tt:Colorspace></tt:ColorspaceRange></tr2:Color></tr2:Options>`;
  },

  CreateMask(camera, args) {
    const all = masks.read(camera);
    if (camera.profile.channels || all.length >= maxMasks)
      throw new SoapFault(['ter:Action', 'ter:MaxMasks'], `at most ${maxMasks} masks`);
    let number = 1;
    while (all.some(({ token }) => token === `mask_${number}`)) number += 1;
    const mask = maskOf(camera, args.part('Mask'), `mask_${number}`);
    masks.write(camera, [...all, mask]);
    return xml`<tr2:Token>${mask.token}</tr2:Token>`;
  },

  SetMask(camera, args) {
    const part = args.part('Mask');
    const { token } = needMask(camera, part.attribute('token'));
    const mask = maskOf(camera, part, token);
    masks.write(
      camera,
      masks.read(camera).map((one) => (one.token === token ? mask : one)),
    );
    return undefined;
  },

  DeleteMask(camera, args) {
    const { token } = needMask(camera, args.text('Token'));
    masks.write(
      camera,
      masks.read(camera).filter((one) => one.token !== token),
    );
    return undefined;
  },
};
