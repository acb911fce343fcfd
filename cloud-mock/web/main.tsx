import '@mantine/core/styles.css';
import '@mantine/notifications/styles.css';
import './theme.css';
import { localStorageColorSchemeManager, MantineProvider } from '@mantine/core';
import { Notifications } from '@mantine/notifications';
import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { createRoot } from 'react-dom/client';
import { isApiError } from './api/client.ts';
import { keys } from './api/queries.ts';
import { App } from './app.tsx';
import { Crash } from './layout/crash.tsx';
import { cssVariables, theme } from './theme.ts';

/** The session ended elsewhere (2FA switched, "end all others"): every page then asks to sign in and comes back. */
const noteEnded = (error: unknown) => {
  if (isApiError(error, 'session_required')) client.setQueryData(keys.session, null);
};

const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: noteEnded }),
  mutationCache: new MutationCache({ onError: noteEnded }),
  defaultOptions: {
    queries: {
      // The cloud may run on this very machine: a browser that thinks it is offline still reaches it.
      networkMode: 'always',
      retry: (failures, error) => isApiError(error) && (error.status === 0 || error.status >= 500) && failures < 2,
      retryDelay: 800,
      refetchOnWindowFocus: true,
    },
    mutations: { networkMode: 'always', retry: false },
  },
});

createRoot(document.getElementById('root')!).render(
  <MantineProvider
    theme={theme}
    cssVariablesResolver={cssVariables}
    colorSchemeManager={localStorageColorSchemeManager({ key: 'vigil-color-scheme' })}
    defaultColorScheme="auto"
  >
    <Notifications position="top-right" />
    <QueryClientProvider client={client}>
      <Crash>
        <App />
      </Crash>
    </QueryClientProvider>
  </MantineProvider>,
);
