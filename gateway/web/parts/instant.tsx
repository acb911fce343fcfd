import { Text, type TextProps, Tooltip } from '@mantine/core';
import { useNow } from '../runtime/clock-context.tsx';
import { absoluteTime, exactTime, relativeTime } from './time-text.ts';

interface InstantProps extends TextProps {
  at: string | null | undefined;
  /** What to say when there is none. */
  never?: string;
  show?: 'relative' | 'absolute';
}

/** An instant as a person reads it; the exact one on hover and for machines. */
export function Instant({ at, never = 'never', show = 'relative', ...text }: InstantProps) {
  const now = useNow();
  if (!at)
    return (
      <Text span inherit {...text}>
        {never}
      </Text>
    );
  const ms = Date.parse(at);
  return (
    <Tooltip label={exactTime(ms)}>
      <Text span inherit className="numbers" {...text}>
        <time dateTime={at}>{show === 'relative' ? relativeTime(ms, now) : absoluteTime(ms, now)}</time>
      </Text>
    </Tooltip>
  );
}
