import { useQueryClient } from '@tanstack/react-query';
import { createContext, type ReactNode, useContext, useEffect, useMemo, useState, useSyncExternalStore } from 'react';
import { call } from '../api/call.ts';
import { feedDrops, feedSays } from '../api/camera-list.ts';
import { changeCameraList, endSession, fetchEvents, isSessionOver, keys } from '../api/queries.ts';
import { browserRandom } from '../runtime/browser-clock.ts';
import { useClock } from '../runtime/clock-context.tsx';
import { feedProtocol } from '../wire.ts';
import { type ActiveKinds, createActiveKinds } from './active-kinds.ts';
import { createFeed, type Feed, type FeedSocketHandlers, type FeedStatus } from './feed.ts';

interface FeedValue {
  feed: Feed;
  active: ActiveKinds;
}

const FeedContext = createContext<FeedValue | undefined>(undefined);

function connect(ticket: string, handlers: FeedSocketHandlers) {
  const url = new URL('api/v1/feed', document.baseURI);
  url.protocol = url.protocol === 'https:' ? 'wss:' : 'ws:';
  url.hash = '';
  const socket = new WebSocket(url, [feedProtocol, `ticket.${ticket}`]);
  socket.onmessage = ({ data }) => handlers.message(String(data));
  socket.onclose = () => handlers.closed();
  return socket;
}

/** One feed for as long as the session lasts; keeps the list of cameras true. */
export function FeedProvider({ children }: { children: ReactNode }) {
  const client = useQueryClient();
  const clock = useClock();
  const [value, setValue] = useState<FeedValue>();

  useEffect(() => {
    const feed = createFeed({
      clock,
      random: browserRandom,
      ticket: (signal) =>
        call<{ ticket: string }>('feed/ticket', { method: 'POST', signal }).then(({ ticket }) => ticket),
      connect,
      isSessionOver,
    });
    const active = createActiveKinds(feed);
    feed.subscribe({
      camera: (camera) => changeCameraList(client, (list) => feedSays(list, camera)),
      cameraRemoved: (id) => changeCameraList(client, (list) => feedDrops(list, id)),
      // Without it we would not know of what began before this page was opened; the list of events is right all the same.
      restart() {
        client.invalidateQueries({ queryKey: keys.cameras });
        fetchEvents(new URLSearchParams({ limit: '200' })).then(
          ({ events }) => active.seed(events),
          () => undefined,
        );
      },
      reconnected: () => client.invalidateQueries({ queryKey: keys.cameras }),
      sessionEnded: () => endSession(client, 'ended'),
    });
    const retry = () => feed.retryNow();
    addEventListener('online', retry);
    feed.start();
    setValue({ feed, active });
    return () => {
      removeEventListener('online', retry);
      active[Symbol.dispose]();
      feed[Symbol.dispose]();
    };
  }, [client, clock]);

  return value && <FeedContext.Provider value={value}>{children}</FeedContext.Provider>;
}

function useFeedValue(): FeedValue {
  const value = useContext(FeedContext);
  if (!value) throw new Error('useFeed needs a FeedProvider above it');
  return value;
}

export const useFeed = () => useFeedValue().feed;

export function useFeedStatus(): FeedStatus {
  const feed = useFeed();
  const subscribe = useMemo(
    () => (listener: () => void) => {
      const subscription = feed.subscribe({ status: listener });
      return () => subscription[Symbol.dispose]();
    },
    [feed],
  );
  return useSyncExternalStore(subscribe, () => feed.status);
}

/** What goes on before a camera's lens right now, newest first. */
export function useActiveKinds(cameraId: string) {
  const { active } = useFeedValue();
  return useSyncExternalStore(active.subscribe, () => active.of(cameraId));
}
