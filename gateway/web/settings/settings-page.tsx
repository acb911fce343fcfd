import { Tabs } from '@mantine/core';
import { IconDevices, IconInfoCircle, IconTransfer } from '@tabler/icons-react';
import { useLocation } from 'wouter';
import { Page } from '../parts/page.tsx';
import { About } from './about.tsx';
import { BrokerAccounts } from './broker-accounts.tsx';
import { Sessions } from './sessions.tsx';

const tabs = {
  mqtt: { label: 'MQTT access', Icon: IconTransfer, Panel: BrokerAccounts },
  sessions: { label: 'My sessions', Icon: IconDevices, Panel: Sessions },
  about: { label: 'About', Icon: IconInfoCircle, Panel: About },
} as const;

export function SettingsPage({ tab }: { tab: string | undefined }) {
  const [, navigate] = useLocation();
  const shown = tab && Object.hasOwn(tabs, tab) ? tab : 'mqtt';
  return (
    <Page title="Settings">
      <Tabs value={shown} onChange={(next) => navigate(`/settings/${next}`)} keepMounted={false}>
        <Tabs.List mb="lg">
          {Object.entries(tabs).map(([key, { label, Icon }]) => (
            <Tabs.Tab key={key} value={key} leftSection={<Icon size={16} aria-hidden />}>
              {label}
            </Tabs.Tab>
          ))}
        </Tabs.List>
        {Object.entries(tabs).map(([key, { Panel }]) => (
          <Tabs.Panel key={key} value={key}>
            <Panel />
          </Tabs.Panel>
        ))}
      </Tabs>
    </Page>
  );
}
