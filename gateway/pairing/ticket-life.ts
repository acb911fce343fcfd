/**
 * The life of a pairing ticket (DESIGN §5; our own design), as one table. The store words its conditional updates by it,
 * the model in `pairing.pml` is held against it, and nothing else says which state may follow which.
 */
export const ticketStates = ['open', 'claimed', 'proving', 'issued', 'expired', 'burned'] as const;
export type TicketState = (typeof ticketStates)[number];

/** Where a ticket is still good for something: the states it can leave. */
export const liveStates = ['open', 'claimed', 'proving'] as const satisfies TicketState[];

interface Arrow {
  from: readonly TicketState[];
  /** More than one where the tries decide: open again while some are left, burned after the last. */
  to: readonly TicketState[];
}

export const ticketArrows = {
  /** A camera shows the ticket: one try is spent, one connection holds it. */
  claim: { from: ['open'], to: ['claimed'] },
  /** The gateway is about to prove that it knows the label secret. */
  prove: { from: ['claimed'], to: ['proving'] },
  /** The camera has proved it too: its certificate is made in the same transaction. */
  issue: { from: ['proving'], to: ['issued'] },
  /** The connection came to nothing. */
  giveBack: { from: ['claimed', 'proving'], to: ['open', 'burned'] },
  /** The gateway starts again: nobody holds a ticket any more. */
  release: { from: ['claimed', 'proving'], to: ['open', 'burned'] },
  /** The same operator asks for another ticket of this camera. */
  replace: { from: ['open'], to: ['burned'] },
  /** Given up by its holder, or by an administrator. */
  cancel: { from: liveStates, to: ['burned'] },
  /** Its time is over. */
  expire: { from: liveStates, to: ['expired'] },
  /** Its operator is one no more, or has changed the second factor. */
  disown: { from: liveStates, to: ['burned'] },
} as const satisfies Record<string, Arrow>;
export type TicketArrow = keyof typeof ticketArrows;

/** The states an arrow leaves, as an SQL list. */
export const leaving = (arrow: TicketArrow) => `(${ticketArrows[arrow].from.map((state) => `'${state}'`).join(', ')})`;
