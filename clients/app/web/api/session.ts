/** What the App keeps of a sign-in, in the phone's own storage: as a phone's app would. */
export interface Session {
  email: string;
  token: string;
  refreshToken: string;
}

const key = 'vigil-app-session';
const terminalKey = 'vigil-app-terminal';

const listeners = new Set<() => void>();
let present = read();

function read(): Session | undefined {
  try {
    const kept = JSON.parse(localStorage.getItem(key) ?? 'null') as Partial<Session> | null;
    return kept?.token && kept.refreshToken && kept.email ? (kept as Session) : undefined;
  } catch {
    return undefined;
  }
}

// Another window of the App signed in, out, or renewed the token.
addEventListener('storage', (event) => {
  if (event.key !== key && event.key !== null) return;
  present = read();
  for (const listener of listeners) listener();
});

export const sessionStore = {
  get: () => present,
  /** What is in the storage at this moment, whoever wrote it. */
  fresh() {
    present = read();
    return present;
  },
  set(session: Session | undefined) {
    present = session;
    try {
      if (session) localStorage.setItem(key, JSON.stringify(session));
      else localStorage.removeItem(key);
    } catch {
      // Storage may be forbidden: then the session lives as long as the page.
    }
    for (const listener of listeners) listener();
  },
  subscribe(listener: () => void) {
    listeners.add(listener);
    return () => void listeners.delete(listener);
  },
};

/** This phone's id: told at sign-in, so that its refresh token is of use to no other. */
export function terminalId(): string {
  try {
    const kept = localStorage.getItem(terminalKey);
    if (kept) return kept;
    const made = crypto.randomUUID();
    localStorage.setItem(terminalKey, made);
    return made;
  } catch {
    return 'vigil-app-without-storage';
  }
}
