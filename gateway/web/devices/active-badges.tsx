import { Tooltip } from '@mantine/core';
import { kindFacts } from '../events/kinds.ts';
import { useActiveKinds } from '../feed/feed-context.tsx';
import { ToneBadge } from '../parts/tone-badge.tsx';

/** As many as a small picture has room for. */
const mostShown = 3;

/** What goes on before the lens right now. */
export function ActiveBadges({ cameraId }: { cameraId: string }) {
  const active = useActiveKinds(cameraId);
  const more = active.slice(mostShown);
  return (
    <>
      {active.slice(0, mostShown).map(({ kind }) => {
        const { label, Icon } = kindFacts(kind);
        return (
          <ToneBadge key={kind} tone="bad" solid leftSection={<Icon size={12} aria-hidden />}>
            {label}
          </ToneBadge>
        );
      })}
      {more.length > 0 && (
        <Tooltip label={more.map(({ kind }) => kindFacts(kind).label).join(', ')}>
          <ToneBadge tone="bad" solid tabIndex={0}>
            +{more.length}
          </ToneBadge>
        </Tooltip>
      )}
    </>
  );
}
