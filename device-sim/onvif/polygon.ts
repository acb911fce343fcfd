import { Xml, xml } from '../../core/soap/xml.ts';
import type { Arguments } from './arguments.ts';

/** A place in the normalised coordinates of ONVIF: -1 to 1 from left to right and from bottom to top. */
export interface Point {
  x: number;
  y: number;
}

/** Corners of a tt:Polygon or the points of a tt:Polyline. */
export const polygonOf = (part: Arguments): Point[] =>
  part.parts('Point').map((point) => ({ x: point.floatAttribute('x'), y: point.floatAttribute('y') }));

export const polygonMarkup = (tag: string, points: readonly Point[]): Xml =>
  xml`${new Xml(`<${tag}>`)}${points.map(({ x, y }) => xml`<tt:Point x="${x}" y="${y}"/>`)}${new Xml(`</${tag}>`)}`;
