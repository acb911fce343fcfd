import { Button, type ButtonProps, CopyButton } from '@mantine/core';
import { IconCheck, IconCopy } from '@tabler/icons-react';

/** Copies a text and says so, also to a screen reader. */
export const CopyAction = ({ value, label = 'Copy', ...rest }: { value: string; label?: string } & ButtonProps) => (
  <CopyButton value={value} timeout={2500}>
    {({ copied, copy }) => (
      <Button
        variant="default"
        size="sm"
        leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
        onClick={copy}
        {...rest}
      >
        <span aria-live="polite">{copied ? 'Copied' : label}</span>
      </Button>
    )}
  </CopyButton>
);
