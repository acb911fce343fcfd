/** Places a camera may look at; a camera that turns sees them side by side, in this order. */
export const places = ['yard', 'gate', 'shop', 'car-park'] as const;
export type Place = (typeof places)[number];
