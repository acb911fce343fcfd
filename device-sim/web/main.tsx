import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './style.css';
import { MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { QueryClientProvider } from '@tanstack/react-query';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { Router } from 'wouter';
import { createQueryClient } from './api/queries.ts';
import { takeTokenFromAddress } from './api/token.ts';
import { App } from './app.tsx';
import { browserClock } from './runtime/browser-clock.ts';
import { ClockProvider } from './runtime/clock-context.tsx';
import { useHashLocation } from './runtime/hash-location.ts';
import { theme } from './theme.ts';

takeTokenFromAddress();

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <MantineProvider theme={theme} defaultColorScheme="auto">
      <ClockProvider clock={browserClock}>
        <QueryClientProvider client={createQueryClient()}>
          <Router hook={useHashLocation}>
            <App />
          </Router>
        </QueryClientProvider>
      </ClockProvider>
      <Notifications position="top-right" />
    </MantineProvider>
  </StrictMode>,
);
