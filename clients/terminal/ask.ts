import { cancel, isCancel, password, text } from '@clack/prompts';
import { UsageError } from '../../core/runtime/settings.ts';
import type { Ask } from './tp-link-id.ts';

const answered = (value: string | symbol): string => {
  if (isCancel(value)) {
    cancel('Stopped; nothing was changed.');
    throw new UsageError('stopped by the user');
  }
  return value as string;
};

/** Ask at the terminal; without one, say which flag is missing. */
export function createAsk(interactive: boolean): Ask {
  const orFlag = (what: string, flag: string) => new UsageError(`${what} is needed: give it with ${flag}`);
  return {
    async text(what, flag) {
      if (!interactive) throw orFlag(what, flag);
      return answered(await text({ message: what, validate: (value) => (value ? undefined : 'This is needed.') }));
    },
    async password(what, flag) {
      if (!interactive) throw orFlag(what, flag);
      return answered(await password({ message: what, validate: (value) => (value ? undefined : 'This is needed.') }));
    },
  };
}
