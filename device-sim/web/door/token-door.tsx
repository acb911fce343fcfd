import { Button, Code, PasswordInput, Stack, Text, Title } from '@mantine/core';
import { useDocumentTitle } from '@mantine/hooks';
import { useState } from 'react';
import { useGiveToken } from '../api/queries.ts';
import { Mark } from '../parts/brand.tsx';
import { ColorSchemeToggle } from '../shell/color-scheme-toggle.tsx';
import { Footer } from '../shell/footer.tsx';
import classes from './door.module.css';

/** Without the token nothing of the fleet is shown; the printed address brings it along. */
export function TokenDoor({ refused }: { refused: boolean }) {
  const give = useGiveToken();
  const [token, setToken] = useState('');
  useDocumentTitle('Token · Fleet · Vigil');
  return (
    <>
      <div className={classes.corner}>
        <ColorSchemeToggle />
      </div>
      <main className={classes.main}>
        <form
          className={`card ${classes.card}`}
          onSubmit={(event) => {
            event.preventDefault();
            if (token.trim()) give(token);
          }}
        >
          <Stack>
            <Mark size={40} />
            <div>
              <Title order={1}>Fleet console</Title>
              <Text size="sm" c="dimmed" mt={4}>
                Open the address that was printed when the fleet started: the token is in it. Or paste the token here.
              </Text>
            </div>
            <PasswordInput
              label="Token"
              autoComplete="off"
              required
              value={token}
              error={refused ? 'This token was refused: it belongs to a fleet that has ended' : undefined}
              aria-invalid={refused || undefined}
              visibilityToggleFocusable
              visibilityToggleButtonProps={{ 'aria-label': 'Show or hide the token' }}
              onChange={(event) => setToken(event.currentTarget.value)}
            />
            <Button type="submit">Open the console</Button>
            <Text size="xs" c="dimmed">
              Lost it? While <Code>npm start</Code> runs it is in <Code>.vigil/up.json</Code>, under “console”.
            </Text>
          </Stack>
        </form>
      </main>
      <Footer />
    </>
  );
}
