import { type Xml, xml } from '../../core/soap/xml.ts';
import type { SeenObject } from '../motion/seen-object.ts';

const place = (value: number) => value.toFixed(4);

/** tt:Object of a frame in the metadata stream (Analytics §5.1.3). */
export const objectMarkup = ({ id, class: kind, box, centre }: SeenObject): Xml =>
  xml`<tt:Object ObjectId="${id}"><tt:Appearance><tt:Shape><tt:BoundingBox left="${place(box.left)}" top="${place(box.top)}" right="${place(box.right)}" bottom="${place(box.bottom)}"/><tt:CenterOfGravity x="${place(centre.x)}" y="${place(centre.y)}"/></tt:Shape><tt:Class><tt:Type Likelihood="0.95">${kind}</tt:Type></tt:Class></tt:Appearance></tt:Object>`;
