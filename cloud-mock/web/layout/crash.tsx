import { Button, Stack, Text, Title } from '@mantine/core';
import { Component, type ReactNode } from 'react';

/** A bug in a page: say so and offer the way out, instead of an empty window. */
export class Crash extends Component<{ children: ReactNode }, { failed: boolean }> {
  override state = { failed: false };

  static getDerivedStateFromError() {
    return { failed: true };
  }

  override render() {
    if (!this.state.failed) return this.props.children;
    return (
      <Stack component="main" gap="md" p="xl" maw={560} mx="auto" role="alert">
        <Title order={1}>This page broke</Title>
        <Text>That is a fault of ours, not yours. Nothing you entered was sent. Load the page again.</Text>
        <Button component="a" href="/">
          Go to the start page
        </Button>
      </Stack>
    );
  }
}
