const words: Record<string, [word: string, tone: string]> = {
  online: ['Online', 'good'],
  degraded: ['Degraded', 'warn'],
  connecting: ['Connecting', 'idle'],
  offline: ['Offline', 'bad'],
  wrong_password: ['Wrong password', 'bad'],
  locked: ['Locked', 'bad'],
  uninitialized: ['Uninitialized', 'warn'],
};

export function StateMark({ state }: { state: string }) {
  const [word, tone] = words[state] ?? [state, 'idle'];
  return <span className={`state ${tone}`}>{word}</span>;
}
