import { z } from 'zod';
import { openApiNames } from '../detection.ts';
import { type Method, remembered, take } from './method.ts';

/** Of the picture's width and height, as the boxes of alarm pushes are (0..10000). */
const coordinate = z.coerce.number().int().min(0).max(10_000);
const point = z.strictObject({ x: coordinate, y: coordinate });
const region = z.strictObject({ id: z.coerce.number().int().min(1).max(4), points: z.array(point).min(3).max(8) });
const line = z.strictObject({
  id: z.coerce.number().int().min(1).max(4),
  points: z.array(point).length(2),
  direction: z.enum(['both', 'a_to_b', 'b_to_a']).default('both'),
});

/** Kinds that look at a part of the picture; crossing is of lines. */
const kinds = Object.entries(openApiNames).filter(([kind]) => !['tamper', 'scene-change', 'audio'].includes(kind));

/** `get…DetectionRegion` and `set…DetectionRegion` of every kind: an empty list is the whole picture, or no line. */
export const regionMethods: Record<string, Method> = Object.fromEntries(
  kinds.flatMap(([kind, { detection }]): [string, Method][] => {
    const shape: z.ZodType = kind === 'line-cross' ? line : region;
    const word = kind === 'line-cross' ? 'lines' : 'regions';
    const kept = remembered<unknown[]>(`openApi.region.${kind}`, []);
    return [
      [`get${detection}DetectionRegion`, ({ camera }) => ({ [word]: kept.read(camera) })],
      [
        `set${detection}DetectionRegion`,
        ({ camera }, params) => {
          kept.write(camera, take(params, word, z.array(shape).max(4)));
          return {};
        },
      ],
    ];
  }),
);

/** The kind a region method is about. */
export const regionKinds = new Map(
  kinds.flatMap(([kind, { detection }]) => [
    [`get${detection}DetectionRegion`, kind],
    [`set${detection}DetectionRegion`, kind],
  ]),
);
