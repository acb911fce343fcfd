import { ActionIcon, Group, Text } from '@mantine/core';
import { IconEye, IconEyeOff } from '@tabler/icons-react';
import { useState } from 'react';
import { CopyButton } from '../parts/copy.tsx';

/** Hidden until asked for: consoles are shown around. It can be copied unseen. */
export function Secret({ value, label }: { value: string; label: string }) {
  const [shown, setShown] = useState(false);
  const Icon = shown ? IconEyeOff : IconEye;
  return (
    <Group gap={4} wrap="nowrap">
      <Text span className="mono" inherit>
        {shown ? value : '••••••••'}
      </Text>
      <ActionIcon
        variant="subtle"
        color="gray"
        aria-label={`${shown ? 'Hide' : 'Show'} the ${label}`}
        onClick={() => setShown(!shown)}
      >
        <Icon size={16} />
      </ActionIcon>
      <CopyButton value={value} label={`Copy the ${label}`} />
    </Group>
  );
}
