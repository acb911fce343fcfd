import { channelOfKind } from '../channel-kind.ts';

/** What can be seen to move, in the words of tt:ObjectType. */
export const figures = ['Human', 'Vehicle', 'Animal'] as const;
export type Figure = (typeof figures)[number];

const byKind: Partial<Record<string, Figure>> = { people: 'Human', vehicle: 'Vehicle', pet: 'Animal' };

/** Who comes when this kind is triggered; undefined where the kind does not say. */
export const figureOfKind = (kind: string): Figure | undefined => byKind[channelOfKind(kind).kind];

/** Who comes when nobody says: most walk, every third drives. `since`: fleet clock. */
export const figureByChance = (since: number): Figure => (Math.floor(since / 1000) % 3 === 2 ? 'Vehicle' : 'Human');
