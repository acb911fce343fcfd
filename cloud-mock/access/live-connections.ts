/** One connection through the relay that is open now. */
export interface LiveConnection {
  accountId: string;
  sessionId: string;
  gatewayId: string;
  close(): void;
}

/** How many there are by some name; a name that has none is forgotten. */
function createCounts() {
  const counts = new Map<string, number>();
  return {
    of: (name: string) => counts.get(name) ?? 0,
    names: () => [...counts.keys()],
    add(name: string, change: 1 | -1) {
      const now = (counts.get(name) ?? 0) + change;
      if (now > 0) counts.set(name, now);
      else counts.delete(name);
    },
  };
}

/** What the relay holds open, so that an ending reaches it at once. */
export function createLiveConnections() {
  const open = new Set<LiveConnection>();
  const bySession = createCounts();
  const byGateway = createCounts();
  const letGo = (connection: LiveConnection) => {
    if (!open.delete(connection)) return;
    bySession.add(connection.sessionId, -1);
    byGateway.add(connection.gatewayId, -1);
  };
  return {
    /** Hold one until it is let go. */
    hold(connection: LiveConnection): () => void {
      open.add(connection);
      bySession.add(connection.sessionId, 1);
      byGateway.add(connection.gatewayId, 1);
      return () => letGo(connection);
    },
    countOfSession: bySession.of,
    countOfGateway: byGateway.of,
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
    sessions: bySession.names,
  };
}
export type LiveConnections = ReturnType<typeof createLiveConnections>;
