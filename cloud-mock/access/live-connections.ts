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
  const counts = new Map<string, number>();
  const letGo = (connection: LiveConnection) => {
    if (!open.delete(connection)) return;
    const left = counts.get(connection.sessionId)! - 1;
    if (left > 0) counts.set(connection.sessionId, left);
    else counts.delete(connection.sessionId);
  };
  return {
    /** Hold one until it is let go. */
    hold(connection: LiveConnection): () => void {
      open.add(connection);
      counts.set(connection.sessionId, (counts.get(connection.sessionId) ?? 0) + 1);
      return () => letGo(connection);
    },
    countOf: (sessionId: string) => counts.get(sessionId) ?? 0,
    closeWhere(matches: (connection: LiveConnection) => boolean): number {
      let closed = 0;
      for (const one of [...open]) {
        if (!matches(one)) continue;
        letGo(one);
        one.close();
        closed++;
      }
      return closed;
    },
    sessions: () => [...counts.keys()],
  };
}
export type LiveConnections = ReturnType<typeof createLiveConnections>;
