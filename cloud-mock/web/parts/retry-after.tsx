import { Text } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useEffect, useState } from 'react';

const format = (seconds: number) => {
  const minutes = Math.floor(seconds / 60);
  const rest = String(seconds % 60).padStart(2, '0');
  return minutes > 0 ? `${minutes}:${rest} min` : `${seconds} s`;
};

/** Counts down to the next allowed try. Read out once, not every second. */
export function RetryAfter({ seconds, onOver }: { seconds: number; onOver?: () => void }) {
  const [left, setLeft] = useState(seconds);
  const { start, stop } = useInterval(() => setLeft((before) => Math.max(0, before - 1)), 1000);
  useEffect(() => {
    setLeft(seconds);
    start();
    return stop;
  }, [seconds, start, stop]);
  const over = left === 0;
  useEffect(() => {
    if (over) onOver?.();
  }, [over, onOver]);
  return (
    <Text span inherit fw={650} aria-live="off" style={{ fontVariantNumeric: 'tabular-nums' }}>
      {over ? 'now' : `in ${format(left)}`}
    </Text>
  );
}
