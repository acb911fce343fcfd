import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from '../api/call.ts';
import { keys } from '../api/queries.ts';
import type { CloudAccess } from '../wire.ts';

/** Only a page of the web may be opened, whatever the cloud answered. */
const webUrl = (text: string | null | undefined) =>
  text && URL.canParse(text) && /^https?:$/.test(new URL(text).protocol) ? text : undefined;

export const confirmUrl = (access: CloudAccess) => webUrl(access.verificationUriComplete);

/**
 * Ask the cloud for a binding and open its page to confirm it. The tab has to be opened while the click is being handled,
 * or the browser takes it for a pop-up; the address follows when it is known.
 */
export function useBind() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: async (cloudUrl: string | undefined) => {
      const tab = window.open('', '_blank');
      try {
        const access = await call<CloudAccess>('cloud-access/bind', {
          method: 'POST',
          body: cloudUrl ? { cloudUrl } : {},
        });
        const url = confirmUrl(access);
        if (tab && url) {
          tab.opener = null;
          tab.location.href = url;
        } else tab?.close();
        return access;
      } catch (error) {
        tab?.close();
        throw error;
      }
    },
    onSuccess: (access) => client.setQueryData(keys.cloudAccess, access),
  });
}

/** Ends the binding, or the wait for one. */
export function useUnbind() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call('cloud-access', { method: 'DELETE' }),
    onSettled: () => {
      client.invalidateQueries({ queryKey: keys.cloudAccess });
      client.invalidateQueries({ queryKey: keys.status });
    },
  });
}
