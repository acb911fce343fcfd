import { MutationCache, QueryCache, QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Role, roleCovers } from '../../people/roles.ts';
import { currentLocation, navigate, splitLocation } from '../runtime/hash-location.ts';
import type { BrokerAccount, Camera, CloudAccess, DiscoveredDevice, EventPage, Status, User } from '../wire.ts';
import { ApiError, call } from './call.ts';

export const keys = {
  status: ['status'],
  session: ['session'],
  cameras: ['cameras'],
  cloudAccess: ['cloud-access'],
  brokerAccounts: ['broker-accounts'],
  sessions: ['sessions'],
  users: ['users'],
  audit: ['audit'],
} as const;

/** The session is gone, as opposed to a code or a password having been wrong. */
export const isSessionOver = (error: unknown) => error instanceof ApiError && error.code === 'sign_in_required';

export function createQueryClient(): QueryClient {
  const onError = (error: unknown) => {
    if (isSessionOver(error)) endSession(client, 'ended');
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: {
        // Whether the gateway answers is asked of the gateway, not of the browser's idea of being online.
        networkMode: 'always',
        retry: (count, error) => error instanceof ApiError && error.code === 'gateway_unreachable' && count < 2,
        staleTime: 5000,
      },
      mutations: { networkMode: 'always' },
    },
  });
  return client;
}

/** Forget what the session let us see and go to the sign-in page, to come back to where we were. */
export function endSession(client: QueryClient, reason?: 'ended' | 'signed-out') {
  if (client.getQueryData(keys.session) === null) return;
  client.setQueryData(keys.session, null);
  client.removeQueries({
    predicate: ({ queryKey }) => queryKey[0] !== keys.status[0] && queryKey[0] !== keys.session[0],
  });
  const here = currentLocation();
  const search = new URLSearchParams();
  if (reason) search.set('reason', reason);
  if (reason !== 'signed-out' && !/^\/($|sign-in)/.test(here)) search.set('next', here);
  navigate(search.size > 0 ? `/sign-in?${search}` : '/sign-in', { replace: true });
}

/** Where to go once signed in: the place asked for, never another site. */
export function nextLocation(search: string): string {
  const next = new URLSearchParams(search).get('next');
  return next?.startsWith('/') && splitLocation(next)[0] !== '/sign-in' ? next : '/';
}

export const useStatus = () =>
  useQuery({
    queryKey: keys.status,
    queryFn: ({ signal }) => call<Status>('status', { signal }),
    retry: false,
    refetchInterval: ({ state }) => (state.error ? 3000 : 15_000),
  });

export const useSession = () =>
  useQuery({
    queryKey: keys.session,
    queryFn: ({ signal }) =>
      call<{ user: User }>('auth/session', { signal }).then(
        ({ user }): User | null => user,
        (error: unknown) => {
          if (error instanceof ApiError && error.status === 401) return null;
          throw error;
        },
      ),
    staleTime: 60_000,
  });

/** May who is signed in do what takes this role? The gateway decides; this only hides what it would refuse. */
export function useCovers(needed: Role): boolean {
  const { data: user } = useSession();
  return user ? roleCovers(user.role, needed) : false;
}

/** What every way of signing in ends with. */
export function useSignedIn() {
  const client = useQueryClient();
  return (user: User) => {
    client.setQueryData(keys.session, user);
    client.invalidateQueries({ queryKey: keys.status });
  };
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call('auth/sign-out', { method: 'POST' }),
    onSuccess: () => endSession(client, 'signed-out'),
  });
}

const byName = (a: Camera, b: Camera) => a.name.localeCompare(b.name, 'en', { numeric: true });

export const useCameras = (live: boolean) =>
  useQuery({
    queryKey: keys.cameras,
    queryFn: ({ signal }) =>
      call<{ cameras: Camera[] }>('cameras', { signal }).then(({ cameras }) => cameras.sort(byName)),
    // The feed tells of changes; while it is down we ask.
    refetchInterval: live ? 60_000 : 5000,
  });

/** Take a camera as the feed or an answer tells it into the list. */
export const putCamera = (client: QueryClient, camera: Camera) =>
  client.setQueryData<Camera[]>(
    keys.cameras,
    (cameras) => cameras && [...cameras.filter(({ id }) => id !== camera.id), camera].sort(byName),
  );

export const dropCamera = (client: QueryClient, id: string) =>
  client.setQueryData<Camera[]>(keys.cameras, (cameras) => cameras?.filter((camera) => camera.id !== id));

export interface NewCamera {
  address: string;
  username: string;
  password: string;
  name?: string;
}

export function useAddCamera() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewCamera) => call<Camera>('cameras', { method: 'POST', body }),
    onSuccess: (camera) => putCamera(client, camera),
    onError: (error) => {
      // A camera that refused the password stays in the list, in the state that says so.
      if (error instanceof ApiError && error.code === 'camera_auth_failed')
        client.invalidateQueries({ queryKey: keys.cameras });
    },
  });
}

export function useEditCamera(id: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { name?: string; username?: string; password?: string }) =>
      call<Camera>(`cameras/${encodeURIComponent(id)}`, { method: 'PATCH', body }),
    onSuccess: (camera) => putCamera(client, camera),
  });
}

export function useRemoveCamera() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call(`cameras/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: (_done, id) => dropCamera(client, id),
  });
}

export const useDiscovery = () =>
  useMutation({
    mutationFn: (seconds: number) =>
      call<{ devices: DiscoveredDevice[] }>('discovery', { method: 'POST', body: { seconds } }).then(
        ({ devices }) => devices,
      ),
  });

export const fetchEvents = (search: URLSearchParams, signal?: AbortSignal) =>
  call<EventPage>(`events?${search}`, { signal });

export const useCloudAccess = () =>
  useQuery({
    queryKey: keys.cloudAccess,
    queryFn: ({ signal }) => call<CloudAccess>('cloud-access', { signal }),
    refetchInterval: ({ state }) => (state.data?.state === 'pending' ? 1500 : 10_000),
  });

export const useBrokerAccounts = () =>
  useQuery({
    queryKey: keys.brokerAccounts,
    queryFn: ({ signal }) =>
      call<{ accounts: BrokerAccount[] }>('broker-accounts', { signal }).then(({ accounts }) => accounts),
  });
