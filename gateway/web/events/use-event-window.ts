import { useEffect, useReducer, useRef, useState } from 'react';
import { fetchEvents } from '../api/queries.ts';
import {
  type EventFilter,
  type EventWindow,
  emptyWindow,
  matches,
  withNewer,
  withOlder,
} from '../feed/event-window.ts';
import { useFeed, useFeedStatus } from '../feed/feed-context.tsx';
import { useClock } from '../runtime/clock-context.tsx';
import type { CameraEvent, EventPage } from '../wire.ts';

interface State {
  window: EventWindow;
  /** What the feed told since the page of history was asked for. */
  since: CameraEvent[];
  loading: boolean;
  error: unknown;
}

type Step =
  | { type: 'ask'; clear: boolean }
  | { type: 'page'; page: EventPage; limit: number }
  | { type: 'older'; page: EventPage }
  | { type: 'live'; events: CameraEvent[]; limit: number }
  | { type: 'failed'; error: unknown };

const hasMore = ({ next }: EventPage) => next !== undefined && next !== null;

function step(state: State, next: Step): State {
  switch (next.type) {
    case 'ask':
      return next.clear
        ? { window: emptyWindow, since: [], loading: true, error: undefined }
        : { ...state, since: [], error: undefined };
    case 'page': {
      // Asked for after the feed was listened to, so page and feed overlap and nothing falls between them.
      const page = withOlder(emptyWindow, next.page.events, hasMore(next.page));
      return { window: withNewer(page, state.since, next.limit), since: [], loading: false, error: undefined };
    }
    case 'older':
      return { ...state, window: withOlder(state.window, next.page.events, hasMore(next.page)) };
    case 'live':
      return {
        ...state,
        since: [...state.since, ...next.events].slice(-next.limit),
        window: state.loading ? state.window : withNewer(state.window, next.events, next.limit),
      };
    case 'failed':
      return { ...state, loading: false, error: next.error };
  }
}

interface EventWindowOptions {
  pageSize: number;
  /** At most so many are kept; older ones can be loaded again. */
  limit: number;
}

const searchOf = (filter: EventFilter, pageSize: number) => {
  const search = new URLSearchParams({ limit: String(pageSize) });
  if (filter.camera) search.set('camera', filter.camera);
  if (filter.kind) search.set('kind', filter.kind);
  if (filter.active !== undefined) search.set('active', String(filter.active));
  return search;
};

/** Asked anew this often while the feed is down. */
const pollMs = 5000;

/** Events that fit a filter: history by REST, the present by the feed, joined without hole or double. */
export function useEventWindow(filter: EventFilter, { pageSize, limit }: EventWindowOptions) {
  const feed = useFeed();
  const clock = useClock();
  const live = useFeedStatus().phase === 'live';
  const filterKey = JSON.stringify(filter);
  const [round, askAgain] = useReducer((count: number) => count + 1, 0);
  const [state, dispatch] = useReducer(step, { window: emptyWindow, since: [], loading: true, error: undefined });
  const [loadingOlder, setLoadingOlder] = useState(false);
  const limitNow = useRef(limit);
  limitNow.current = limit;
  const shownFor = useRef<string>(undefined);

  useEffect(() => {
    const wanted = JSON.parse(filterKey) as EventFilter;
    const subscription = feed.subscribe({
      events(events) {
        const fitting = events.filter((event) => matches(wanted, event));
        if (fitting.length > 0) dispatch({ type: 'live', events: fitting, limit: limitNow.current });
      },
      restart: askAgain,
    });
    return () => subscription[Symbol.dispose]();
  }, [feed, filterKey]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: a new round asks again
  useEffect(() => {
    const stop = new AbortController();
    dispatch({ type: 'ask', clear: shownFor.current !== filterKey });
    shownFor.current = filterKey;
    fetchEvents(searchOf(JSON.parse(filterKey) as EventFilter, pageSize), stop.signal).then(
      (page) => dispatch({ type: 'page', page, limit: limitNow.current }),
      (error: unknown) => {
        if (!stop.signal.aborted) dispatch({ type: 'failed', error });
      },
    );
    return () => stop.abort();
  }, [filterKey, pageSize, round]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: each round waits for the next
  useEffect(() => {
    if (live) return;
    const stop = new AbortController();
    clock.sleep(pollMs, stop.signal).then(askAgain, () => undefined);
    return () => stop.abort();
  }, [live, clock, round]);

  const loadOlder = async () => {
    const last = state.window.events.at(-1);
    if (!last || loadingOlder) return;
    setLoadingOlder(true);
    const search = searchOf(filter, pageSize);
    search.set('before', String(last.id));
    try {
      dispatch({ type: 'older', page: await fetchEvents(search) });
    } catch (error) {
      dispatch({ type: 'failed', error });
    } finally {
      setLoadingOlder(false);
    }
  };

  return {
    shown: state.window.events,
    more: state.window.more,
    loading: state.loading,
    error: state.error,
    retry: askAgain,
    loadOlder,
    loadingOlder,
  };
}
