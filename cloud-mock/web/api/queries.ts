import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { call, isApiError } from './client.ts';
import type { Gateway, Organisation, SessionInfo } from './shapes.ts';

export const keys = {
  session: ['session'],
  gateways: ['gateways'],
  sessions: ['sessions'],
  terminals: ['terminals'],
  history: ['history'],
  mailbox: ['mailbox'],
  organisations: ['organisations'],
  devices: ['devices'],
  audit: ['audit'],
  users: (organisationId: string) => ['users', organisationId],
} as const;

/** Who is signed in; null when nobody is. */
export const useSession = () =>
  useQuery({
    queryKey: keys.session,
    queryFn: ({ signal }) =>
      call<SessionInfo>('GET', '/session', { signal }).catch((error: unknown) => {
        if (isApiError(error) && error.status === 401) return null;
        throw error;
      }),
    staleTime: 15_000,
    // A session may be ended from elsewhere (2FA turned off by mail, another device): notice without a click.
    refetchInterval: 20_000,
  });

export const useGateways = () =>
  useQuery({
    queryKey: keys.gateways,
    queryFn: ({ signal }) => call<{ gateways: Gateway[] }>('GET', '/gateways', { signal }).then((a) => a.gateways),
    refetchInterval: 4000,
  });

/** The organisations of whoever is signed in, their own first. */
export const useOrganisations = () =>
  useQuery({
    queryKey: keys.organisations,
    queryFn: ({ signal }) =>
      call<{ organisations: Organisation[] }>('GET', '/organisations', { signal }).then((a) => a.organisations),
    // A role may change or end at any time; what is shown should not lag far behind what is allowed.
    refetchInterval: 15_000,
  });

/** Sign out here and forget what was loaded for this person. */
export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () =>
      call<void>('POST', '/sign-out').catch((error: unknown) => {
        if (!isApiError(error) || error.status !== 401) throw error;
      }),
    onSuccess() {
      client.setQueryData(keys.session, null);
      client.removeQueries({ predicate: (query) => query.queryKey[0] !== keys.session[0] });
    },
  });
}
