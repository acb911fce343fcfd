import type { Sprite } from './movers.ts';
import type { TextLine } from './overlay.ts';
import type { View } from './scenery.ts';

/** What one picture shows. */
export interface Shown {
  view: View;
  lines: readonly [top: TextLine, bottom: TextLine];
  mover?: Mover;
}

/** Left top corner at even samples. */
export interface Mover {
  sprite: Sprite;
  x: number;
  y: number;
  /** Tells pictures of movers apart, below 1024: what it is, how it stands, where. */
  key: number;
}
