import { UsageError } from '../../core/runtime/settings.ts';
import type { Ask } from './tp-link-id.ts';

/** The library is loaded when somebody is there to be asked: scripts do without. */
const prompts = () => import('@clack/prompts');

async function answered(question: Promise<string | symbol>): Promise<string> {
  const value = await question;
  if (typeof value === 'string') return value;
  (await prompts()).cancel('Stopped; nothing was changed.');
  throw new UsageError('stopped by the user');
}
const needed = (value: string | undefined) => (value ? undefined : 'This is needed.');

/** Ask at the terminal; without one, say which flag is missing. */
export function createAsk(interactive: boolean): Ask {
  const orFlag = (what: string, flag: string) => new UsageError(`${what} is needed: give it with ${flag}`);
  return {
    async text(what, flag) {
      if (!interactive) throw orFlag(what, flag);
      return answered((await prompts()).text({ message: what, validate: needed }));
    },
    async password(what, flag) {
      if (!interactive) throw orFlag(what, flag);
      return answered((await prompts()).password({ message: what, validate: needed }));
    },
  };
}
