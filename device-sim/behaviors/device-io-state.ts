import type { Camera } from '../camera.ts';

/** Auxiliary commands the model obeys (Core §8.7): the infrared lamp. */
export const auxiliaryCommands = (_camera: Camera): string[] => ['tt:IRLamp|On', 'tt:IRLamp|Off', 'tt:IRLamp|Auto'];

/** Connectors of the model: one digital input where its topics tell of one, one relay beside it. */
export function ioCounts({ profile }: Camera): { inputs: number; relays: number; audioSources: number } {
  const inputs = profile.topics.filter(({ kind }) => kind === 'digital-input').length;
  return { inputs, relays: inputs, audioSources: profile.audio ? 1 : 0 };
}
