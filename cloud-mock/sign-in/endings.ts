/** Something that was signed in is no longer. */
export interface Ending {
  accountId: string;
  /** Undefined: all of the account. */
  sessionId?: string;
  /** Only at these VMS Locals: the account itself stays signed in. Undefined: everywhere. */
  gatewayIds?: readonly string[];
  reason: string;
  at: number;
}

/**
 * Tells whoever holds something live (relay sockets, tunnels to gateways) that it has to go. Listeners are called at once
 * and must not wait for one another.
 */
export function createEndings() {
  const listeners = new Set<(ending: Ending) => void>();
  return {
    announce(ending: Ending) {
      for (const listener of listeners) listener(ending);
    },
    subscribe(listener: (ending: Ending) => void): Disposable {
      listeners.add(listener);
      return { [Symbol.dispose]: () => void listeners.delete(listener) };
    },
  };
}
export type Endings = ReturnType<typeof createEndings>;
