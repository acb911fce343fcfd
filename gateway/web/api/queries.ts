import { MutationCache, QueryCache, QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { type Role, roleCovers } from '../../people/roles.ts';
import { splitLocation } from '../runtime/hash-location.ts';
import type { BrokerAccount, Camera, CloudAccess, DiscoveredDevice, EventPage, Status, User } from '../wire.ts';
import { ApiError, call } from './call.ts';
import { answerSays, type CameraList, changeSays, feedDrops } from './camera-list.ts';

export const keys = {
  status: ['status'],
  session: ['session'],
  sessionEnd: ['session-end'],
  cameras: ['cameras'],
  cloudAccess: ['cloud-access'],
  brokerAccounts: ['broker-accounts'],
  secondFactor: ['second-factor'],
  sessions: ['sessions'],
  users: ['users'],
  pairing: ['pairing'],
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

export type SessionEnd = 'ended' | 'signed-out';

/** Forget what the session let us see. Without a session the pages lead to the sign-in page, which says why. */
export function endSession(client: QueryClient, why: SessionEnd) {
  if (client.getQueryData(keys.session) === null) return;
  // Signing out ends the session by the feed too, which may be quicker than the answer.
  client.setQueryData<SessionEnd>(keys.sessionEnd, (said) => said ?? why);

  client.setQueryData(keys.session, null);
  const kept: readonly unknown[] = [keys.status[0], keys.session[0], keys.sessionEnd[0]];
  client.removeQueries({ predicate: ({ queryKey }) => !kept.includes(queryKey[0]) });
}

/** The sign-in page as the way back to where one was. */
export function signInLocation(client: QueryClient, here: string): string {
  const why = client.getQueryData<SessionEnd>(keys.sessionEnd);
  const search = new URLSearchParams();
  if (why) search.set('reason', why);
  if (why !== 'signed-out' && splitLocation(here)[0] !== '/') search.set('next', here);
  return search.size > 0 ? `/sign-in?${search}` : '/sign-in';
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

/** Is the second factor of who is signed in (a local account) on? */
export const useSecondFactor = () =>
  useQuery({
    queryKey: keys.secondFactor,
    queryFn: ({ signal }) => call<{ on: boolean }>('auth/second-factor', { signal }).then(({ on }) => on),
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
    client.removeQueries({ queryKey: keys.sessionEnd });
    client.setQueryData(keys.session, user);
    client.invalidateQueries({ queryKey: keys.status });
  };
}

export function useSignOut() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => call('auth/sign-out', { method: 'POST' }),
    onMutate: () => client.setQueryData<SessionEnd>(keys.sessionEnd, 'signed-out'),
    onSuccess: () => endSession(client, 'signed-out'),
    onError: () => client.removeQueries({ queryKey: keys.sessionEnd }),
  });
}

const listOf = (client: QueryClient) => client.getQueryData<CameraList>(keys.cameras);
const toldUpTo = (client: QueryClient) => listOf(client)?.told ?? 0;

/** Change the list when there is one; without, the answer that is under way will bring it. */
export const changeCameraList = (client: QueryClient, change: (list: CameraList) => CameraList) =>
  client.setQueryData<CameraList>(keys.cameras, (list) => list && change(list));

export function useCameras(live: boolean) {
  const client = useQueryClient();
  return useQuery({
    queryKey: keys.cameras,
    queryFn: async ({ signal }) => {
      const askedAt = toldUpTo(client);
      const { cameras } = await call<{ cameras: Camera[] }>('cameras', { signal });
      return answerSays(listOf(client), cameras, askedAt);
    },
    select: ({ cameras }) => cameras,
    // The feed tells of changes; while it is down we ask.
    refetchInterval: live ? 60_000 : 5000,
  });
}

/** Ask for a change of one camera and take its answer into the list. */
async function changeCamera(client: QueryClient, path: string, method: string, body: object): Promise<Camera> {
  const askedAt = toldUpTo(client);
  const camera = await call<Camera>(path, { method, body });
  changeCameraList(client, (list) => changeSays(list, camera, askedAt));
  return camera;
}

export interface NewCamera {
  address: string;
  username: string;
  password: string;
  name?: string;
}

export function useAddCamera() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: NewCamera) => changeCamera(client, 'cameras', 'POST', body),
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
      changeCamera(client, `cameras/${encodeURIComponent(id)}`, 'PATCH', body),
  });
}

export function useRemoveCamera() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: string) => call(`cameras/${encodeURIComponent(id)}`, { method: 'DELETE' }),
    onSuccess: (_done, id) => changeCameraList(client, (list) => feedDrops(list, id)),
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
