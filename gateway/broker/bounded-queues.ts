/** The part of aedes' persistence that holds messages for clients that are away, or slow. */
export interface Persistence {
  outgoingEnqueue(sub: { clientId: string }, packet: unknown): Promise<void>;
  outgoingEnqueueCombi(subs: { clientId: string }[], packet: unknown): Promise<void>;
  outgoingClearMessageId(client: { id: string }, packet: { messageId?: number }): Promise<unknown>;
  outgoingStream(client: { id: string }): AsyncIterable<{ messageId?: number }>;
  cleanSubscriptions(client: { id: string }): Promise<void>;
  cleanIncoming(client: { id: string }): Promise<void>;
  delWill(client: { id: string }): Promise<unknown>;
  storeRetained(packet: { topic: string; payload: Buffer }): Promise<void>;
  createRetainedStream(pattern: string): AsyncIterable<{ topic: string }>;
}

/**
 * Bound what is kept per client. aedes keeps messages for a durable session without limit; beyond `limit` the newest
 * are left out, and a client that is connected but that far behind is dropped by aedes itself.
 */
export function boundQueues(persistence: Persistence, limit: number): void {
  const lengths = new Map<string, number>();
  const hasRoom = ({ clientId }: { clientId: string }) => (lengths.get(clientId) ?? 0) < limit;
  const grown = ({ clientId }: { clientId: string }) => lengths.set(clientId, (lengths.get(clientId) ?? 0) + 1);

  const enqueue = persistence.outgoingEnqueue.bind(persistence);
  const enqueueCombi = persistence.outgoingEnqueueCombi.bind(persistence);
  const clear = persistence.outgoingClearMessageId.bind(persistence);

  persistence.outgoingEnqueue = async (sub, packet) => {
    if (!hasRoom(sub)) return;
    grown(sub);
    await enqueue(sub, packet);
  };
  persistence.outgoingEnqueueCombi = async (subs, packet) => {
    const roomy = subs.filter(hasRoom);
    roomy.forEach(grown);
    await enqueueCombi(roomy, packet);
  };
  persistence.outgoingClearMessageId = async (client, packet) => {
    const removed = await clear(client, packet);
    const length = lengths.get(client.id) ?? 0;
    if (removed && length > 1) lengths.set(client.id, length - 1);
    else if (removed) lengths.delete(client.id);
    return removed;
  };
}

/** Leave nothing of a client: subscriptions, queued messages, half-open handshakes, will. */
export async function forgetClient(persistence: Persistence, id: string): Promise<void> {
  const client = { id };
  await persistence.delWill(client);
  await persistence.cleanSubscriptions(client);
  await persistence.cleanIncoming(client);
  for await (const packet of persistence.outgoingStream(client))
    await persistence.outgoingClearMessageId(client, packet);
}
