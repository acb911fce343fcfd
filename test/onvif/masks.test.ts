import { afterAll, beforeAll, expect, test } from 'vitest';
import { childOf, childrenOf } from '../../core/soap/xml.ts';
import { type OneCamera, startOneCamera } from './one-camera.ts';

let cam: OneCamera;
beforeAll(async () => {
  cam = await startOneCamera({ profile: 'c340' });
});
afterAll(async () => {
  await cam[Symbol.asyncDispose]();
});

const corners = (points: [number, number][]) => points.map(([x, y]) => `<tt:Point x="${x}" y="${y}"/>`).join('');
const triangle: [number, number][] = [
  [-1, -1],
  [0, 1],
  [1, -1],
];
const mask = (
  options: { token?: string; points?: [number, number][]; type?: string; config?: string; color?: string } = {},
) =>
  `<tr2:Mask${options.token ? ` token="${options.token}"` : ''}><tr2:ConfigurationToken>${options.config ?? 'vsconf'}</tr2:ConfigurationToken><tr2:Polygon>${corners(options.points ?? triangle)}</tr2:Polygon><tr2:Type>${options.type ?? 'Color'}</tr2:Type>${options.color ?? ''}<tr2:Enabled>true</tr2:Enabled></tr2:Mask>`;
const masksOf = async () => childrenOf((await cam.get('tr2:GetMasks')).body, 'Masks');

test('a mask is made, shown, changed and deleted', async () => {
  const color = '<tr2:Color X="200" Y="100" Z="90" Colorspace="http://www.onvif.org/ver10/colorspace/YCbCr"/>';
  const token = (await cam.get('tr2:CreateMask', mask({ color }))).at('Token')!;
  const [made] = await masksOf();
  expect(made!.attributes['token']).toBe(token);
  expect(childOf(made, 'Color')!.attributes).toMatchObject({ X: '200', Y: '100', Z: '90' });
  expect(childrenOf(childOf(made, 'Polygon'), 'Point').map(({ attributes }) => attributes['y'])).toEqual([
    '-1',
    '1',
    '-1',
  ]);
  await cam.get('tr2:SetMask', mask({ token, points: [...triangle, [0, -0.5]] }));
  expect(childrenOf(childOf((await masksOf())[0], 'Polygon'), 'Point')).toHaveLength(4);
  await cam.get('tr2:DeleteMask', `<tr2:Token>${token}</tr2:Token>`);
  expect(await masksOf()).toEqual([]);
});

test('capabilities and options say what a mask may be', async () => {
  const capabilities = childOf((await cam.get('tr2:GetServiceCapabilities')).body, 'Capabilities')!;
  expect(capabilities.attributes['Mask']).toBe('true');
  const options = await cam.get('tr2:GetMaskOptions', '<tr2:ConfigurationToken>vsconf</tr2:ConfigurationToken>');
  expect(options.at('Options', 'MaxMasks')).toBe('4');
  expect(options.at('Options', 'Types')).toBe('Color');
});

test.each([
  ['no such configuration', 'CreateMask', mask({ config: 'nowhere' }), ['Sender', 'ter:InvalidArgVal', 'ter:NoConfig']],
  ['a type it cannot paint', 'CreateMask', mask({ type: 'Blurred' }), ['Sender', 'ter:InvalidArgVal', 'ter:ConfigModify']],
  ['two corners', 'CreateMask', mask({ points: [[0, 0], [1, 1]] }), ['Sender', 'ter:InvalidArgVal', 'ter:ConfigModify']],
  ['a corner outside', 'CreateMask', mask({ points: [[0, 0], [2, 1], [1, 1]] }), ['Sender', 'ter:InvalidArgVal', 'ter:ConfigModify']],
  ['an unknown token', 'SetMask', mask({ token: 'mask_9' }), ['Sender', 'ter:InvalidArgVal', 'ter:NoConfig']],
  ['no token', 'SetMask', mask(), ['Sender', 'ter:MissingAttr']],
  ['deleting an unknown one', 'DeleteMask', '<tr2:Token>mask_9</tr2:Token>', ['Sender', 'ter:InvalidArgVal', 'ter:NoConfig']],
  ['nothing at all', 'CreateMask', '', ['Sender', 'ter:InvalidArgs']],
])('%s is refused', async (_what, operation, args, fault) => {
  expect((await cam.ask(`tr2:${operation}`, args)).fault).toEqual(fault);
}); // biome-ignore format: a table

test('a fifth mask is one too many', async () => {
  for (let at = 0; at < 4; at++) await cam.get('tr2:CreateMask', mask());
  expect((await cam.ask('tr2:CreateMask', mask())).fault).toEqual(['Receiver', 'ter:Action', 'ter:MaxMasks']);
});
