import { SoapFault } from '../../core/soap/fault.ts';
import type { Xml } from '../../core/soap/xml.ts';
import { invalidValue } from '../onvif/arguments.ts';
import type { OnvifContext } from '../onvif/behavior.ts';

export type SearchKind = 'recordings' | 'events' | 'ptz' | 'metadata';

/** What a search goes through: undefined where it looked and found nothing, so that a long search can be cut. */
export type Findings = Iterator<Xml | undefined, void>;

export interface Search {
  readonly token: string;
  readonly kind: SearchKind;
  readonly findings: Findings;
  /** Results that may still come. */
  left: number;
  keepAliveMs: number;
  /** Fleet clock. */
  usedAt: number;
  /** Where EndSearch says the search was: its end, in camera's time. */
  readonly endPoint: number;
}

export interface Searches {
  open(
    kind: SearchKind,
    findings: Findings,
    asked: { maxMatches: number; keepAliveMs: number; endPoint: number },
  ): Search;
  /** Throws InvalidToken for one that is over, or of another kind. */
  find(token: string, kind?: SearchKind): Search;
  /** The next results; `completed`: these are the last, and the session is over. */
  results(search: Search, most: number | undefined): { found: Xml[]; completed: boolean };
  end(search: Search): void;
}

const mostSessions = 16;
/** Results of one answer when the client names no number, and at most. */
const mostResults = 500;
/** Steps of a search one request may take. */
const mostSteps = 2000;
const longestKeepAliveMs = 300_000;

/** Search sessions of one camera (Recording Search §4.2.3). They cost nothing between requests: no timer waits for their end. */
export function createSearches({ camera, deps }: OnvifContext): Searches {
  const sessions = new Map<string, Search>();
  let number = 0;
  const over = ({ usedAt, keepAliveMs }: Search) => deps.clock.now() - usedAt > keepAliveMs;
  const sweep = () => {
    for (const search of sessions.values()) if (over(search)) sessions.delete(search.token);
  };

  return {
    open(kind, findings, { maxMatches, keepAliveMs, endPoint }) {
      sweep();
      if (sessions.size >= mostSessions)
        throw new SoapFault(['ter:Action', 'ter:ResourceProblem'], `${mostSessions} searches are open already`);
      number += 1;
      const search: Search = {
        token: `SearchToken_${camera.state.bootCount}_${number}`,
        kind,
        findings,
        left: maxMatches,
        keepAliveMs: Math.min(keepAliveMs, longestKeepAliveMs),
        usedAt: deps.clock.now(),
        endPoint,
      };
      sessions.set(search.token, search);
      return search;
    },

    find(token, kind) {
      sweep();
      const search = sessions.get(token);
      if (!search || (kind !== undefined && search.kind !== kind))
        throw invalidValue(`there is no such search "${token}"`, 'ter:InvalidToken');
      search.usedAt = deps.clock.now();
      return search;
    },

    results(search, most = mostResults) {
      const found: Xml[] = [];
      const limit = Math.min(most, mostResults);
      let steps = 0;
      let completed = search.left <= 0;
      while (!completed && found.length < limit && steps++ < mostSteps) {
        const next = search.findings.next();
        if (next.done) completed = true;
        else if (next.value) {
          found.push(next.value);
          search.left -= 1;
          completed = search.left <= 0;
        }
      }
      if (completed) sessions.delete(search.token);
      return { found, completed };
    },

    end: (search) => void sessions.delete(search.token),
  };
}
