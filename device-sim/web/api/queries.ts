import { MutationCache, QueryCache, QueryClient, useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import type { Access, Camera, CameraLabel, Fault, FaultGrammar, Ptz, ReceivedDetail, ScenarioRun } from '../wire.ts';
import { ApiError, call } from './call.ts';
import { forgetToken, keepToken, readToken } from './token.ts';

const keys = {
  token: ['token'],
  cameras: ['cameras'],
  labels: ['labels'],
  camera: (name: string) => ['camera', name],
  access: (name: string) => ['access', name],
  faults: (name: string) => ['faults', name],
  ptz: (name: string) => ['ptz', name],
  grammar: ['fault-grammar'],
  scenarios: ['scenarios'],
} as const;

export function createQueryClient(): QueryClient {
  const onError = (error: unknown) => {
    if (!(error instanceof ApiError) || error.code !== 'not_authorized') return;
    forgetToken();
    client.setQueryData(keys.token, { token: undefined, refused: true });
  };
  const client = new QueryClient({
    queryCache: new QueryCache({ onError }),
    mutationCache: new MutationCache({ onError }),
    defaultOptions: {
      queries: { networkMode: 'always', retry: false, staleTime: 1000 },
      mutations: { networkMode: 'always' },
    },
  });
  return client;
}

/** Is there a token, and was the last one refused? */
export const useToken = () => {
  const { data } = useQuery({
    queryKey: keys.token,
    queryFn: () => ({ token: readToken(), refused: false }),
    initialData: { token: readToken(), refused: false },
    staleTime: Number.POSITIVE_INFINITY,
  });
  return data;
};

export function useGiveToken() {
  const client = useQueryClient();
  return (token: string) => {
    keepToken(token);
    client.setQueryData(keys.token, { token, refused: false });
  };
}

export const useCameras = () =>
  useQuery({
    queryKey: keys.cameras,
    queryFn: ({ signal }) => call<{ cameras: Camera[] }>('cameras', { signal }).then(({ cameras }) => cameras),
    refetchInterval: 2000,
  });

/** Labels do not change while a fleet runs. */
export const useLabels = () =>
  useQuery({
    queryKey: keys.labels,
    queryFn: ({ signal }) => call<{ labels: CameraLabel[] }>('labels', { signal }).then(({ labels }) => labels),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const useCamera = (name: string) =>
  useQuery({
    queryKey: keys.camera(name),
    queryFn: ({ signal }) => call<Camera>(`cameras/${name}`, { signal }),
    refetchInterval: 1000,
  });

export const useAccess = (name: string, changesWith: string) =>
  useQuery({
    queryKey: [...keys.access(name), changesWith],
    queryFn: ({ signal }) => call<Access>(`cameras/${name}/access`, { signal }),
  });

export const useFaults = (name: string) =>
  useQuery({
    queryKey: keys.faults(name),
    queryFn: ({ signal }) => call<{ faults: Fault[] }>(`cameras/${name}/faults`, { signal }).then((all) => all.faults),
    refetchInterval: 1500,
  });

export const useFaultGrammar = () =>
  useQuery({
    queryKey: keys.grammar,
    queryFn: ({ signal }) => call<FaultGrammar>('fault-grammar', { signal }),
    staleTime: Number.POSITIVE_INFINITY,
  });

export const usePtz = (name: string, asked: boolean) =>
  useQuery({
    queryKey: keys.ptz(name),
    queryFn: ({ signal }) => call<Ptz>(`cameras/${name}/ptz`, { signal }),
    enabled: asked,
    refetchInterval: ({ state }) => (state.data?.moving ? 250 : 2000),
  });

export const useScenarios = () =>
  useQuery({
    queryKey: keys.scenarios,
    queryFn: ({ signal }) =>
      call<{ scenarios: ScenarioRun[] }>('scenarios', { signal }).then(({ scenarios }) => scenarios),
    refetchInterval: 1000,
  });

export const useReceived = (name: string, id: number | undefined) =>
  useQuery({
    queryKey: ['received', name, id],
    queryFn: ({ signal }) => call<ReceivedDetail>(`cameras/${name}/received/${id}`, { signal }),
    enabled: id !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });

/** A verb of the control API on one camera; what it changed is asked for again. */
export function useVerb<Answer = unknown>(name: string, verb: string) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: object = {}) => call<Answer>(`cameras/${name}/${verb}`, { method: 'POST', body }),
    onSuccess(answer) {
      if (verb === 'ptz') client.setQueryData(keys.ptz(name), answer);
      return Promise.all([
        client.invalidateQueries({ queryKey: keys.camera(name) }),
        client.invalidateQueries({ queryKey: keys.faults(name) }),
      ]);
    },
  });
}

export function usePlayScenario() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (body: { yaml: string; check?: boolean }) =>
      call<{ name: string; lastsMs: number; steps: number; id?: number }>('scenarios', { method: 'POST', body }),
    onSuccess: () => client.invalidateQueries({ queryKey: keys.scenarios }),
  });
}

export function useStopScenario() {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (id: number) => call(`scenarios/${id}`, { method: 'DELETE' }),
    onSettled: () => client.invalidateQueries({ queryKey: keys.scenarios }),
  });
}
