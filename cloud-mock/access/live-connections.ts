/** One connection through the relay that is open now. */
export interface LiveConnection {
  accountId: string;
  sessionId: string;
  gatewayId: string;
  close(): void;
}

/** What the relay holds open, so that an ending reaches it at once. */
export function createLiveConnections() {
  const open = new Set<LiveConnection>();
  return {
    /** Hold one until it is let go. */
    hold(connection: LiveConnection): () => void {
      open.add(connection);
      return () => void open.delete(connection);
    },
    countOf(sessionId: string): number {
      let count = 0;
      for (const one of open) if (one.sessionId === sessionId) count++;
      return count;
    },
    closeWhere(matches: (connection: LiveConnection) => boolean): number {
      let closed = 0;
      for (const one of [...open]) {
        if (!matches(one)) continue;
        open.delete(one);
        one.close();
        closed++;
      }
      return closed;
    },
    sessions: () => new Set([...open].map((one) => one.sessionId)),
  };
}
export type LiveConnections = ReturnType<typeof createLiveConnections>;
