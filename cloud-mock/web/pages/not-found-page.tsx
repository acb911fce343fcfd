import { Button, Group, Stack, Text } from '@mantine/core';
import { Link } from 'wouter';
import { Frame } from '../layout/frame.tsx';
import { Mark } from '../parts/brand.tsx';
import { Heading } from '../parts/heading.tsx';

export const NotFoundPage = () => (
  <Frame width="narrow">
    <Stack gap="lg" align="center" ta="center" py={48}>
      <Mark size={64} />
      <Stack gap={6}>
        <Heading title="Nothing to watch here" />
        <Text c="dimmed">The address leads to no page of this portal. It may be mistyped, or cut off in a mail.</Text>
      </Stack>
      <Group>
        <Button component={Link} href="/">
          Go to my VMS Locals
        </Button>
      </Group>
    </Stack>
  </Frame>
);
